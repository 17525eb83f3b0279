"""JSON out of what PHP sends."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.woocommerce.decoding import Decoded, Row, decode

NOTICE = "<br />\n<b>Notice</b>:  Undefined index: a[0] in <b>/x.php</b> on line <b>7</b><br />\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(b"[]", Decoded([], noisy=False), id="empty list"),
        pytest.param(b' {"a": 1}\n', Decoded({"a": 1}, noisy=False), id="blanks around"),
        pytest.param(b"\xef\xbb\xbf[1]", Decoded([1], noisy=False), id="byte order mark"),
        pytest.param(f"{NOTICE}[]".encode(), Decoded([], noisy=True), id="notice, empty list"),
        pytest.param(
            f'{NOTICE}[{{"id": 1}}]'.encode(), Decoded([{"id": 1}], noisy=True), id="notice, rows"
        ),
        pytest.param(
            b'Warning: [3]: {x} in y\n{"code": "z"}', Decoded({"code": "z"}, noisy=True), id="plain"
        ),
        pytest.param(
            b'[{"id": 1}]<!-- cached -->', Decoded([{"id": 1}], noisy=True), id="HTML after"
        ),
        pytest.param(b'[{"id": 1}][{"id": 2}]', None, id="two answers"),
        pytest.param(b'[{"id": 1}] and more', None, id="text after"),
        pytest.param(b"", None, id="nothing"),
        pytest.param(b"null", None, id="null"),
        pytest.param(b'"text"', None, id="text"),
        pytest.param(b"<html>[gallery]</html>", None, id="a page with brackets"),
        pytest.param(b'[{"name": "\xff"}]', None, id="not UTF-8"),
        pytest.param(b"[" * 100_000, None, id="absurd nesting"),
        pytest.param(b"[" + b"9" * 10_000 + b"]", None, id="absurd number"),
        pytest.param(
            b'[{"id":1,"meta_data":[]', None, id="cut behind a complete list inside an order"
        ),
    ],
)
def test_the_answer_is_found_or_there_is_none(body: bytes, expected: Decoded | None) -> None:
    assert decode(body) == expected


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | st.text(alphabet='ab[]{}":,\\ <é'),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab[{"), inner, max_size=3),
    max_leaves=12,
)
_ORDERS = st.lists(
    st.fixed_dictionaries({"id": st.integers(1, 99), "meta_data": _VALUES}), min_size=1, max_size=3
)


@given(_ORDERS, st.sampled_from(["", NOTICE, "\ufeff"]), st.booleans())
def test_orders_are_read_behind_any_noise(orders: list[Any], noise: str, pretty: bool) -> None:  # noqa: FBT001 - hypothesis passes it
    body = noise + json.dumps(orders, indent=2 if pretty else None)

    decoded = decode(body.encode())

    assert decoded is not None
    assert decoded.value == orders


@given(_ORDERS, st.sampled_from(["", NOTICE]), st.floats(0, 1, exclude_max=True))
def test_an_answer_that_was_cut_is_never_taken_for_a_whole_one(
    orders: list[Any], noise: str, share: float
) -> None:
    text = json.dumps(orders)

    cut = text[: int(len(text) * share)]

    assert decode((noise + cut).encode()) is None


_ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.lists(_ANY_JSON), st.booleans())
def test_the_quick_way_reads_what_the_long_way_reads(rows: list[Any], ascii_only: bool) -> None:  # noqa: FBT001 - hypothesis chooses it
    """The standard library is the measure: numbers keep their value and kind, text its letters."""
    text = json.dumps(rows, ensure_ascii=ascii_only)
    body = text.encode("utf-8", "surrogatepass")
    noisy = decode(f"{NOTICE}{text}".encode("utf-8", "surrogatepass"))

    found = decode(body)

    if noisy is None:  # half an emoji, written as it is: no UTF-8
        assert found is None
        return
    assert found is not None
    assert repr(found.value) == repr(json.loads(text)) == repr(noisy.value)


@given(st.lists(st.fixed_dictionaries({"id": st.integers(1, 9), "rest": _ANY_JSON}), min_size=1))
def test_a_row_has_no_json_but_its_own(rows: list[Any]) -> None:
    found = decode(json.dumps(rows, separators=(",", ":")).encode())

    assert found is not None
    for row, read in zip(rows, found.value, strict=True):
        text = json.loads(read.text) if isinstance(read, Row) else row
        assert json.dumps(text) == json.dumps(row)


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        pytest.param(
            b'[{"id":1,"n":2},{"id":3,"n":4}]', [b'{"id":1,"n":2}', b'{"id":3,"n":4}'], id="alike"
        ),
        pytest.param(
            b'[{"done":true,"id":1},{"done":false,"id":2}]',
            [b'{"done":true,"id":1}', b'{"done":false,"id":2}'],
            id="a truth value first",
        ),
        pytest.param(
            b'[{"id":1,"n":[0,{"id":3,"n":4}]},{"id":5,"n":6}]', None, id="another like it inside"
        ),
        pytest.param(
            b'[{"id":1,"n":"x,{\\"id\\":3,\\"n\\":"},{"id":5,"n":6}]',
            [b'{"id":1,"n":"x,{\\"id\\":3,\\"n\\":"}', b'{"id":5,"n":6}'],
            id="another like it in a text",
        ),
        pytest.param(b'[{"id":1,"n":2},{"n":4,"id":3}]', None, id="in another order"),
        pytest.param(b'[{"id": 1, "n": 2}]', None, id="with blanks"),
        pytest.param(b'[{"n":"a","id":1}]', None, id="a text first"),
    ],
)
def test_rows_have_their_json_where_it_can_be_told_apart(
    body: bytes, texts: list[bytes] | None
) -> None:
    found = decode(body)

    assert found == Decoded(json.loads(body), noisy=False)
    found_texts = [row.text for row in found.value if isinstance(row, Row)]
    assert found_texts == (texts or [])


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_a_price_that_comes_as_a_number_keeps_its_digits(price: Decimal) -> None:
    found = decode(f'[{{"price": {price}}}]'.encode())

    assert found is not None
    assert found.value == [{"price": json.loads(str(price))}]
