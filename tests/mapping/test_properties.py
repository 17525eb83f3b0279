"""What holds for every order, whatever a shop or a plugin makes of it."""

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
from tests.mapping.shop import Settings, block, line, mapped, meta, order, parcel, tracked

DECIMALS = {"EUR": 2, "JPY": 0, "KWD": 3}
POLICY = Policy(post_code_placeholder="0", default_carrier="DHL")
OWN_KEYS = Settings(tracking_meta_keys=("n",), carrier_meta_key="c", hs_code_meta_keys=("h",))

cents = st.integers(0, 10**7).map(lambda n: f"{n // 100}.{n % 100:02}")
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
def orders(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """An order as shops have them, and what belongs to it: odd amounts, odd words, refunds."""
    lines = []
    for identity in range(1, draw(st.integers(1, 5)) + 1):
        subtotal, tax, total, total_tax = (draw(cents) for _ in range(4))
        lines.append(
            line(
                id=identity,
                quantity=draw(st.integers(1, 40)),
                subtotal=subtotal,
                subtotal_tax=tax,
                total=total,
                total_tax=total_tax,
                name=draw(text),
                sku=draw(text),
                parent_name=draw(st.none() | text),
                image={"src": draw(text.map("https://shop.example/".__add__))},
                product_id=identity,
            )
        )
    words = {name: draw(text) for name in ("company", "address_2", "phone", "first_name")}
    raw = order(
        currency=draw(st.sampled_from(sorted(DECIMALS))),
        total=draw(cents),
        total_tax="0.00",
        shipping_total=draw(cents),
        shipping_tax=draw(cents),
        discount_total=draw(cents),
        discount_tax=draw(cents),
        fee_lines=[{"total": draw(cents)}, {"total": f"-{draw(cents)}"}],
        number=draw(text),
        line_items=lines,
        shipping=block(**words),
        billing=block(email=draw(text)),
        meta_data=tracked(parcel(draw(text), tracking_provider=draw(text))),
    )
    refunded = {"quantity": -draw(st.integers(0, 3)), "meta_data": meta(_refunded_item_id="1")}
    product = {
        "weight": draw(cents),
        "meta_data": meta(_hs_code=draw(text), _country_of_origin=draw(text)),
    }
    return raw, {"refunds": [{"line_items": [refunded]}], "products": {"1": product}}


def rebated(raw: Any, paid: Decimal, prices: str, unit: Decimal) -> tuple[Decimal, Decimal]:
    """Between what and what a line's price is after its part of the negative fee."""
    rebate = -Decimal(raw["fee_lines"][1]["total"]).quantize(unit, ROUND_HALF_UP)
    totals = [
        Decimal(line["total"]) + (Decimal(line["total_tax"]) if prices == "gross" else 0)
        for line in raw["line_items"]
    ]
    whole = sum(total.quantize(unit, ROUND_HALF_UP) for total in totals)
    if not rebate or not whole:
        return paid, paid
    part = min(rebate, whole) * paid / whole
    return max(Decimal(0), paid - part - unit), min(paid, paid - part + unit)


@given(orders(), st.sampled_from(["gross", "net"]))
def test_quantity_times_price_less_discount_is_what_was_paid(case: Any, prices: Any) -> None:
    """R9."""
    raw, related = case
    outcome = mapped(raw, related, policy=Policy(prices=prices))
    assume(isinstance(outcome, Ready))

    sent = json.loads(outcome.payload, parse_float=Decimal, parse_int=Decimal)  # type: ignore[union-attr] # assumed

    unit = Decimal(1).scaleb(-DECIMALS[raw["currency"]])
    bought = {str(entry["id"]): entry for entry in raw["line_items"]}
    for item in sent["items"]:
        source = bought[item["id"]]
        paid = Decimal(source["total"])
        paid += Decimal(source["total_tax"]) if prices == "gross" else 0
        paid = paid.quantize(unit, ROUND_HALF_UP)
        discount = item["discount"]["value"] if "discount" in item else 0
        assert 0 <= discount <= item["price"]["value"]
        found = item["quantity"] * (item["price"]["value"] - discount)
        share = item["quantity"] / Decimal(source["quantity"])
        # a rebate on the whole order is a line's by what it cost, rounded either way
        least, most = rebated(raw, paid, prices, unit)
        assert least * share - unit / 2 <= found <= most * share + unit / 2


@given(orders())
def test_what_is_sent_keeps_the_contract(case: Any) -> None:
    outcome = mapped(*case, policy=POLICY)
    assume(isinstance(outcome, Ready))

    assert breaches(json.loads(outcome.payload)) == []  # type: ignore[union-attr] # assumed


@given(orders())
def test_a_good_order_is_sent_or_wholly_refunded(case: Any) -> None:
    assert isinstance(mapped(*case, policy=POLICY), Ready | Skipped)


@given(junk, junk)
def test_no_json_makes_mapping_raise(raw: Any, related: Any) -> None:
    outcome = mapped(raw, related, settings=OWN_KEYS, policy=POLICY)

    assert isinstance(outcome, Quarantined | Skipped)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything inside *value*."""
    found = []
    for key, member in members(value):
        found += [(*path, key), *_places(member, (*path, key))]
    return found


FULL = {
    "order": order(
        line_items=[line(variation_id=2, bundled_by=""), line(id=2, bundled_by="1", total="0")],
        meta_data=[*tracked(parcel()), *meta(n="1", c="dpd")],
        fee_lines=[{"total": "-1.00", "total_tax": "0"}],
        refunds=[{"id": 1, "total": "-1.00"}],
    ),
    "related": {
        "refunds": [{"line_items": [{"quantity": -1, "meta_data": meta(_refunded_item_id="2")}]}],
        "fulfillments": [
            {
                "status": "fulfilled",
                "is_fulfilled": "1",
                "meta_data": meta(
                    _items=[{"item_id": 1, "qty": 1}],
                    _tracking_number="1Z",
                    _shipment_provider="ups",
                    _date_fulfilled="2026-06-18T10:00:00Z",
                ),
            }
        ],
        "products": {
            "2": {
                "virtual": False,
                "weight": "1",
                "image": {"src": ""},
                "meta_data": meta(h="1234"),
            },
            "50": {"weight": "1", "images": [{"src": ""}], "meta_data": meta(_hs_code="6912.00")},
        },
    },
}
PLACES = _places(FULL)


HOSTILE: list[Any] = [
    *(None, True, 0, -1, 1.5, 1e300, float("nan"), 10**30, [], {}, [None], [[]], [{}], {"a": 1}),
    *("", "x", "0", "-1", "1.5", "1e9", "٣", "9" * 5000, "[" * 5000, "\ud800", "\x00", "<b>"),
    *("2026-06-18", "9999-12-31T23:59:59Z", "https://[", Decimal("1E+99999999")),
]


@settings(max_examples=400)
@given(st.sampled_from(PLACES), st.sampled_from(HOSTILE) | junk)
def test_one_damaged_value_never_makes_mapping_raise(place: tuple[Any, ...], value: Any) -> None:
    damaged = copy.deepcopy(FULL)
    holder: Any = damaged
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = value

    outcome = mapped(damaged["order"], damaged["related"], settings=OWN_KEYS, policy=POLICY)

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


# every place that a plugin writes to, and every name it uses inside
ORDER_KEYS = sorted(
    {
        *("_wc_shipment_tracking_items", "wcshipping_labels", "wc_connect_labels"),
        *("_wot_tracking_number", "_wot_tracking_carrier", "_aftership_tracking_items"),
        *("_aftership_fulfillments", "_aftership_tracking_number", "_aftership_tracking_shipdate"),
        *("ywot_tracking_code", "ywot_carrier_name", "ywot_pick_up_date", "_myparcel_tracktrace"),
        *("_parcelpanel_shipping_numbers", "_myparcel_shipments", "_myparcelnl_order_shipments"),
        *("_myparcelcom_order_shipments", "_pr_shipment_dhl_label_tracking", "_dpd_data"),
        *("_postnl_order_metadata", "_cpwebservice_tracking", "_tracking_number", "_date_shipped"),
        *("_tracking_provider", "tracking_number", "_tracking_code", "_shipping_tracking_number"),
        *("_1b_tracking_number", "_1a_carrier", "n", "c"),
    }
)
LINE_KEYS = ("_vi_wot_order_item_tracking_data", "_vi_wot_order_item_tracking_data_by_quantity")
PRODUCT_KEYS = ("_hs_code", "_country_of_origin", "wcshipping_customs_info", "h")
INSIDE = (
    *("tracking_number", "tracking", "barcode", "track_trace", "tracking_id", "number", "value"),
    *("tracking_provider", "carrier", "carrier_id", "slug", "externalIdentifier", "service_name"),
    *("date_shipped", "created", "created_at", "time", "fulfilled_at", "date_sent_gmt", "status"),
    *("trackings", "parcels", "parcel_no", "barcodes", "items", "order_item_id", "hs_code"),
    *("packeta", "packet_id", "note", "name", "options", "option", "refund", "is_return"),
)
plugin_json = st.recursive(
    junk | st.sampled_from(["AB1", "shipped", "2026-06-18", 1781740800, 1787040000000, "N/A", "1"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(INSIDE), inner, max_size=4)
    ),
    max_leaves=12,
)
plugin_values = plugin_json | plugin_json.map(json.dumps)


@given(st.data())
def test_no_json_in_any_plugins_key_makes_mapping_raise(data: Any) -> None:
    values = {
        key: data.draw(plugin_values)
        for key in data.draw(st.sets(st.sampled_from(ORDER_KEYS), max_size=4))
    }
    raw = order(
        meta_data=meta(**values),
        shipments=data.draw(plugin_values),
        shipping_lines=data.draw(plugin_values),
        line_items=[line(meta_data=meta(**{key: data.draw(plugin_values) for key in LINE_KEYS}))],
    )
    product = {
        "meta_data": meta(**{key: data.draw(plugin_values) for key in PRODUCT_KEYS}),
        "attributes": data.draw(plugin_values),
    }
    related = {"products": {"50": product}, "notes": data.draw(plugin_values)}

    outcome = mapped(raw, related, settings=OWN_KEYS, policy=POLICY)

    assert isinstance(outcome, Ready)
    assert breaches(json.loads(outcome.payload)) == []


@given(st.data(), orders())
def test_the_fingerprint_depends_on_what_is_sent_alone(data: Any, case: Any) -> None:
    raw, related = case
    first = mapped(raw, related, policy=POLICY)
    assume(isinstance(first, Ready))
    noise = {
        "date_modified_gmt": "2026-06-19T09:09:09",
        "order_key": "wc_order_x",
        "customer_note": data.draw(text),
        "_links": {"self": []},
    }

    beside = {"notes": None, "asked_at": "2026-06-20"}
    second = mapped(
        _shuffled(raw | noise, data.draw), _shuffled(related | beside, data.draw), policy=POLICY
    )

    assert isinstance(second, Ready)
    assert (second.fingerprint, second.payload) == (first.fingerprint, first.payload)  # type: ignore[union-attr] # assumed
    other = mapped(raw | {"id": 502}, related, policy=POLICY)
    assert isinstance(other, Ready)
    assert other.fingerprint != second.fingerprint
