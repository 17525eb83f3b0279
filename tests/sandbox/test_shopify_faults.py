"""The failures on demand look as they do in the wild."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from orderferry.sandbox.shopify import ShopifyShop, faults
from tests.sandbox.shopify_client import FEED, Api, serving, shop_at


@pytest.fixture
def shop() -> ShopifyShop:
    shop = shop_at()
    shop.add_order()
    return shop


@pytest.fixture
def api(shop: ShopifyShop) -> Iterator[Api]:
    with serving(shop) as api:
        yield api


@pytest.mark.parametrize(
    ("fault", "status", "errors"),
    [
        pytest.param(faults.errors_as_text("Oops"), 200, "Oops", id="a sentence"),
        pytest.param(faults.errors_as_object(base="Oops"), 200, {"base": "Oops"}, id="an object"),
        pytest.param(faults.timeout_body(), 200, {"message": "Timeout"}, id="timeout"),
        pytest.param(
            faults.errors_as_list("Oops", code="X"),
            200,
            [{"message": "Oops", "extensions": {"code": "X"}}],
            id="a list",
        ),
        pytest.param(faults.frozen(), 402, "Unavailable Shop", id="frozen"),
        pytest.param(faults.forbidden(), 403, "User does not have access", id="forbidden"),
        pytest.param(faults.unknown_shop(), 404, "Not Found", id="unknown shop"),
        pytest.param(faults.locked(), 423, "This shop is unavailable", id="locked"),
    ],
)
def test_errors_have_many_shapes(
    api: Api, fault: faults.Failure, status: int, errors: object
) -> None:
    api.server.fail(fault)

    answer = api.send(FEED, first=1)

    assert (answer.status_code, answer.json()["errors"]) == (status, errors)
    assert "data" not in answer.json()
    assert api.send(FEED, first=1).status_code == 200


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        pytest.param(faults.internal_error(), "INTERNAL_SERVER_ERROR", id="internal"),
        pytest.param(faults.throttled_once(), "THROTTLED", id="throttled"),
    ],
)
def test_errors_inside_a_200_have_codes(api: Api, fault: faults.Failure, code: str) -> None:
    api.server.fail(fault)

    assert api.code(FEED, first=1) == code


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        pytest.param(faults.suspicious(), 430, id="taken for an attack"),
        pytest.param(faults.server_error(), 502, id="502"),
        pytest.param(faults.server_error(503), 503, id="503"),
        pytest.param(faults.password_page(), 200, id="password page"),
    ],
)
def test_a_page_stands_where_json_should(api: Api, fault: faults.Failure, status: int) -> None:
    api.server.fail(fault)

    answer = api.send(FEED, first=1)

    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("retry_after", ["2.0", None])
def test_too_many_requests_may_say_when_to_come_back(api: Api, retry_after: str | None) -> None:
    api.server.fail(faults.too_many_requests(retry_after))

    answer = api.send(FEED, first=1)

    assert answer.status_code == 429
    assert answer.headers.get("Retry-After") == retry_after


def test_a_body_may_break_off(api: Api) -> None:
    api.server.fail(faults.truncated())

    with pytest.raises(httpx.TransportError):
        api.send(FEED, first=1)


@pytest.mark.parametrize("fault", [faults.half_json(), faults.empty_body()], ids=["half", "empty"])
def test_a_body_may_be_no_json(api: Api, fault: faults.Failure) -> None:
    api.server.fail(fault)

    answer = api.send(FEED, first=1)

    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        answer.json()


def test_another_version_may_answer(api: Api) -> None:
    api.server.fail(faults.other_version("2027-01"))

    assert api.send(FEED, first=1).headers["X-Shopify-API-Version"] == "2027-01"


def test_an_answer_may_be_slow(api: Api) -> None:
    api.server.fail(faults.slow(0.1))
    begun = time.perf_counter()

    api.send(FEED, first=1)

    assert time.perf_counter() - begun >= 0.1


def test_a_body_may_stall(api: Api) -> None:
    api.server.fail(faults.stalling(0.05))

    with pytest.raises(httpx.ReadTimeout):
        api.http.post(
            "/admin/api/2026-10/graphql.json",
            json={"query": "{ shop { id } }"},
            headers=api.headers,
            timeout=httpx.Timeout(5, read=0.02),
        )


def test_a_failure_may_be_meant_for_one_operation(api: Api, shop: ShopifyShop) -> None:
    api.server.fail(faults.server_error(), times=-1, matches=faults.operation("query Feed"))

    found: Any = api.data("{ shop { name } }")

    assert found == {"shop": {"name": "Sandbox Shop"}}
    assert api.send(FEED, first=1).status_code == 502
    assert len(shop.queries) == 1
