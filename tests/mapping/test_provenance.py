"""
Provenance: every field that is sent names values of the shop, and depends on them.

The golden cases are traced in part; PROVENANCE_EVERY=1 traces all of them (`make provenance`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from mapping.outcome import Outcome, Quarantined, Ready, Skipped
from mapping.policy import Policy
from mapping.provenance import OUTCOME, Origin, provenance
from mapping.rule import rule
from tests.mapping import shop as bolt
from tests.mapping import test_golden as woocommerce
from tests.mapping import test_properties as woocommerce_properties
from tests.mapping.paths import changed, replacements
from tests.mapping.shopify import golden_cases as shopify_cases
from tests.mapping.shopify import shop as acme
from tests.mapping.shopify import test_golden as shopify
from tests.mapping.shopify import test_properties as shopify_properties

EVERY = int(os.environ.get("PROVENANCE_EVERY", "8"))
EXAMPLES = int(os.environ.get("PROVENANCE_EXAMPLES", "3"))
POLICY = Policy(post_code_placeholder="0", default_carrier="DHL", order_id="bolt-{id}")
# to make an example smaller takes minutes where each one is mapped a thousand times
UNSHRUNK = settings(max_examples=EXAMPLES, phases=[Phase.explicit, Phase.reuse, Phase.generate])


def fields(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The fields of a payload, as "items[0].price.value"."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from fields(member, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for at, member in enumerate(value):
            yield from fields(member, f"{path}[{at}]")
    else:
        yield path, value


def sent(outcome: Outcome) -> dict[str, Any]:
    return dict(fields(json.loads(outcome.payload))) if isinstance(outcome, Ready) else {}


def named(origins: tuple[Origin, ...], field: str) -> list[tuple[str, str]]:
    return [(origin.source, origin.rule) for origin in origins if origin.field == field]


def in_order(found: Any, path: str, related: Any, change: Callable[[Any], Any]) -> tuple[Any, Any]:
    """Order and what belongs to it, with *change* made to the value at *path* in either."""
    top = path.partition(".")[0].partition("[")[0]
    if top in related:
        return found, changed(related, path, change)
    return changed(found, path, change), related


TRACKING = "tracking from Shipment Tracking, Advanced Shipment Tracking"
BOLT = bolt.order(
    line_items=[
        bolt.line(subtotal="20.00", total="18.00", quantity=2),
        bolt.line(id=2, product_id=51, sku="MUG-1"),
    ],
    meta_data=bolt.tracked(bolt.parcel()),
    shipping_total="3.00",
)
PRODUCTS = {"50": {"weight": "0.35", "meta_data": bolt.meta(_hs_code="HS 6912.00")}}
ITEM = "meta_data[_wc_shipment_tracking_items].value[0]"


OF_BOLT = {
    "id": [("id", "order numbers"), ("[order_id]", "setting")],
    "createdAt": [("date_created_gmt", "creation date")],
    "orderTotal.value": [("total", "order total")],
    "outboundFulfilment.carrier": [(f"{ITEM}.tracking_provider", TRACKING)],
    "outboundFulfilment.shippingDate": [(f"{ITEM}.date_shipped", TRACKING)],
    "outboundFulfilment.trackingNumber": [(f"{ITEM}.tracking_number", TRACKING)],
    "items[0].price.value": [
        ("line_items[0].subtotal", "amount and its tax"),
        ("line_items[0].subtotal_tax", "amount and its tax"),
        ("line_items[0].quantity", "line"),
    ],
    "items[0].hsCode": [("products.50.meta_data[_hs_code].value", "HS code")],
    "items[0].weight.unit": [("shop.weight_unit", "shop setting")],
    "items[1].sku": [("line_items[1].sku", "text of the line")],
    "customer.address.city": [("shipping.city", "recipient")],
    "customer.phone": [("billing.phone", "telephone")],
}


def test_the_fields_of_a_woocommerce_order_name_their_sources() -> None:
    origins = bolt.traced(BOLT, {"products": PRODUCTS}, policy=POLICY)

    assert {field: named(origins, field) for field in OF_BOLT} == OF_BOLT


SHIPPED = "fulfillments[0].fulfillmentLineItems[0]"
PRICE = "lineItems[0].originalUnitPriceSet.presentmentMoney"
OF_ACME = {
    "id": [("legacyResourceId", "order numbers"), ("[order_id]", "setting")],
    "orderTotal.currency": [
        ("presentmentCurrencyCode", "currency and tax"),
        (f"{PRICE}.currencyCode", "price of the line"),
        ("totalPriceSet.presentmentMoney.currencyCode", "order totals"),
        ("totalRefundedSet.presentmentMoney.currencyCode", "refunds of money"),
    ],
    "items[0].quantity": [
        ("lineItems[0].quantity", "line"),
        ("lineItems[0].currentQuantity", "line"),
        (f"{SHIPPED}.quantity", "fulfilled quantities"),
    ],
    "items[0].id": [
        ("lineItems[0].id", "line"),
        (f"{SHIPPED}.lineItem.id", "fulfilled quantities"),
    ],
    "items[0].price.value": [(f"{PRICE}.amount", "price of the line")],
    "outboundFulfilment.carrier": [("fulfillments[0].trackingInfo[0].company", "tracking")],
    "customer.lastName": [("shippingAddress.lastName", "recipient")],
}


def test_the_fields_of_a_shopify_order_name_their_sources() -> None:
    origins = acme.traced(acme.order(), policy=POLICY)

    assert {field: named(origins, field) for field in OF_ACME} == OF_ACME


def test_a_line_of_a_long_order_has_the_sources_it_has_in_a_short_one() -> None:
    lines = [bolt.line(id=number, sku=f"S-{number}") for number in range(1, 7)]
    raw = bolt.order(line_items=lines, meta_data=bolt.tracked(bolt.parcel()))

    origins = bolt.traced(raw, {"products": PRODUCTS}, policy=POLICY)

    short = bolt.traced(raw | {"line_items": lines[:1]}, {"products": PRODUCTS}, policy=POLICY)
    assert {origin.field for origin in origins} == {field for field, _ in fields_of(raw)}
    for origin in short:
        if origin.field.startswith("items[0]."):
            field = origin.field.replace("[0]", "[5]")
            source = origin.source.replace("line_items[0]", "line_items[5]")
            assert (source, origin.rule) in named(origins, field)


def fields_of(raw: Any) -> Iterator[tuple[str, Any]]:
    yield from sent(bolt.mapped(raw, {"products": PRODUCTS}, policy=POLICY)).items()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"status": "processing"}, [("status", "status")]),
        ({"status": "trash"}, [("status", "status")]),
        ({"date_created_gmt": "2026-01-01T00:00:00"}, [("date_created_gmt", "creation date")]),
        ({"parent_id": 7}, [("parent_id", "status")]),
        ({"date_created_gmt": "soon"}, [("date_created_gmt", "creation date")]),
        ({"shipping": bolt.block(city="")}, [("shipping.city", "recipient")]),
        ({"refunds": [{"id": 1, "total": "-1"}]}, [("refunds", "less refunds")]),
        ({"line_items": None}, [("line_items", "line")]),
    ],
    ids=str,
)
def test_an_order_that_is_not_sent_names_what_decided_that(
    changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    raw = bolt.order(**changes)

    assert isinstance(bolt.mapped(raw), Skipped | Quarantined)
    assert named(bolt.traced(raw), OUTCOME) == expected


def test_what_is_still_to_be_fulfilled_is_named() -> None:
    raw = acme.order(lineItems=[{}, {"id": 2}])

    found = named(acme.traced(raw), OUTCOME)

    assert ("lineItems[1].currentQuantity", "line") in found
    assert not [source for source, _ in found if source.startswith("lineItems[0]")]


def sample(cases: Callable[[], Iterator[Any]]) -> list[Any]:
    """Every EVERY-th golden case, but none of fifty lines unless all are wanted."""
    return [
        pytest.param(param.values[0], id=str(param.id))
        for place, param in enumerate(cases())
        if place % EVERY == 0 and (EVERY == 1 or "fifty-two lines" not in str(param.id))
    ]


def require_origins(outcome: Outcome, trace: Callable[[], tuple[Origin, ...]]) -> None:
    origins = trace()

    wanted = set(sent(outcome)) if isinstance(outcome, Ready) else {OUTCOME}
    assert {origin.field for origin in origins} == wanted
    assert all(origin.source and origin.rule for origin in origins)


@pytest.mark.parametrize("case", sample(woocommerce.cases))
def test_every_field_of_a_golden_woocommerce_case_has_an_origin(case: dict[str, Any]) -> None:
    raw, related, how = woocommerce.raw(case), woocommerce.related(case), woocommerce.how(case)

    require_origins(bolt.mapped(raw, related, **how), lambda: bolt.traced(raw, related, **how))


@pytest.mark.parametrize("case", sample(shopify_cases.cases))
def test_every_field_of_a_golden_shopify_case_has_an_origin(case: dict[str, Any]) -> None:
    raw, how = shopify_cases.raw(case), shopify.how(case)

    require_origins(acme.mapped(raw, **how), lambda: acme.traced(raw, **how))


def _instead(other: Any, _found: Any) -> Any:
    return other


def require_dependence(
    origin: Origin, raw: Any, related: Any, remap: Callable[[Any, Any], Outcome]
) -> None:
    """Some other value at the source changes the field; the change is made apart from the code."""
    before = sent(remap(raw, related))[origin.field]
    seen: list[Any] = []

    def look(value: Any) -> Any:
        seen.append(value)
        return value

    in_order(raw, origin.source, related, look)
    for other in replacements(seen[0]):
        order, beside = in_order(raw, origin.source, related, partial(_instead, other))
        if sent(remap(order, beside)).get(origin.field) != before:
            return
    pytest.fail(f"{origin} has no effect")


@UNSHRUNK
@given(st.data(), woocommerce_properties.orders())
def test_every_field_of_any_woocommerce_order_depends_on_its_sources(data: Any, case: Any) -> None:
    raw, related = case
    outcome = bolt.mapped(raw, related, policy=POLICY)
    assume(isinstance(outcome, Ready))

    origins = bolt.traced(raw, related, policy=POLICY)

    assert {origin.field for origin in origins} == set(sent(outcome))
    of_order = [
        origin for origin in origins if origin.source[0] != "[" and "shop." not in origin.source
    ]
    for origin in data.draw(st.lists(st.sampled_from(of_order), min_size=5, max_size=5)):
        require_dependence(
            origin, raw, related, lambda order, beside: bolt.mapped(order, beside, policy=POLICY)
        )


@UNSHRUNK
@given(st.data(), shopify_properties.orders())
def test_every_field_of_any_shopify_order_depends_on_its_sources(data: Any, raw: Any) -> None:
    outcome = acme.mapped(raw, policy=POLICY)
    assume(isinstance(outcome, Ready))

    origins = acme.traced(raw, policy=POLICY)

    assert {origin.field for origin in origins} == set(sent(outcome))
    of_order = [origin for origin in origins if origin.source[0] != "["]
    for origin in data.draw(st.lists(st.sampled_from(of_order), min_size=5, max_size=5)):
        require_dependence(origin, raw, {}, lambda order, _: acme.mapped(order, policy=POLICY))


@UNSHRUNK
@given(woocommerce_properties.junk, woocommerce_properties.junk)
def test_no_json_makes_a_trace_raise(raw: Any, related: Any) -> None:
    origins = bolt.traced(raw, related)

    assert {origin.field for origin in origins} <= {OUTCOME}


def test_a_mapper_without_rules_is_traced_too() -> None:
    """Connectors of third parties come with mappers of their own."""
    outcome = bolt.ready(bolt.order(), policy=POLICY)

    def mapper(order: Any, related: Any, **_how: Any) -> Outcome:
        del related
        made = outcome.order.model_copy(update={"reference": str(order["title"])})
        payload = json.dumps({"reference": made.reference}).encode()
        return Ready(made, payload, "f")

    origins = provenance(
        mapper, {"title": "T"}, {}, shop=bolt.Shop(), policy=Policy(), now=bolt.NOW
    )

    assert origins == (Origin("reference", "title", ""),)


def test_a_mark_leaves_the_function_as_it_is() -> None:
    """Hence mapping pays nothing for being traceable."""

    def step() -> int:
        return 1

    assert rule("a step")(step) is step
