"""What holds for every Shopify order, whatever a shop makes of it."""

from __future__ import annotations

import copy
import json
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mapping.outcome import Quarantined, Ready, Skipped, Waiting
from mapping.policy import Policy
from tests.mapping.contract import breaches, members
from tests.mapping.shopify.shop import mapped, order

DECIMALS = {"EUR": 2, "JPY": 0, "KWD": 3}
POLICY = Policy(post_code_placeholder="0", default_carrier="DHL")

amounts = st.integers(0, 10**7).map(lambda n: Decimal(n) / 100)
prices = st.sampled_from(["gross", "net"])
text = st.text(st.characters(), max_size=12)  # lone surrogates too
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
junk = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def lines(draw: st.DrawFn, identity: int, currency: str) -> dict[str, Any]:
    """A line as shops have them: discounts and taxes within its price."""
    quantity = draw(st.integers(1, 40))
    unit = draw(amounts)
    whole = unit * quantity
    shares = draw(st.lists(st.integers(0, 50), max_size=2))
    discounts = [(whole * share / 100).quantize(Decimal("0.01")) for share in shares]
    rest = max(whole - sum(discounts), Decimal(0))
    taxes = [(rest * draw(st.integers(0, 40)) / 100).quantize(Decimal("0.01"))]
    return {
        "id": identity,
        "title": draw(text),
        "variantTitle": draw(text),
        "sku": draw(text),
        "quantity": quantity,
        "currentQuantity": draw(st.integers(0, quantity)),
        "originalUnitPriceSet": f"{unit} {currency}",
        "discountAllocations": [f"{discount} {currency}" for discount in discounts],
        "taxLines": [f"{tax} {currency}" for tax in taxes],
        "weight": {"value": draw(st.floats(allow_nan=False)), "unit": "GRAMS"},
        "image": {"url": draw(text.map("https://shop.example/".__add__))},
        "variant": {
            "inventoryItem": {
                "harmonizedSystemCode": draw(text),
                "countryCodeOfOrigin": draw(text),
            }
        },
    }


@st.composite
def orders(draw: st.DrawFn) -> dict[str, Any]:
    """An order that shipped all of what is kept, in one parcel or two."""
    currency = draw(st.sampled_from(sorted(DECIMALS)))
    items = [draw(lines(number, currency)) for number in range(1, draw(st.integers(1, 4)) + 1)]
    first = {item["id"]: draw(st.integers(0, item["quantity"])) for item in items}
    second = {item["id"]: item["quantity"] - first[item["id"]] for item in items}
    parcel = [{"number": draw(text), "company": draw(text)}]
    return order(
        currencyCode=currency,
        presentmentCurrencyCode=currency,
        taxesIncluded=draw(st.booleans()),
        totalPriceSet=f"{draw(amounts) + 100_000_000} {currency}",
        totalTaxSet=f"{draw(amounts)} {currency}",
        totalShippingPriceSet=f"{draw(amounts) + 1000} {currency}",
        shippingLines=[{"taxLines": [f"{draw(st.integers(0, 1000))} {currency}"]}],
        totalDiscountsSet=draw(st.none() | amounts.map(lambda amount: f"{amount} {currency}")),
        totalRefundedSet=f"{draw(amounts)} {currency}",
        originalTotalDutiesSet=f"{draw(amounts)} {currency}",
        name=draw(text),
        email=draw(text),
        shippingAddress={
            name: draw(text) for name in ("firstName", "company", "address2", "provinceCode")
        },
        lineItems=items,
        fulfillments=[
            {"id": 1, "trackingInfo": parcel, "fulfillmentLineItems": first},
            {"id": 2, "fulfillmentLineItems": second},
        ],
    )


def amount(bag: Any) -> Decimal:
    return Decimal(bag["presentmentMoney"]["amount"])


def paid(line: Any, *, gross: bool, included: bool) -> Decimal:
    """What the customer paid for all ordered units of *line*, worked out anew."""
    tax = sum((amount(entry["priceSet"]) for entry in line["taxLines"]), Decimal(0))
    whole = amount(line["originalUnitPriceSet"]) * int(line["quantity"])
    whole -= sum(amount(entry["allocatedAmountSet"]) for entry in line["discountAllocations"])
    if gross == included:
        return whole
    return whole + tax if gross else whole - tax


@given(orders(), prices)
def test_quantity_times_price_less_discount_is_what_was_paid(raw: Any, kind: Any) -> None:
    """R9."""
    outcome = mapped(raw, policy=Policy(prices=kind))
    assume(isinstance(outcome, Ready))

    sent = json.loads(outcome.payload, parse_float=Decimal, parse_int=Decimal)  # type: ignore[union-attr] # assumed

    minor = Decimal(1).scaleb(-DECIMALS[raw["currencyCode"]])
    bought = {line["id"].rpartition("/")[2]: line for line in raw["lineItems"]["nodes"]}
    for item in sent["items"]:
        line = bought[item["id"]]
        whole = paid(line, gross=kind == "gross", included=raw["taxesIncluded"])
        share = whole.quantize(minor, ROUND_HALF_UP) * item["quantity"] / line["quantity"]
        discount = item["discount"]["value"] if "discount" in item else 0
        assert item["quantity"] == line["currentQuantity"]
        assert 0 <= discount <= item["price"]["value"]
        assert abs(item["quantity"] * (item["price"]["value"] - discount) - share) <= minor / 2


