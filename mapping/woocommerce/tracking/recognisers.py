"""Every place where a number is looked for, in the order of precedence."""

from __future__ import annotations

from mapping.woocommerce.tracking.labels import bought, dhl, dpd, packeta, postnl
from mapping.woocommerce.tracking.myparcel import myparcel
from mapping.woocommerce.tracking.notes import order_notes
from mapping.woocommerce.tracking.place import Recogniser, flat
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

RECOGNISERS: tuple[tuple[str, Recogniser], ...] = (
    # a person named them
    ("your own keys", merchants_own),
    # they know what was sent, not only what was printed
    ("Shiptastic, Germanized", shiptastic),
    ("WooCommerce fulfilments", core_fulfilments),
    ("Shipment Tracking, Advanced Shipment Tracking", shipment_tracking),
    # labels that WooCommerce sells
    ("WooCommerce Shipping", bought("wcshipping_labels")),
    ("WooCommerce Services", bought("wc_connect_labels")),
    # tracking pages
    ("Orders Tracking, lines", orders_tracking),
    (
        "Orders Tracking, order",
        flat(
            "_wot_tracking_number", carriers=("_wot_tracking_carrier_name", "_wot_tracking_carrier")
        ),
    ),
    ("AfterShip trackings", aftership_items),
    ("AfterShip fulfilments", aftership_fulfilments),
    (
        "AfterShip, first versions",
        flat(
            "_aftership_tracking_number",
            carriers=("_aftership_tracking_provider_name",),
            left=("_aftership_tracking_shipdate",),
        ),
    ),
    (
        "YITH Order Tracking",
        flat(
            "ywot_tracking_code",
            carriers=("ywot_carrier_name", "ywot_carrier_id"),
            left=("ywot_pick_up_date",),
        ),
    ),
    ("ParcelPanel", parcelpanel),
    # carriers' label plugins
    ("Packeta", packeta),
    ("MyParcel", myparcel),
    ("MyParcel, first versions", flat("_myparcel_tracktrace")),
    ("DHL for WooCommerce", dhl),
    ("PostNL", postnl),
    ("Canada Post", flat("_cpwebservice_tracking", carrier="Canada Post")),
    ("DPD by WPify", dpd),
    # keys that nobody owns
    (
        "ShipStation, first versions",
        flat("_tracking_number", carriers=("_tracking_provider",), left=("_date_shipped",)),
    ),
    ("tracking_number", flat("tracking_number", carriers=("_tracking_provider",))),
    ("_tracking_code", flat("_tracking_code", carriers=("_tracking_provider",))),
    (
        "_shipping_tracking_number",
        flat("_shipping_tracking_number", carriers=("_tracking_provider",)),
    ),
    ("_1b_tracking_number", flat("_1b_tracking_number", carriers=("_1a_carrier",))),
    ("order notes", order_notes),
)
"""
Name and recogniser. The first place that knows a number and a carrier wins.

docs/mapping.md lists the same places; a test compares the two.
"""
