"""What a WooCommerce shop says of itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

from connectors.base import ShopProfile
from connectors.errors import ConnectorError, Contract, Credentials
from connectors.woocommerce.client import ShopClient
from connectors.woocommerce.refusals import Forbidden
from connectors.woocommerce.settings import WooCommerceSettings
from connectors.woocommerce.windows import zone_of

FULFILLMENTS: Final = "fulfillments"
WEIGHT_UNITS: Final = ("kg", "g", "lbs", "oz")
_LEAST_DECIMALS: Final = 2
_UNTOLD_DECIMALS: Final = 3  # no currency in use has more; rounds least where the shop is silent
_MOST_DECIMALS: Final = 6


@dataclass(frozen=True, slots=True)
class SystemReport:
    """The part of the system report that matters here; empty where the key may not read it."""

    order_storage: str = ""
    currency: str = ""
    decimals: int | None = None
    """How many decimals the shop shows prices with."""
    features: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Details:
    """A shop's profile, and how to ask for its money."""

    profile: ShopProfile
    decimals: int
    """
    The parameter `dp`: the shop's own decimals, at least 2.

    Without it the shop rounds to what it shows, so that one set to 0 decimals
    answers "10" for 9.99. More than its own are no gain: line taxes are stored
    rounded, line totals are not, and 31.512605 + 5.99 is not what was paid.
    """


def read_details(client: ShopClient, settings: WooCommerceSettings) -> Details:
    """Returns the shop's details; raises Contract where it hides what the settings do not say."""
    report = system_report(client)
    decimals = _UNTOLD_DECIMALS if report.decimals is None else report.decimals
    profile = ShopProfile(
        time_zone=time_zone(client, settings),
        weight_unit=weight_unit(client, settings),
        currency=report.currency or _currency(client),
        order_storage=report.order_storage,
        features=report.features,
    )
    return Details(profile, min(max(decimals, _LEAST_DECIMALS), _MOST_DECIMALS))


def time_zone(client: ShopClient, settings: WooCommerceSettings) -> str:
    """Returns the site's time zone: an IANA name, or an offset like "+05:30"."""
    try:
        # public; and without keys, which WordPress itself would take for a user's name
        index = client.record("", {"_fields": "timezone_string,gmt_offset"}, anonymous=True)
    except (Contract, Credentials) as error:
        index, hidden = {}, error.problem
        # with keys: raises what is wrong with the address as a whole
        client.record("wc/v3", {"_fields": "namespace"})
    else:
        hidden = "The WordPress index does not tell the site's time zone."
    name = _named_zone(index.get("timezone_string")) or _offset(index.get("gmt_offset"))
    name = name or settings.time_zone
    try:
        zone_of(name)
    except ValueError:
        raise Contract(
            f"The time zone is unknown. {hidden}",
            'Set time_zone to the one under Settings > General, for example "Europe/Berlin".',
        ) from None
    return name


def _named_zone(value: object) -> str:
    try:
        zone_of(str(value))
    except ValueError:
        return ""
    return str(value)


def _offset(value: object) -> str:
    """Returns WordPress's hours ("5.5", -5, "") as "+05:30", "" if there are none."""
    try:
        hours = float(str(value))
    except ValueError:
        return ""
    if not math.isfinite(hours) or abs(hours) >= 24:  # noqa: PLR2004 - hours of a day
        return ""
    minutes = round(abs(hours) * 60)
    return f"{'-' if hours < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"


def weight_unit(client: ShopClient, settings: WooCommerceSettings) -> str:
    """Returns the unit of product weights: kg, g, lbs or oz."""
    try:
        told = client.record("wc/v3/settings/products/woocommerce_weight_unit").get("value")
    except (Contract, Forbidden) as error:
        told, hidden = None, error.problem
    else:
        hidden = "The shop's answer names none."
    unit = told if told in WEIGHT_UNITS else settings.weight_unit
    if not unit:
        raise Contract(
            f"The unit of product weights is unknown. {hidden}",
            "Set weight_unit, or let the key belong to an administrator or a shop manager.",
        )
    return str(unit)


def system_report(client: ShopClient) -> SystemReport:
    """Returns the system report; an empty one where the key may not read it."""
    try:
        told = client.record("wc/v3/system_status", {"_fields": "settings"}).get("settings")
    except ConnectorError:
        return SystemReport()
    return _report(told) if isinstance(told, dict) else SystemReport()


def _report(settings: dict[str, Any]) -> SystemReport:
    hpos = settings.get("HPOS_enabled")
    features = settings.get("enabled_features")
    has_fulfillments = isinstance(features, list) and FULFILLMENTS in features
    decimals = settings.get("number_of_decimals")
    currency = settings.get("currency")
    return SystemReport(
        # a shop too old to know the new storage has the legacy one
        order_storage="hpos" if hpos else "cpt",
        currency=currency if isinstance(currency, str) else "",
        decimals=decimals if isinstance(decimals, int) else None,
        features=frozenset({FULFILLMENTS}) if has_fulfillments else frozenset(),
    )


def _currency(client: ShopClient) -> str:
    """Returns the currency of the books, "" if the key may not read it; orders name their own."""
    try:
        return str(client.record("wc/v3/data/currencies/current").get("code", ""))
    except (Contract, Forbidden):
        return ""
