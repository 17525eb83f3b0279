"""
The golden cases of WooCommerce: what each order becomes, written by hand from the contract.

`golden/woocommerce/*.yaml` are for people: each case says why it is there, what
differs from the standard order (tests/mapping/shop.py), and what is expected.

- `order`, `shipping`, `billing`: fields that differ; `items`: lines, each by
  what differs from one teapot at 10.00; `meta`: the order's meta data;
- `products`: products by id, their meta data under `meta`; `refunds`,
  `fulfillments` and `notes` are the shop's answers about the order;
- `recorded` is an order of a real shop, `example` one of a plugin. Both are
  files beside the project; such a case is skipped where they are absent, and
  another case proves the same;
- `standard` is what the expected orders of a file share. A price is written
  "10.00 GBP", a weight "0.35 KILOGRAMS". `cautions`, by code, are complete;
  `readiness` is checked where it is given.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from mapping.outcome import Outcome, Quarantined, Ready, Skipped, Waiting
from mapping.policy import Policy
from mapping.readiness import Readiness
from tests.mapping.contract import breaches
from tests.mapping.shop import NOW, Settings, Shop, block, line, mapped, meta, order

GOLDEN = Path(__file__).parent / "golden" / "woocommerce"
SHARED = Path(__file__).parents[3] / "shared"
RECORDED = SHARED / "recorded" / "woocommerce"
EXAMPLES = SHARED / "examples" / "woocommerce-plugins"
NO_ORDERS = {"order_hard_deleted", "order_refunds_list", "order_statuses", "order_notes"}
PRICES = ("orderTotal", "itemSubTotal", "shippingTotal", "discount", "price")


def cases() -> Iterator[Any]:
    for path in sorted(GOLDEN.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))["cases"]:
            yield pytest.param(case, id=f"{path.stem}: {case['why']}")


@cache
def document(path: Path) -> Any:
    if not path.exists():
        pytest.skip("the recordings are not beside the project")
    return json.loads(path.read_text(encoding="utf-8"))


def recorded(name: str) -> Any:
    return document(RECORDED / f"{name}.json")["body"]


def base(case: Mapping[str, Any]) -> dict[str, Any]:
    """The order that *case* starts from."""
    if "recorded" in case:
        return {**recorded(case["recorded"])}
    if "example" not in case:
        return order()
    found = document(EXAMPLES / case["example"])
    if "fragment" in case:
        return order(meta_data=_fragment(found["fragments"][case["fragment"]]))
    return dict(found["order"])


def _fragment(fragment: Mapping[str, Any]) -> Any:
    if "tracking_item" in fragment:
        return meta(_wc_shipment_tracking_items=[fragment["tracking_item"]])
    return fragment.get("order", fragment)["meta_data"]


def raw(case: Mapping[str, Any]) -> dict[str, Any]:
    """The order of *case*, as the REST API answers it."""
    found: dict[str, Any] = base(case) | case.get("order", {})
    if "shipping" in case:
        found["shipping"] = block(**case["shipping"])
    if "billing" in case:
        found["billing"] = block(**case["billing"])
    if "items" in case:
        found["line_items"] = [
            line(**{"id": number, **_with_meta(changes)})
            for number, changes in enumerate(case["items"], start=1)
        ]
    if "meta" in case:
        found["meta_data"] = [*found["meta_data"], *meta(**case["meta"])]
    return found


def related(case: Mapping[str, Any]) -> dict[str, Any]:
    """What the connector read beside the order."""
    found: dict[str, Any] = {
        "products": {str(key): _with_meta(value) for key, value in case.get("products", {}).items()}
    }
    if "recorded" in case:
        lists = ("products_include", "products_page", "variations_hoodie")
        found["products"] |= {str(row["id"]): row for name in lists for row in recorded(name)}
    for name in ("refunds", "fulfillments", "notes"):
        if name in case:
            found[name] = _answer(case[name])
    return found


def _answer(value: Any) -> Any:
    """The rows in *value*, or in the file that it names."""
    if isinstance(value, list):
        return [_with_meta(row) for row in value]
    file = value.removesuffix(".json")
    return recorded(file) if file == value else document(EXAMPLES / value)["response"]


def _with_meta(changes: Mapping[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in changes.items() if key != "meta"}
    return rest | {"meta_data": meta(**changes["meta"])} if "meta" in changes else rest


def outcome(case: Mapping[str, Any]) -> Outcome:
    return mapped(raw(case), related(case), **how(case))


def how(case: Mapping[str, Any]) -> dict[str, Any]:
    """The settings and the instant that *case* is mapped with."""
    policy = dict(case.get("policy", {}))
    if "tracking_wait" in policy:
        policy["tracking_wait"] = timedelta(hours=policy["tracking_wait"])
    settings = dict(case.get("settings", {}))
    if "recorded" in case:
        settings.setdefault("shipped_statuses", ("completed", "processing"))
    now = "2026-11-25T00:00:00Z" if "recorded" in case else NOW.isoformat()
    zone = "America/New_York" if "recorded" in case else "Europe/London"
    return {
        "settings": Settings(**settings),
        "policy": Policy(**policy),
        "shop": Shop(case.get("time_zone", zone), case.get("weight_unit", "kg")),
        "now": datetime.fromisoformat(case.get("now", now)),
    }


def written(value: Any, key: str = "") -> Any:
    """*value* with prices and weights as the contract writes them."""
    if isinstance(value, Mapping):
        return {name: written(member, name) for name, member in value.items()}
    if isinstance(value, list):
        return [written(member) for member in value]
    if key in (*PRICES, "weight"):
        amount, unit = value.split()
        return {"value": float(amount), "unit" if key == "weight" else "currency": unit}
    return value


def graded(readiness: Readiness | None) -> Any:
    assert readiness is not None
    missing = [f"{found.item} {found.field}".strip() for found in readiness.missing]
    return {readiness.grade: missing} if missing else readiness.grade


def at(value: Any, path: str) -> Any:
    for step in path.split("."):
        if step == "count":
            return len(value)
        value = value[int(step)] if isinstance(value, list) else value.get(step)
    return value


@pytest.mark.parametrize("case", tuple(cases()))
def test_the_order_becomes_what_was_written_by_hand(case: dict[str, Any]) -> None:
    result = outcome(case)

    match result:
        case Ready():
            sent = json.loads(result.payload)
            if "sent" in case:
                assert sent == written(case["sent"])
            else:  # an order too long to be written out
                assert {path: at(sent, path) for path in case["holds"]} == case["holds"]
            assert breaches(sent) == []
            if "readiness" in case:
                assert graded(result.readiness) == case["readiness"]
        case Waiting():
            assert result.until == datetime.fromisoformat(case["waiting_until"])
        case Skipped():
            assert [result.reason.value, result.detail] == case["skipped"]
        case Quarantined():
            assert {result.field: result.problem} == case["quarantined"]
    if isinstance(result, Ready | Waiting):
        told = {caution.code: caution.detail for caution in result.cautions}
        assert told == case.get("cautions", {})


def test_there_are_enough_cases_and_each_says_why() -> None:
    why = [param.id for param in cases()]

    assert len(why) >= 60
    assert len(set(why)) == len(why)


def test_every_recorded_order_and_every_example_has_a_case() -> None:
    if not SHARED.exists():
        pytest.skip("the recordings are not beside the project")
    used = {
        str(param.values[0].get(name)).removesuffix(".json")
        for param in cases()
        for name in ("recorded", "example", "fulfillments", "notes")
    }

    files = [*RECORDED.glob("order_*.json"), *EXAMPLES.glob("*.json")]

    assert {path.stem for path in files} - NO_ORDERS <= used
