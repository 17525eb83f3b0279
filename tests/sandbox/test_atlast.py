"""The simulator of At Last judges as the contract does, and never more kindly."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator, FormatChecker

from orderferry.sandbox.atlast import AtLast
from orderferry.sandbox.atlast.contract import faults
from orderferry.sandbox.server import Server, drop, lose

CONTRACT = Path(__file__).parents[3] / "shared" / "contract" / "atlast-openapi.yaml"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def gbp(value: Any) -> dict[str, Any]:
    return {"value": value, "currency": "GBP"}


def an_order(**changes: Any) -> dict[str, Any]:
    """An order with every key of the contract."""
    return {
        "id": "1001",
        "merchantId": "m-1",
        "reference": "#1001",
        "createdAt": "2026-11-20T09:30:00Z",
        "userEmail": "jane@example.com",
        "orderNumber": "1001",
        "orderTotal": gbp(Decimal("44.99")),
        "itemSubTotal": gbp(50),
        "shippingTotal": gbp(0),
        "discount": gbp(Decimal("5.01")),
        "outboundFulfilment": {
            "carrier": "Royal Mail",
            "shippingDate": "2026-11-21",
            "trackingNumber": "AB123456789GB",
        },
        "items": [
            {
                "id": "1",
                "quantity": 2,
                "imageUrl": "https://shop.example/cap.jpg",
                "sku": "CAP",
                "name": "Cap",
                "variantName": "Red",
                "description": "A cap.",
                "price": gbp(25),
                "weight": {"value": Decimal("0.2"), "unit": "KILOGRAMS"},
                "discount": gbp(Decimal("2.505")),
                "hsCode": "650500",
                "countryCodeOfOrigin": "CN",
            }
        ],
        "customer": {
            "firstName": "Jane",
            "lastName": "Doe",
            "phone": "020 7946 0000",
            "address": {
                "line1": "1 High Street",
                "line2": "Flat 2",
                "line3": "Rear",
                "city": "London",
                "postCode": "N1 1AA",
                "company": "Example Ltd",
                "country": "GB",
                "province": "London",
            },
        },
        **changes,
    }


_DELETE = object()


def changed(path: str, value: Any) -> dict[str, Any]:
    """The order with one value replaced or, with _DELETE, removed."""
    order = an_order()
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    owner: Any = order
    for part in parents:
        owner = owner[part]
    if value is _DELETE:
        del owner[last]
    else:
        owner[last] = value
    return order


REQUIRED = [
    "id",
    "createdAt",
    "orderNumber",
    "orderTotal",
    "itemSubTotal",
    "shippingTotal",
    "items",
    "customer",
    "orderTotal.value",
    "orderTotal.currency",
    "outboundFulfilment.carrier",
    "outboundFulfilment.shippingDate",
    "outboundFulfilment.trackingNumber",
    "items.0.id",
    "items.0.quantity",
    "items.0.price",
    "items.0.price.value",
    "items.0.discount.currency",
    "items.0.weight.value",
    "items.0.weight.unit",
    "customer.lastName",
    "customer.address",
    "customer.address.line1",
    "customer.address.city",
    "customer.address.postCode",
    "customer.address.country",
]
OPTIONAL = [
    "merchantId",
    "reference",
    "userEmail",
    "discount",
    "outboundFulfilment",
    "items.0.imageUrl",
    "items.0.sku",
    "items.0.name",
    "items.0.variantName",
    "items.0.description",
    "items.0.weight",
    "items.0.discount",
    "items.0.hsCode",
    "items.0.countryCodeOfOrigin",
    "customer.firstName",
    "customer.phone",
    "customer.address.line2",
    "customer.address.line3",
    "customer.address.company",
    "customer.address.province",
]
TEXTS = [
    *(key for key in ["id", "merchantId", "reference", "orderNumber"]),
    *(f"outboundFulfilment.{key}" for key in ("carrier", "trackingNumber")),
    *(f"items.0.{key}" for key in ["id", "sku", "name", "variantName", "description", "hsCode"]),
    *(f"customer.{key}" for key in ("lastName", "firstName", "phone")),
    *(f"customer.address.{key}" for key in an_order()["customer"]["address"]),
]


def test_an_order_with_every_key_is_sound() -> None:
    assert faults(an_order(), NOW) == []


@pytest.mark.parametrize("path", OPTIONAL)
def test_an_optional_value_may_be_left_out(path: str) -> None:
    assert faults(changed(path, _DELETE), NOW) == []


@pytest.mark.parametrize("path", REQUIRED)
def test_a_required_value_must_be_there(path: str) -> None:
    (fault,) = faults(changed(path, _DELETE), NOW)

    assert fault.path == path.replace(".0", "[0]")
    assert fault.what == "is required"


@pytest.mark.parametrize("path", REQUIRED + OPTIONAL)
def test_null_is_refused_anywhere(path: str) -> None:
    assert faults(changed(path, None), NOW)


@pytest.mark.parametrize("path", TEXTS)
@pytest.mark.parametrize("value", ["", 7, True, ["x"]], ids=["empty", "number", "bool", "list"])
def test_a_text_is_a_string_that_is_not_empty(path: str, value: Any) -> None:
    (fault,) = faults(changed(path, value), NOW)

    assert fault.path == path.replace(".0", "[0]")


WRONG = [
    pytest.param("createdAt", "2026-11-20T09:30:00", id="no offset"),
    pytest.param("createdAt", "2026-11-20 09:30:00Z", id="no T"),
    pytest.param("createdAt", "2026-11-20", id="date for date-time"),
    pytest.param("createdAt", "2026-02-29T09:30:00Z", id="no such day"),
    pytest.param("createdAt", "2026-11-20T24:00:00Z", id="no such hour"),
    pytest.param("createdAt", "2026-11-20T09:30:00+0100", id="offset without colon"),
    pytest.param("createdAt", 1795512600, id="unix time"),
    pytest.param("userEmail", "jane", id="e-mail without @"),
    pytest.param("userEmail", "", id="empty e-mail"),
    pytest.param("items.0.imageUrl", "/cap.jpg", id="relative image"),
    pytest.param("items.0.imageUrl", "https://shop.example/a cap.jpg", id="space in URI"),
    pytest.param("items.0.imageUrl", "https://shop.example/caf\u00e9.jpg", id="raw umlaut in URI"),
    pytest.param("items.0.imageUrl", "", id="empty image"),
    pytest.param(
        "outboundFulfilment.shippingDate", "2026-11-21T00:00:00Z", id="date-time for date"
    ),
    pytest.param("outboundFulfilment.shippingDate", "21/11/2026", id="local date"),
    pytest.param("outboundFulfilment.shippingDate", "2026-11-31", id="no such date"),
    pytest.param("outboundFulfilment.shippingDate", "20261121", id="date without dashes"),
    pytest.param("orderTotal.value", "44.99", id="price as text"),
    pytest.param("orderTotal.value", True, id="price as bool"),
    pytest.param("orderTotal.value", Decimal("-0.01"), id="negative price"),
    pytest.param("orderTotal", 44, id="bare price"),
    pytest.param("items.0.quantity", 0, id="quantity 0"),
    pytest.param("items.0.quantity", Decimal("1.5"), id="quantity 1.5"),
    pytest.param("items.0.quantity", Decimal("1.0"), id="quantity 1.0"),
    pytest.param("items.0.quantity", "2", id="quantity as text"),
    pytest.param("items.0.quantity", True, id="quantity as bool"),
    pytest.param("items.0.weight.value", 0, id="weight 0"),
    pytest.param("items.0.weight.value", Decimal("0.0"), id="weight 0.0"),
    pytest.param("items.0.weight.value", -1, id="negative weight"),
    pytest.param("items.0.weight.unit", "kg", id="unit kg"),
    pytest.param("items.0.weight.unit", "grams", id="unit in lower case"),
    pytest.param("items.0.weight.unit", [], id="unit as list"),
    pytest.param("items.0.countryCodeOfOrigin", "C", id="country of one letter"),
    pytest.param("items.0.countryCodeOfOrigin", "CHN", id="country of three letters"),
    pytest.param("items", [], id="no items"),
    pytest.param("items", {}, id="items as object"),
    pytest.param("items", [an_order()["items"][0]] * 101, id="101 items"),
    pytest.param("items.0", "cap", id="item as text"),
    pytest.param("customer", [], id="customer as list"),
]

IN_WORDS = [
    pytest.param("createdAt", "2026-09-24T11:59:59Z", "createdAt", id="60 days and a second"),
    pytest.param("orderTotal.currency", "gbp", "orderTotal.currency", id="currency in lower case"),
    pytest.param("orderTotal.currency", "", "orderTotal.currency", id="empty currency"),
    pytest.param("items.0.price.currency", "EUR", "items[0].price.currency", id="two currencies"),
    pytest.param(
        "items.0.discount.value", Decimal("25.01"), "items[0].discount.value", id="paid below 0"
    ),
    pytest.param("items", [an_order()["items"][0]] * 2, "items[1].id", id="line id twice"),
    # jsonschema's own check of date-time lets this pass: "$" matches before a line end
    pytest.param("createdAt", "2026-11-20T09:30:00Z\n", "createdAt", id="line end"),
    pytest.param("note", {"gift": [None]}, "note.gift[0]", id="null in an unknown key"),
]


@pytest.mark.parametrize(("path", "value"), WRONG)
def test_what_the_schema_forbids_is_refused(path: str, value: Any) -> None:
    found = faults(changed(path, value), NOW)

    assert found
    assert found[0].path.startswith(path.replace(".0", "[0]"))


@pytest.mark.parametrize(("path", "value", "where"), IN_WORDS)
def test_what_the_contract_forbids_in_words_is_refused(path: str, value: Any, where: str) -> None:
    (fault,) = faults(changed(path, value), NOW)

    assert fault.path == where


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("createdAt", "2026-09-24T12:00:00Z", id="60 days to the second"),
        pytest.param("createdAt", "2026-09-24T14:00:00.000+02:00", id="the same with an offset"),
        pytest.param("createdAt", "2028-02-29T23:59:59.123456789-11:30", id="leap day, ahead"),
        pytest.param("userEmail", "x+shop.1@marketplace.example", id="relay address"),
        pytest.param("shippingTotal.value", Decimal("0.0"), id="free shipping"),
        pytest.param("items.0.weight.value", Decimal("0.001"), id="light"),
        pytest.param("items.0.imageUrl", "http://shop.example/a%20cap.jpg?v=1", id="encoded space"),
        pytest.param("items.0.hsCode", "0101", id="leading zero"),
        pytest.param("note", {"gift": True}, id="unknown key"),
    ],
)
def test_what_looks_odd_but_keeps_the_rules_is_sound(path: str, value: Any) -> None:
    assert faults(changed(path, value), NOW) == []


# against the contract itself ---------------------------------------------------------------------


@cache
def schema() -> Draft4Validator:
    """
    The contract's IngestOrder with OpenAPI 3.0's meaning of exclusiveMinimum, which is draft 4's.

    jsonschema knows e-mail as "holds an @" and URIs only with a further package: the two formats
    are checked by rules that share nothing with the simulator's.
    """
    formats = FormatChecker(["date", "date-time"])
    formats.checks("email")(
        lambda value: not isinstance(value, str) or 0 < value.find("@") < len(value) - 1
    )
    formats.checks("uri")(lambda value: not isinstance(value, str) or httpx_accepts(value))
    document = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
    return Draft4Validator(
        {"$ref": "#/components/schemas/IngestOrder", "components": document["components"]},
        format_checker=formats,
    )


def httpx_accepts(value: str) -> bool:
    return (
        value.isascii()
        and value.isprintable()
        and " " not in value
        and httpx.URL(value).is_absolute_url
    )


needs_contract = pytest.mark.skipif(not CONTRACT.exists(), reason="the contract is not here")

PATHS = [*REQUIRED, *OPTIONAL, "items.0", "items.0.price.currency"]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.0, -0.5, 0.5, 1.5, 1e300]),
    st.sampled_from(["", "GB", "GBR", "GRAMS", "kg", "x", "x@example.com", "@", "x@"]),
    st.sampled_from(["https://shop.example/a", "https://shop.example/a b", "a/b", "2026-11-21"]),
    st.datetimes(datetime(2026, 10, 1), datetime(2027, 1, 1)).map(  # noqa: DTZ001 - naive on purpose
        datetime.isoformat
    ),
    st.datetimes(
        datetime(2026, 10, 1),  # noqa: DTZ001 - hypothesis adds the zone
        datetime(2027, 1, 1),  # noqa: DTZ001 - as above
        timezones=st.just(UTC),
    ).map(datetime.isoformat),
    st.dates(date(2020, 1, 1), date(2030, 1, 1)).map(date.isoformat),
    st.text(max_size=3),
    st.builds(list),  # a new one each time: a later change may be made inside it
    st.builds(dict),
    st.builds(gbp, st.sampled_from([0, 0.5, 3, -1, "1", True])),
    st.builds(
        lambda value, unit: {"value": value, "unit": unit},
        st.sampled_from([0, 0.0, 0.1, 1, -1, "1"]),
        st.sampled_from(["GRAMS", "KILOGRAMS", "OUNCES", "POUNDS", "g"]),
    ),
)


@st.composite
def spoiled_orders(draw: st.DrawFn) -> dict[str, Any]:
    """An order with up to three values removed or replaced, as JSON gives it."""
    order = an_order()
    for path in draw(st.lists(st.sampled_from(PATHS), max_size=3)):
        *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        owner: Any = order
        try:
            for part in parents:
                owner = owner[part]
            if draw(st.booleans()):
                owner[last] = draw(ODD)
            else:
                del owner[last]
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change removed the way there
    return order


IN_WORDS_ONLY = (
    "must be at most 60 days old",
    "must be unique in the order",
    "must be the order's currency",
    "must not exceed the price",
    "must be an ISO 4217 code",
)


@needs_contract
@given(spoiled_orders())
@settings(max_examples=1500, deadline=None)
def test_the_simulator_judges_as_the_contract_does(order: dict[str, Any]) -> None:
    text = json.dumps(order, default=float)

    verdict = faults(json.loads(text, parse_float=Decimal), NOW)

    by_schema = [fault for fault in verdict if fault.what not in IN_WORDS_ONLY]
    assert (not by_schema) == schema().is_valid(json.loads(text)), verdict


@needs_contract
@pytest.mark.parametrize(("path", "value"), WRONG)
def test_the_contract_refuses_the_same_table(path: str, value: Any) -> None:
    document = json.loads(json.dumps(changed(path, value), default=float))

    assert not schema().is_valid(document)


# over HTTP ---------------------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def atlast(clock: Clock) -> AtLast:
    return AtLast(clock)


@pytest.fixture
def server(atlast: AtLast) -> Iterator[Server]:
    with Server(atlast.handle) as server:
        yield server


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, trust_env=False, timeout=5) as client:
        yield client


CREDENTIALS = {
    "client_id": "sandbox-id",
    "client_secret": "sandbox-secret",
    "grant_type": "client_credentials",
}


def token(http: httpx.Client) -> dict[str, str]:
    got = http.post("/oauth2/token", data=CREDENTIALS).json()
    return {"Authorization": f"Bearer {got['access_token']}"}


def bulk(http: httpx.Client, *orders: Any, headers: dict[str, str] | None = None) -> httpx.Response:
    content = json.dumps({"orders": orders}, default=float)
    kind = {"Content-Type": "application/json"}
    return http.post(
        "/v1/orders/bulk", content=content, headers={**(headers or token(http)), **kind}
    )


def ask_form(http: httpx.Client, **changes: str) -> httpx.Response:
    return http.post("/oauth2/token", data={**CREDENTIALS, **changes})


def ask_basic(http: httpx.Client, **changes: str) -> httpx.Response:
    given = {**CREDENTIALS, **changes}
    auth = (given["client_id"], given["client_secret"])
    return http.post("/oauth2/token", data={"grant_type": given["grant_type"]}, auth=auth)


def ask_json(http: httpx.Client, **changes: str) -> httpx.Response:
    return http.post("/v1/auth/token", json={**CREDENTIALS, **changes})


WAYS = {"form": ask_form, "basic": ask_basic, "json": ask_json}


@pytest.mark.parametrize("offered", WAYS)
@pytest.mark.parametrize("asked", WAYS)
def test_only_the_offered_way_gives_a_token(
    atlast: AtLast, http: httpx.Client, offered: Any, asked: str
) -> None:
    atlast.token_endpoints = frozenset({offered})

    answer = WAYS[asked](http)

    assert (answer.status_code == 200) == (offered == asked)
    assert atlast.token_calls == 1


@pytest.mark.parametrize("way", WAYS)
def test_a_wrong_secret_gives_no_token(atlast: AtLast, http: httpx.Client, way: str) -> None:
    assert WAYS[way](http, client_secret="other").status_code == 401
    atlast.wrong_secret_status = 400
    assert WAYS[way](http, client_secret="other").status_code == 400
    assert WAYS[way](http, grant_type="password").status_code == 400


def test_an_order_is_accepted_with_an_empty_201(atlast: AtLast, http: httpx.Client) -> None:
    answer = bulk(http, an_order())

    assert answer.status_code == 201
    assert answer.content == b""
    assert atlast.accepted == {("m-1", "1001"): [an_order()]}
    assert atlast.duplicates == 0


def test_the_same_order_twice_is_visible(atlast: AtLast, http: httpx.Client) -> None:
    bulk(http, an_order())
    bulk(http, an_order(reference="later"))

    first, second = atlast.accepted["m-1", "1001"]
    assert (first["reference"], second["reference"]) == ("#1001", "later")
    assert atlast.duplicates == 1


def test_one_bad_order_refuses_the_whole_batch(atlast: AtLast, http: httpx.Client) -> None:
    answer = bulk(http, an_order(), an_order(id="1002", orderNumber=""))

    assert answer.status_code == 400
    assert atlast.accepted == {}


@pytest.mark.parametrize(
    ("naming", "body"),
    [
        (
            "none",
            {"message": "Validation failed: orderNumber must have at least 1 characters"},
        ),
        (
            "indices",
            {
                "message": "Validation failed",
                "errors": [{"index": 1, "message": "orderNumber must have at least 1 characters"}],
            },
        ),
        (
            "paths",
            {
                "message": "Validation failed",
                "errors": [
                    {
                        "path": "orders[1].orderNumber",
                        "message": "must have at least 1 characters",
                    }
                ],
            },
        ),
    ],
)
def test_a_refusal_names_the_orders_as_told(
    atlast: AtLast, http: httpx.Client, naming: Any, body: dict[str, Any]
) -> None:
    atlast.naming = naming

    answer = bulk(http, an_order(), an_order(id="1002", orderNumber=""))

    assert answer.json() == body


@pytest.mark.parametrize(
    ("naming", "error"),
    [
        ("ids", {"id": "1002", "message": "order cannot be processed"}),
        ("numbers", {"orderNumber": "#2", "message": "order cannot be processed"}),
    ],
)
def test_a_refusal_can_name_orders_by_what_they_are_called(
    atlast: AtLast, http: httpx.Client, naming: Any, error: dict[str, Any]
) -> None:
    atlast.naming = naming
    atlast.poison = lambda order: order["id"] == "1002"

    answer = bulk(http, an_order(), an_order(id="1002", orderNumber="#2"))

    assert answer.json() == {"message": "Validation failed", "errors": [error]}
    assert atlast.accepted == {}


@pytest.mark.parametrize(
    ("partial", "naming", "body"),
    [
        ("failures", "ids", {"failed": [{"id": "1002", "message": "order cannot be processed"}]}),
        ("failures", "none", {"failed": [{"message": "order cannot be processed"}]}),
        (
            "results",
            "ids",
            {
                "results": [
                    {"id": "1001", "status": 201},
                    {"id": "1002", "status": 400, "error": "cannot be processed"},
                ]
            },
        ),
        (
            "results",
            "none",
            {"results": [{"status": 201}, {"status": 400, "error": "cannot be processed"}]},
        ),
        ("counts", "ids", {"accepted": 1, "rejected": 1}),
    ],
)
def test_a_batch_can_be_accepted_in_part(
    atlast: AtLast, http: httpx.Client, partial: Any, naming: Any, body: dict[str, Any]
) -> None:
    atlast.partial, atlast.naming = partial, naming
    atlast.poison = lambda order: order["id"] == "1002"

    answer = bulk(http, an_order(), an_order(id="1002"))

    assert answer.status_code == 207
    assert answer.json() == body
    assert set(atlast.accepted) == {("m-1", "1001")}
    assert bulk(http, an_order(id="1003")).content == b""


@pytest.mark.parametrize(
    ("naming", "body"),
    [
        ("none", {"message": "Validation failed: order already exists"}),
        (
            "ids",
            {
                "message": "Validation failed",
                "errors": [{"id": "1001", "status": 409, "message": "order already exists"}],
            },
        ),
    ],
)
def test_an_order_that_is_known_can_be_a_conflict(
    atlast: AtLast, http: httpx.Client, naming: Any, body: dict[str, Any]
) -> None:
    atlast.conflicts, atlast.naming = True, naming
    bulk(http, an_order())

    answer = bulk(http, an_order(), an_order(id="1002"))

    assert (answer.status_code, answer.json()) == (409, body)
    assert set(atlast.accepted) == {("m-1", "1001")}
    assert atlast.duplicates == 0


def test_a_conflict_can_be_the_result_of_one_order(atlast: AtLast, http: httpx.Client) -> None:
    atlast.conflicts, atlast.partial, atlast.naming = True, "results", "ids"
    bulk(http, an_order())

    answer = bulk(http, an_order(), an_order(id="1002"))

    assert answer.json() == {
        "results": [
            {"id": "1001", "status": 409, "error": "already exists"},
            {"id": "1002", "status": 201},
        ]
    }


def test_poison_is_refused_though_nothing_is_wrong(atlast: AtLast, http: httpx.Client) -> None:
    atlast.poison = lambda order: order["id"] == "1002"

    assert bulk(http, an_order(id="1002")).status_code == 400
    assert bulk(http, an_order()).status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="not JSON"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'{"orders":{}}', id="orders as object"),
        pytest.param(b'{"orders":[]}', id="no orders"),
        pytest.param(b'{"orders":[NaN]}', id="NaN"),
        pytest.param(b'{"orders":[' + b",".join([b"{}"] * 101) + b"]}", id="101 orders"),
        pytest.param(b'{"orders":["\xff"]}', id="not UTF-8"),
    ],
)
def test_a_body_that_is_no_batch_is_refused(http: httpx.Client, body: bytes) -> None:
    headers = {**token(http), "Content-Type": "application/json"}

    assert http.post("/v1/orders/bulk", content=body, headers=headers).status_code == 400


def test_a_body_too_large_is_refused_as_such(atlast: AtLast, http: httpx.Client) -> None:
    atlast.max_body = 1000

    assert bulk(http, an_order()).status_code == 413
    assert atlast.accepted == {}


def test_a_token_ends_with_its_life_or_when_revoked(
    atlast: AtLast, http: httpx.Client, clock: Clock
) -> None:
    old = token(http)
    assert bulk(http, an_order(), headers=old).status_code == 201
    clock.at += timedelta(seconds=3600)
    assert bulk(http, an_order(), headers=old).status_code == 401

    new = token(http)
    atlast.revoke_tokens()
    assert bulk(http, an_order(), headers=new).status_code == 401
    assert bulk(http, an_order(), headers={"Authorization": "Bearer x"}).status_code == 401


@pytest.mark.parametrize("life", [0, None])
def test_a_token_without_a_life_serves_once(
    atlast: AtLast, http: httpx.Client, life: int | None
) -> None:
    atlast.expires_in = life
    once = token(http)

    assert http.get("/v1/carriers/services", headers=once).status_code == 200
    assert http.get("/v1/carriers/services", headers=once).status_code == 401


def test_other_addresses_and_methods_are_refused(http: httpx.Client) -> None:
    assert http.post("/orders/bulk").status_code == 404
    assert http.get("/v1/orders/bulk").status_code == 405


def test_a_dropped_request_accepts_nothing_and_a_lost_answer_does(
    atlast: AtLast, server: Server, http: httpx.Client
) -> None:
    headers = token(http)
    server.fail(drop())
    server.fail(lose())

    with pytest.raises(httpx.TransportError):
        bulk(http, an_order(id="dropped"), headers=headers)
    with pytest.raises(httpx.TransportError):
        bulk(http, an_order(id="lost"), headers=headers)

    assert list(atlast.accepted) == [("m-1", "lost")]


def test_money_keeps_its_digits(atlast: AtLast, http: httpx.Client) -> None:
    order = copy.deepcopy(an_order())
    order["orderTotal"] = gbp("AMOUNT")
    body = json.dumps({"orders": [order]}, default=float).replace('"AMOUNT"', "10.10")

    headers = {**token(http), "Content-Type": "application/json"}
    http.post("/v1/orders/bulk", content=body, headers=headers)

    (kept,) = atlast.accepted["m-1", "1001"]
    assert str(kept["orderTotal"]["value"]) == "10.10"
