"""Every place where a number is looked for, in the order of precedence."""

from __future__ import annotations

from functools import lru_cache

from mapping.woocommerce.tracking.labels import bought, dhl, dpd, packeta, postnl
from mapping.woocommerce.tracking.myparcel import MYPARCEL_KEYS, myparcel
from mapping.woocommerce.tracking.notes import order_notes
from mapping.woocommerce.tracking.place import Place, flat, stored
from mapping.woocommerce.tracking.shop import (
    core_fulfilments,
    merchants_own,
    shipment_tracking,
    shiptastic,
)
from mapping.woocommerce.tracking.trackers import (
    aftership_fulfilments,
    aftership_items,
    orders_tracking,
    parcelpanel,
)

PLACES: tuple[Place, ...] = (
    # a person named them
    Place("your own keys", merchants_own),
    # they know what was sent, not only what was printed
    Place("Shiptastic, Germanized", shiptastic),
    Place("WooCommerce fulfilments", core_fulfilments),
    stored(
        "Shipment Tracking, Advanced Shipment Tracking",
        shipment_tracking,
        "_wc_shipment_tracking_items",
    ),
    # labels that WooCommerce sells
    stored("WooCommerce Shipping", bought, "wcshipping_labels"),
    stored("WooCommerce Services", bought, "wc_connect_labels"),
    # tracking pages
    Place("Orders Tracking, lines", orders_tracking),
    flat(
        "Orders Tracking, order",
        "_wot_tracking_number",
        carriers=("_wot_tracking_carrier_name", "_wot_tracking_carrier"),
    ),
    stored("AfterShip trackings", aftership_items, "_aftership_tracking_items"),
    stored("AfterShip fulfilments", aftership_fulfilments, "_aftership_fulfillments"),
    flat(
        "AfterShip, first versions",
        "_aftership_tracking_number",
        carriers=("_aftership_tracking_provider_name",),
        left=("_aftership_tracking_shipdate",),
    ),
    flat(
        "YITH Order Tracking",
        "ywot_tracking_code",
        carriers=("ywot_carrier_name", "ywot_carrier_id"),
        left=("ywot_pick_up_date",),
    ),
    stored("ParcelPanel", parcelpanel, "_parcelpanel_shipping_numbers"),
    # carriers' label plugins
    Place("Packeta", packeta),
    stored("MyParcel", myparcel, *MYPARCEL_KEYS),
    flat("MyParcel, first versions", "_myparcel_tracktrace"),
    stored("DHL for WooCommerce", dhl, "_pr_shipment_dhl_label_tracking"),
    stored("PostNL", postnl, "_postnl_order_metadata"),
    flat("Canada Post", "_cpwebservice_tracking", carrier="Canada Post"),
    stored("DPD by WPify", dpd, "_dpd_data"),
    # keys that nobody owns
    flat(
        "ShipStation, first versions",
        "_tracking_number",
        carriers=("_tracking_provider",),
        left=("_date_shipped",),
    ),
    flat("tracking_number", "tracking_number", carriers=("_tracking_provider",)),
    flat("_tracking_code", "_tracking_code", carriers=("_tracking_provider",)),
    flat(
        "_shipping_tracking_number", "_shipping_tracking_number", carriers=("_tracking_provider",)
    ),
    flat("_1b_tracking_number", "_1b_tracking_number", carriers=("_1a_carrier",)),
    Place("order notes", order_notes),
)
"""
The first place that knows a number and a carrier wins.

docs/mapping.md lists the same places; a test compares the two.
"""
KEYS: frozenset[str] = frozenset(key for place in PLACES for key in place.keys)
"""Every order meta key that one of them is looked for under."""


@lru_cache(maxsize=256)  # a shop has one or two plugins, so that its orders are alike in this
def worth_a_look(named: frozenset[str]) -> tuple[Place, ...]:
    """Returns the places where an order with meta data under these of the KEYS may have been."""
    return tuple(place for place in PLACES if not place.keys or not named.isdisjoint(place.keys))
