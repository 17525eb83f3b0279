"""HS code and country of origin out of a product's meta data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from mapping.customs import country_code, hs_code
from mapping.raw import Raw, as_object, decoded, meta
from mapping.woocommerce.rules import Rules

# (meta key, key inside an object or ""); plugins by how sure their value is.
# Only keys that were seen in a plugin's source or on a real product.
_HS_CODE = (
    ("_hs_code", ""),  # Shiptastic, Germanized
    ("hs_code", ""),
    ("_dhl_hs_code", ""),  # DHL for WooCommerce
    ("_wf_hs_code", ""),  # ELEX, PluginHive, XAdapter
    ("_postnl_hs_tariff_code", ""),
    ("_myparcel_hs_code_variation", ""),
    ("_myparcel_hs_code", ""),
    ("_hs_tariff_code", ""),
    ("tariff_number", ""),
    ("commodity_code", ""),
    ("hs-code", ""),
    ("wcshipping_customs_info", "hs_tariff_number"),  # WooCommerce Shipping
    ("wc_connect_customs_info", "hs_tariff_number"),  # WooCommerce Services
)
_ORIGIN = (
    ("_manufacture_country", ""),
    ("_dhl_manufacture_country", ""),
    ("_wf_manufacture_country", ""),
    ("_postnl_country_origin", ""),  # "0" = unset
    ("_myparcel_country_of_origin_variation", ""),
    ("_myparcel_country_of_origin", ""),
    ("_country_of_origin", ""),
    ("country_of_origin", ""),
    ("_origin_country", ""),
    ("country-of-origin", ""),
    # last: these two fill in the shop's own country when a label is bought
    ("wcshipping_customs_info", "origin_country"),
    ("wc_connect_customs_info", "origin_country"),
)


def hs_code_of(products: Sequence[Raw], rules: Rules) -> str:
    """
    Returns the HS code in digits, empty if none is known.

    *products* are the variation before its parent; the merchant's own keys on
    either come before the table on either.
    """
    own = [(key, "") for key in rules.hs_code_meta_keys]
    found = [*_values(products, own), *_values(products, _HS_CODE)]
    # Shiptastic adds the field to the product itself; it needs no meta key
    return _first(hs_code, [*found, *(product.get("hs_code") for product in products)])


def origin_of(products: Sequence[Raw], rules: Rules) -> str:
    """
    Returns the country of origin (alpha-2), empty if none is known.

    Same order as `hs_code_of`. Shiptastic's top-level `manufacture_country` is
    not read: unset, it repeats the shop's own country.
    """
    own = [(key, "") for key in rules.origin_meta_keys]
    return _first(country_code, [*_values(products, own), *_values(products, _ORIGIN)])


def _values(products: Sequence[Raw], keys: Sequence[tuple[str, str]]) -> Iterator[object]:
    for product in products:
        for key, inside in keys:
            for value in meta(product, key):
                yield as_object(decoded(value)).get(inside) if inside else value


def _first(read: Callable[[object], str], values: Sequence[object]) -> str:
    return next((text for value in values if (text := read(value))), "")
