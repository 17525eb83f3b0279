"""A bulk operation's file: rows in any order become whole orders, where they prove enough."""

from __future__ import annotations

import io
import json
import random
from typing import IO, Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from connectors.shopify.proof import proven
from connectors.shopify.spool import Damaged, Row, Spool


def order_row(number: int, second: int) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/Order/{number}",
        "updatedAt": f"2026-11-20T10:{second // 60:02}:{second % 60:02}Z",
    }


def line_row(number: int, parent: int) -> dict[str, Any]:
    parent_id = f"gid://shopify/Order/{parent}"
    return {"id": f"gid://shopify/LineItem/{number}", "quantity": 1, "__parentId": parent_id}


@hypothesis_settings(max_examples=60, deadline=None)
@given(
    times=st.lists(st.integers(0, 3000), max_size=40),
    lines=st.integers(0, 3),
    seed=st.integers(0, 999),
    part=st.sampled_from([1, 3, 2000]),
)
def test_rows_are_joined_whatever_their_order(
    times: list[int], lines: int, seed: int, part: int
) -> None:
    """Rows are not grouped since 2026-01: a line may come long before its order."""
    rows = [order_row(number, at) for number, at in enumerate(times, 1)]
    rows += [
        line_row(100 * number + line, number)
        for number in range(1, len(times) + 1)
        for line in range(lines)
    ]
    random.Random(seed).shuffle(rows)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("connectors.shopify.spool._PART", part)
        with Spool((json.dumps(row).encode() for row in rows), io.BytesIO) as spool:
            found = list(spool.rows())

    assert spool.objects == len(rows)
    assert [row.modified_at for row in found] == sorted(row.modified_at for row in found)
    assert sorted(row.order["id"] for row in found) == sorted(
        f"gid://shopify/Order/{number}" for number in range(1, len(times) + 1)
    )
    for row in found:
        number = int(row.order["id"].rpartition("/")[2])
        assert sorted(line["id"] for line in row.lines) == sorted(
            f"gid://shopify/LineItem/{100 * number + line}" for line in range(lines)
        )
        assert not any("__parentId" in line for line in row.lines)


@pytest.mark.parametrize(
    "line", [b"nonsense", b"[]", b"null", b"{}", b'{"id": 1}', b'{"id": "x", "updatedAt": 1}']
)
def test_line_that_is_no_order_damages_the_file(line: bytes) -> None:
    with pytest.raises(Damaged):
        Spool([line], io.BytesIO)


def test_line_without_its_order_damages_the_file() -> None:
    rows = [order_row(1, 0), line_row(10, 2)]

    with pytest.raises(Damaged, match="without its order"):
        Spool([json.dumps(row).encode() for row in rows], io.BytesIO)


def test_files_are_closed_whatever_happens() -> None:
    files: list[IO[bytes]] = []

    def new_file() -> IO[bytes]:
        files.append(io.BytesIO())
        return files[-1]

    with pytest.raises(Damaged):
        Spool([b"{"], new_file)
    with Spool([json.dumps(order_row(1, 0)).encode()], new_file) as spool:
        list(spool.rows())

    assert len(files) == 3
    assert all(file.closed for file in files)


# what a row proves


def row_of(quantities: list[int], parcels: list[int], refunds: int = 0) -> Row:
    lines = [
        {"id": f"gid://shopify/LineItem/{number}", "quantity": quantity}
        for number, quantity in enumerate(quantities, 1)
    ]
    order = {
        **order_row(1, 0),
        "fulfillments": [{"id": f"f{one}", "totalQuantity": one} for one in parcels],
        "refunds": [{"id": "r"}] * refunds,
    }
    return Row(order, lines)


@pytest.mark.parametrize(
    ("row", "shipped"),
    [
        pytest.param(row_of([2, 1], [3]), [[2, 1]], id="one parcel with everything"),
        pytest.param(row_of([2, 0], [2]), [[2]], id="a line of nothing"),
        pytest.param(row_of([2, 1], []), [], id="nothing shipped"),
        pytest.param(row_of([2, 1], [2]), None, id="a part of it shipped"),
        pytest.param(row_of([2, 1], [2, 1]), None, id="two parcels"),
        pytest.param(row_of([2, 1], [3, 3]), None, id="a cancelled one and another"),
        pytest.param(row_of([2, 1], [3], refunds=1), None, id="refunded after shipping"),
        pytest.param(row_of([2, 1], [], refunds=1), None, id="refunded before shipping"),
    ],
)
def test_row_is_enough_only_where_it_proves_what_shipped(
    row: Row, shipped: list[list[int]] | None
) -> None:
    order = proven(row)

    if shipped is None:
        assert order is None
    else:
        assert order is not None
        assert [
            [one["quantity"] for one in parcel["fulfillmentLineItems"]["nodes"]]
            for parcel in order.order["fulfillments"]
        ] == shipped