@given(orders(), prices)
def test_what_is_sent_keeps_the_contract(raw: Any, kind: Any) -> None:
    outcome = mapped(raw, policy=Policy(prices=kind, default_carrier="DHL"))
    assume(isinstance(outcome, Ready))

    assert breaches(json.loads(outcome.payload)) == []  # type: ignore[union-attr] # assumed


@given(orders(), prices)
def test_a_good_order_is_sent_unless_nothing_was_kept(raw: Any, kind: Any) -> None:
    outcome = mapped(raw, policy=Policy(prices=kind))

    kept = any(line["currentQuantity"] for line in raw["lineItems"]["nodes"])
    assert isinstance(outcome, Ready if kept else Skipped), outcome


@given(junk)
def test_no_json_makes_mapping_raise(raw: Any) -> None:
    assert isinstance(mapped(raw, policy=POLICY), Quarantined | Skipped)


FULL = order(
    taxesIncluded=False,
    originalTotalDutiesSet="1.00 GBP",
    originalTotalAdditionalFeesSet="1.00 GBP",
    totalPriceSet="20.00 GBP",
    shippingLines=[{"taxLines": ["1.00 GBP"]}],
    fulfillments=[
        {"fulfillmentLineItems": {1: 2}},
        {"id": 2, "status": "CANCELLED", "fulfillmentLineItems": {2: 1}},
    ],
    lineItems=[
        {
            "quantity": 3,
            "currentQuantity": 2,
            "discountAllocations": ["1.00 GBP", "0.50 GBP"],
            "taxLines": ["1.00 GBP"],
            "weight": {"value": 1.5, "unit": "GRAMS"},
            "image": {"url": "https://cdn.shopify.example/a.png"},
            "variant": {
                "inventoryItem": {
                    "harmonizedSystemCode": "691200",
                    "countryCodeOfOrigin": "CN",
                    "measurement": {"weight": {"value": 2, "unit": "OUNCES"}},
                }
            },
        },
        {"id": 2, "requiresShipping": False},
    ],
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything inside *value*."""
    found = []
    for key, member in members(value):
        found += [(*path, key), *_places(member, (*path, key))]
    return found


PLACES = _places(FULL)
HOSTILE: list[Any] = [
    *(None, True, 0, -1, 1.5, 1e300, float("nan"), 10**30, 10**17, [], {}, [None], [[]], [{}]),
    *("", "x", "0", "-1", "1.5", "1e9", "٣", "9" * 12, "9" * 5000, "\ud800", "\x00", "<b>"),
    *("0.000000000001", "2026-06-18", "9999-12-31T23:59:59Z", "https://[", "gid://shopify/X/1"),
    *(Decimal("1E+99999999"), {"nodes": None}, {"nodes": [None]}, {"nodes": {}}, {"amount": "1"}),
]


def _damage(raw: Any, place: tuple[Any, ...], value: Any) -> None:
    """Puts *value* at *place*, unless an earlier damage took the place away."""
    holder = raw
    for step in place[:-1]:
        found = dict(members(holder))
        if step not in found:
            return
        holder = found[step]
    if place[-1] in dict(members(holder)):
        holder[place[-1]] = value


damages = st.tuples(st.sampled_from(PLACES), st.sampled_from(HOSTILE) | junk)


@settings(max_examples=600)
@given(st.lists(damages, min_size=1, max_size=2))
def test_damaged_values_never_make_mapping_raise(found: list[tuple[Any, Any]]) -> None:
    damaged = copy.deepcopy(FULL)
    for place, value in found:
        _damage(damaged, place, copy.deepcopy(value))

    outcome = mapped(damaged, policy=POLICY)

    if isinstance(outcome, Ready):
        assert breaches(json.loads(outcome.payload)) == []
    else:
        assert isinstance(outcome, Quarantined | Skipped | Waiting)


def _shuffled(value: Any, draw: Any) -> Any:
    """The same with keys in another order, and one that nobody knows in every object."""
    if isinstance(value, dict):
        keys = draw(st.permutations(list(value)))
        return {key: _shuffled(value[key], draw) for key in keys} | {"_unknown": draw(junk)}
    return [_shuffled(member, draw) for member in value] if isinstance(value, list) else value


@given(st.data(), orders())
def test_the_fingerprint_depends_on_what_is_sent_alone(data: Any, raw: Any) -> None:
    first = mapped(raw, policy=POLICY)
    assume(isinstance(first, Ready))
    noise = {
        "updatedAt": "2026-06-19T09:09:09Z",
        "tags": [data.draw(text)],
        "note": data.draw(text),
        "fulfillments": raw["fulfillments"][::-1],
        "returns": {"nodes": []},
    }

    second = mapped(_shuffled(raw | noise, data.draw), policy=POLICY)

    assert isinstance(second, Ready)
    assert (second.fingerprint, second.payload) == (first.fingerprint, first.payload)  # type: ignore[union-attr] # assumed
    other = mapped(raw | {"legacyResourceId": "502"}, policy=POLICY)
    assert isinstance(other, Ready)
    assert other.fingerprint != second.fingerprint
