"""HS code and country of origin out of a product's meta data and attributes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from mapping.customs import country_code, hs_code
from mapping.raw import Raw, as_list, as_object, as_objects, as_text, decoded
from mapping.rule import rule
from mapping.woocommerce.line import Line
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
    ("pa_country-of-origin", ""),
)
# last: these fill in the shop's own country when a label is bought
_ORIGIN_ON_LABELS = (
    ("wcshipping_customs_info", "origin_country"),
    ("wc_connect_customs_info", "origin_country"),
)


# attributes that merchants make up, by `_attribute_name`
_HS_CODE_ATTRIBUTES = ("hs-code", "commodity-code", "hs-tariff-code", "tariff-number")
_ORIGIN_ATTRIBUTES = ("country-of-origin", "origin-country")

_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")


@rule("HS code")
def hs_code_of(line: Line, rules: Rules) -> str:
    """
    Returns the HS code in digits, empty if none is known.

    The merchant's own keys come before the table, meta data before attributes,
    the variation before its parent.
    """
    found = chain(
        _named(line, rules.hs_code_meta_keys),
        _stored(line, _HS_CODE),
        _attributes(line.products, _HS_CODE_ATTRIBUTES),
        # Shiptastic adds the field to the product itself, and to the lines of its shipments
        (source.get("hs_code") for source in (*line.products, *line.packed)),
    )
    return _first(hs_code, found)


@rule("country of origin")
def origin_of(line: Line, rules: Rules) -> str:
    """
    Returns the country of origin (alpha-2), empty if none is known.

    Same order as `hs_code_of`. Shiptastic's `manufacture_country` is not read:
    unset, it repeats the shop's own country.
    """
    found = chain(
        _named(line, rules.origin_meta_keys),
        _stored(line, _ORIGIN),
        _attributes(line.products, _ORIGIN_ATTRIBUTES),
        _stored(line, _ORIGIN_ON_LABELS),
    )
    return _first(country_code, found)


def _named(line: Line, keys: Sequence[str]) -> Iterator[object]:
    """Yields what meta data and attributes hold under the merchant's own *keys*."""
    if keys:
        yield from _stored(line, [(key, "") for key in keys])
        yield from _attributes(line.products, [_attribute_name(key) for key in keys])


def _stored(line: Line, keys: Sequence[tuple[str, str]]) -> Iterator[object]:
    for stored in line.stored:
        for key, inside in keys:
            if key in stored:
                for entry in stored[key]:
                    value = entry.get("value")
                    yield as_object(decoded(value)).get(inside) if inside else value


def _attributes(products: Sequence[Raw], names: Sequence[str]) -> Iterator[object]:
    """Yields what the attributes with these names say, if they say one thing."""
    for product in products:
        for attribute in as_objects(product.get("attributes")):
            labels = (attribute.get("name"), attribute.get("slug"))
            if any(_attribute_name(label) in names for label in labels):
                # variations have one option, products a list
                options = as_list(attribute.get("options")) or (attribute.get("option"),)
                texts = {as_text(option) for option in options}
                if len(texts) == 1:
                    yield texts.pop()


def _attribute_name(label: object) -> str:
    """Returns what name and slug of an attribute share: "pa_hs-code" is "hs-code"."""
    return _NOT_IN_A_NAME.sub("-", as_text(label).lower()).strip("-").removeprefix("pa-")


def _first(read: Callable[[object], str], values: Iterable[object]) -> str:
    return next((text for value in values if (text := read(value))), "")
