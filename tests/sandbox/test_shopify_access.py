"""Tokens, scopes, versions, and data that was not approved."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from orderferry.sandbox.shopify import ShopifyShop
from tests.sandbox.shopify_client import FEED, TOKEN, Api, Time, gid, serving, shop_at

SCOPES = "/admin/oauth/access_scopes.json"
UNAUTHORIZED = {
    "errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"
}
APP = {"client_id": "sandbox-client", "client_secret": "shpss_sandbox"}
WHOLE = """
query($ids: [ID!]!) { nodes(ids: $ids) { ... on Order {
  name email phone
  customer { displayName firstName defaultEmailAddress { emailAddress } }
  shippingAddress { name firstName lastName address1 zip phone city provinceCode countryCodeV2 }
  lineItems(first: 5) { nodes { title variant { inventoryItem { harmonizedSystemCode } } } }
} } }
"""


def grant(api: Api, **fields: str) -> httpx.Response:
    return api.http.post("/admin/oauth/access_token", data=APP | fields)


def use(api: Api, token: str) -> int:
    return api.http.get(SCOPES, headers={"X-Shopify-Access-Token": token}).status_code


@pytest.mark.parametrize("token", ["", "shpat_other"], ids=["none", "wrong"])
def test_a_wrong_token_is_a_401_whose_errors_are_a_sentence(token: str) -> None:
    with serving(shop_at()) as api:
        api.headers = {"X-Shopify-Access-Token": token}
        graphql = api.send(FEED, first=1)
        scopes = api.http.get(SCOPES, headers=api.headers)

    assert (graphql.status_code, graphql.json()) == (401, UNAUTHORIZED)
    assert (scopes.status_code, scopes.json()) == (401, UNAUTHORIZED)


def test_a_revoked_token_stops_at_once() -> None:
    shop = shop_at()

    with serving(shop) as api:
        assert api.send(FEED, first=1).status_code == 200
        shop.tokens.revoke(TOKEN)
        assert api.send(FEED, first=1).status_code == 401


def test_scopes_are_listed_in_both_ways() -> None:
    document = "{ currentAppInstallation { accessScopes { handle } } }"

    with serving(shop_at(scopes=("read_orders", "write_products"))) as api:
        rest = api.http.get(SCOPES, headers=api.headers).json()
        graphql = api.data(document)["currentAppInstallation"]["accessScopes"]

    expected = [{"handle": "read_orders"}, {"handle": "write_products"}]
    assert rest == {"access_scopes": expected}
    assert graphql == expected


def test_client_credentials_give_a_token_for_a_day() -> None:
    time = Time()

    with serving(shop_at(time)) as api:
        body = grant(api, grant_type="client_credentials").json()
        valid = use(api, body["access_token"])
        time.pass_by(seconds=86_398)
        still = use(api, body["access_token"])
        time.pass_by(seconds=1)
        expired = use(api, body["access_token"])

    assert body["scope"] == "read_orders,read_products"
    assert body["expires_in"] == 86_399
    assert "refresh_token" not in body
    assert (valid, still, expired) == (200, 200, 401)


def test_a_grant_may_be_asked_for_in_json() -> None:
    with serving(shop_at()) as api:
        fields = APP | {"grant_type": "client_credentials"}
        answer = api.http.post("/admin/oauth/access_token", json=fields)

    assert answer.json()["access_token"].startswith("shpat_")


def test_a_refresh_gives_an_hour_and_a_new_refresh_token() -> None:
    time = Time()
    shop = shop_at(time)
    first = shop.tokens.first_refresh_token(time())

    with serving(shop) as api:
        body = grant(api, grant_type="refresh_token", refresh_token=first).json()
        valid = use(api, body["access_token"])
        time.pass_by(hours=1)
        expired = use(api, body["access_token"])

    assert (body["expires_in"], body["refresh_token_expires_in"]) == (3_600, 7_776_000)
    assert body["refresh_token"] != first
    assert (valid, expired) == (200, 401)


def test_the_old_refresh_token_lives_until_the_new_one_is_used() -> None:
    time = Time()
    shop = shop_at(time)
    first = shop.tokens.first_refresh_token(time())

    with serving(shop) as api:
        lost = grant(api, grant_type="refresh_token", refresh_token=first)
        again = grant(api, grant_type="refresh_token", refresh_token=first)
        second = again.json()["refresh_token"]
        used = grant(api, grant_type="refresh_token", refresh_token=second)
        dead = grant(api, grant_type="refresh_token", refresh_token=first)

    assert [lost.status_code, again.status_code, used.status_code] == [200, 200, 200]
    assert (dead.status_code, dead.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        pytest.param({"grant_type": "refresh_token"}, "invalid_grant", id="no refresh token"),
        pytest.param(
            {"grant_type": "refresh_token", "refresh_token": "shprt_x"}, "invalid_grant", id="wrong"
        ),
        pytest.param({"grant_type": "password"}, "unsupported_grant_type", id="another grant"),
        pytest.param(
            {"grant_type": "client_credentials", "client_secret": "x"},
            "invalid_client",
            id="wrong secret",
        ),
    ],
)
def test_a_grant_that_fails_is_a_400(fields: dict[str, str], error: str) -> None:
    with serving(shop_at()) as api:
        answer = grant(api, **fields)

    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_a_refresh_token_expires_after_90_days() -> None:
    time = Time()
    shop = shop_at(time)
    token = shop.tokens.first_refresh_token(time())
    time.pass_by(days=90)

    with serving(shop) as api:
        assert grant(api, grant_type="refresh_token", refresh_token=token).status_code == 400


@pytest.fixture
def order_id(shop: ShopifyShop) -> int:
    return shop.add_order()


@pytest.fixture
def shop() -> ShopifyShop:
    return shop_at(scopes=("read_orders", "read_products", "read_customers"))


def test_a_missing_scope_makes_a_null_and_an_error_and_the_rest_arrives(
    shop: ShopifyShop, order_id: int
) -> None:
    shop.scopes = ("read_orders",)

    with serving(shop) as api:
        body = api.ask(WHOLE, ids=[gid(order_id)])

    (order,) = body["data"]["nodes"]
    assert order["name"] == "#1001"
    assert order["customer"] is None
    assert order["lineItems"]["nodes"] == [{"title": "Coffee Mug", "variant": None}]
    assert [(e["path"], e["extensions"]["code"]) for e in body["errors"]] == [
        (["nodes", 0, "customer"], "ACCESS_DENIED"),
        (["nodes", 0, "lineItems", "nodes", 0, "variant"], "ACCESS_DENIED"),
    ]
    assert body["errors"][0]["extensions"]["requiredAccess"] == "`read_customers` access scope."
    assert body["errors"][0]["message"] == (
        "Access denied for customer field. Required access: `read_customers` access scope."
    )


@pytest.mark.parametrize(
    "document",
    [
        pytest.param("{ orders(first: 1) { nodes { id } } }", id="orders"),
        pytest.param('{ nodes(ids: ["gid://shopify/Order/1"]) { id } }', id="nodes"),
    ],
)
def test_without_the_orders_scope_nothing_is_left_of_the_data(document: str) -> None:
    with serving(shop_at(scopes=("read_products",))) as api:
        body = api.ask(document)

    assert body["data"] is None
    assert [error["extensions"]["code"] for error in body["errors"]] == ["ACCESS_DENIED"]


def test_the_right_to_write_includes_the_right_to_read(shop: ShopifyShop, order_id: int) -> None:
    shop.scopes = ("write_orders", "write_products", "write_customers")

    with serving(shop) as api:
        assert "errors" not in api.ask(WHOLE, ids=[gid(order_id)])


HIDDEN = {
    "name": "#1001",
    "email": None,
    "phone": None,
    "customer": {"displayName": "Ada Shaw", "firstName": None, "defaultEmailAddress": None},
    "shippingAddress": {
        "name": None,
        "firstName": None,
        "lastName": None,
        "address1": None,
        "zip": None,
        "phone": None,
        "city": "London",
        "provinceCode": "ENG",
        "countryCodeV2": "GB",
    },
}


@pytest.mark.parametrize(
    ("redacts", "denials"), [("null", 0), ("error", 10)], ids=["silently", "with errors"]
)
def test_data_that_was_not_approved_is_null(
    shop: ShopifyShop, order_id: int, redacts: Any, denials: int
) -> None:
    shop.redacts = redacts

    with serving(shop) as api:
        body = api.ask(WHOLE, ids=[gid(order_id)])

    (order,) = body["data"]["nodes"]
    assert {name: order[name] for name in HIDDEN} == HIDDEN
    assert len(body.get("errors", [])) == denials


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        pytest.param("2026-10", "2026-10", id="the newest"),
        pytest.param("2026-01", "2026-01", id="the oldest supported"),
        pytest.param("2025-10", "2026-01", id="a retired one falls forward"),
        pytest.param("2027-01", "2027-01", id="the release candidate"),
        pytest.param("unstable", "unstable", id="unstable"),
    ],
)
def test_the_version_that_answers_is_in_a_header(asked: str, answered: str) -> None:
    with serving(shop_at(), asked) as api:
        answer = api.send("{ shop { id } }")

    assert answer.status_code == 200
    assert answer.headers["X-Shopify-API-Version"] == answered


@pytest.mark.parametrize("asked", ["2027-04", "2026-05", "latest"])
def test_a_version_that_never_was_is_not_found(asked: str) -> None:
    with serving(shop_at(), asked) as api:
        answer = api.send("{ shop { id } }")

    assert (answer.status_code, answer.json()) == (404, {"errors": "Not Found"})


def test_supported_versions_are_listed() -> None:
    with serving(shop_at(api_version="2026-10")) as api:
        found = api.data("{ publicApiVersions { handle supported } }")["publicApiVersions"]

    assert [one["handle"] for one in found] == ["2026-01", "2026-04", "2026-07", "2026-10"]


@pytest.mark.parametrize(
    ("version", "document", "name"),
    [
        ("2026-04", "{ orders(first: 1) { nodes { lineItems(first: 1) { nodes { weight { unit }"
         " } } } } }", "weight"),
        ("2025-10", '{ bulkOperation(id: "gid://shopify/BulkOperation/1") { id } }',
         "bulkOperation"),
    ],
    ids=["weight of a line", "bulk operation by id"],
)  # fmt: skip
def test_an_older_version_lacks_fields(version: str, document: str, name: str) -> None:
    with serving(shop_at(api_version=version), version) as api:
        (error,) = api.ask(document)["errors"]

    assert error["extensions"]["code"] == "undefinedField"
    assert error["extensions"]["fieldName"] == name


@pytest.mark.parametrize(
    ("version", "status"),
    [("2026-10", "FULFILLMENT_NOT_REQUIRED"), ("2026-07", "UNFULFILLED")],
)
def test_nothing_to_ship_was_called_unfulfilled_before(version: str, status: str) -> None:
    shop = shop_at()
    order_id = shop.add_order(lines=[{"title": "Gift card", "gift_card": True}])

    with serving(shop, version) as api:
        order = api.order(order_id, "displayFulfillmentStatus")

    assert order == {"displayFulfillmentStatus": status}


@pytest.mark.parametrize(
    ("document", "variables", "code"),
    [
        pytest.param("{ shop { colour } }", {}, "undefinedField", id="unknown field"),
        pytest.param("{ order { id } }", {}, "missingRequiredArguments", id="missing argument"),
        pytest.param("{ shop { id }", {}, "parseError", id="syntax"),
        pytest.param(FEED, {"first": "ten"}, "INVALID_VARIABLE", id="variable of a wrong type"),
        pytest.param(FEED, {}, "INVALID_VARIABLE", id="variable missing"),
    ],
)
def test_a_wrong_document_is_refused_inside_a_200(
    document: str, variables: dict[str, Any], code: str
) -> None:
    with serving(shop_at()) as api:
        assert api.code(document, **variables) == code


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"variables": {}}'])
def test_a_body_without_a_query_is_a_400_whose_errors_are_an_object(body: bytes) -> None:
    with serving(shop_at()) as api:
        path = "/admin/api/2026-10/graphql.json"
        answer = api.http.post(path, content=body, headers=api.headers)

    assert answer.status_code == 400
    assert answer.json() == {"errors": {"query": "Required parameter missing or invalid"}}


@pytest.mark.parametrize("path", ["/", "/admin/api/2026-10/orders.json", "/admin/graphql"])
def test_any_other_address_is_not_found(path: str) -> None:
    with serving(shop_at()) as api:
        assert api.http.get(path, headers=api.headers).status_code == 404


def test_one_of_several_operations_is_chosen_by_name() -> None:
    document = "query A { shop { name } } query B { shop { currencyCode } }"

    with serving(shop_at()) as api:
        body = {"query": document, "operationName": "B"}
        path = "/admin/api/2026-10/graphql.json"
        answer = api.http.post(path, json=body, headers=api.headers).json()
        unnamed = api.code(document)

    assert answer["data"] == {"shop": {"currencyCode": "GBP"}}
    assert unnamed == "An operation name is required"


def test_every_answer_has_the_shops_date_and_a_request_id() -> None:
    with serving(shop_at()) as api:
        answer = api.send("{ shop { id } }")

    assert answer.headers["Date"] == "Mon, 23 Nov 2026 12:00:00 GMT"
    assert answer.headers["X-Request-Id"] == "sandbox-00000001"


def test_the_shop_describes_itself() -> None:
    shop = shop_at(domain="bolt.myshopify.com", time_zone="America/New_York", currency="USD")
    document = "{ shop { myshopifyDomain ianaTimezone timezoneOffsetMinutes currencyCode plan"
    document += " { publicDisplayName } weightUnit } }"

    with serving(shop) as api:
        assert api.data(document)["shop"] == {
            "myshopifyDomain": "bolt.myshopify.com",
            "ianaTimezone": "America/New_York",
            "timezoneOffsetMinutes": -300,
            "currencyCode": "USD",
            "plan": {"publicDisplayName": "Grow"},
            "weightUnit": "KILOGRAMS",
        }
