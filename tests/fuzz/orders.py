"""One fuzzed document, mapped as a merchant's order would be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mapping import shopify, woocommerce
from mapping.outcome import Outcome
from mapping.policy import Policy
from tests.fuzz.seeds import Platform
from tests.mapping.shop import NOW, Settings, Shop

# the configuration is checked before anything runs; so what a document may say of it is chosen here
_CHOICES: Mapping[str, tuple[Any, ...]] = {
    "prices": ("gross", "net"),
    "currency": ("presentment", "shop"),
    "ship_when": ("all_fulfilled", "any_fulfilment"),
    "shipment": ("first", "last"),
    "when_tracking_never_comes": ("send", "quarantine"),
    "default_carrier": (None, "DHL", "Acme Couriers"),
    "post_code_placeholder": (None, "0", "00000"),
    "default_hs_code": (None, "6912.00"),
    "default_country_of_origin": (None, "GB"),
    "ship_from_country": ("GB", "FR", "US"),
    "merchant_id": (None, "m-1"),
    "order_id": ("{id}", "bolt-{id}"),
    "order_number": ("{number}", "#{number}", "{id}"),
}
_ZONES = ("Europe/London", "Europe/Berlin", "America/New_York", "Asia/Tokyo", "+05:30")
_UNITS = ("kg", "g", "lbs", "oz")
_KEYS = ("tracking_meta_keys", "hs_code_meta_keys", "origin_meta_keys", "shipped_statuses")
_LONGEST_WAIT = 1000  # hours


def policy(document: Mapping[str, Any]) -> Policy:
    """Returns the merchant's policy as far as *document* says a possible one."""
    said = _object(_object(document.get("how")).get("policy"))
    found = {
        key: said[key]
        for key, known in _CHOICES.items()
        if key in said and _is_one_of(said[key], known)
    }
    hours = said.get("tracking_wait")
    if isinstance(hours, int) and 0 <= hours <= _LONGEST_WAIT:
        found["tracking_wait"] = timedelta(hours=hours)
    carriers = _object(said.get("carriers"))
    found["carriers"] = {key: name for key, name in carriers.items() if _is_name(name)}
    return Policy(**found)


def settings(document: Mapping[str, Any]) -> Settings:
    """Returns the merchant's WooCommerce settings in the same way."""
    said = _object(_object(document.get("how")).get("settings"))
    found: dict[str, Any] = {
        key: tuple(filter(_is_name, said[key])) for key in _KEYS if isinstance(said.get(key), list)
    }
    if _is_name(said.get("carrier_meta_key")):
        found["carrier_meta_key"] = said["carrier_meta_key"]
    if said.get("sub_orders") in ("skip", "send"):
        found["sub_orders"] = said["sub_orders"]
    return Settings(**found)


def now(document: Mapping[str, Any]) -> datetime:
    """Returns the time of the run."""
    said = _object(document.get("how")).get("now")
    try:
        found = datetime.fromisoformat(said) if isinstance(said, str) else NOW
    except ValueError:
        return NOW
    return found if found.tzinfo and abs(found - NOW) < timedelta(days=3650) else NOW


def mapped(platform: Platform, document: Mapping[str, Any]) -> Outcome:
    """Returns the outcome of the order in *document*."""
    how = _object(document.get("how"))
    shop = Shop(_chosen(how, "time_zone", _ZONES), _chosen(how, "weight_unit", _UNITS))
    if platform == "shopify":
        mapper = shopify.build_mapper(None)
    else:
        mapper = woocommerce.build_mapper(settings(document))
    order: Any = document.get("order")
    related: Any = document.get("related")
    return mapper(order, related, shop=shop, policy=policy(document), now=now(document))


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _chosen(said: Mapping[str, Any], key: str, known: tuple[str, ...]) -> str:
    return said[key] if said.get(key) is not None and _is_one_of(said[key], known) else known[0]


def _is_one_of(value: Any, known: tuple[Any, ...]) -> bool:
    return (value is None or isinstance(value, str)) and value in known


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value) and value.isprintable()
