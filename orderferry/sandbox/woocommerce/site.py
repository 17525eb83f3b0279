"""What the shop says of itself: WordPress's index, settings, the system report."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from orderferry.sandbox.woocommerce.rest import Json
from orderferry.sandbox.woocommerce.site_time import SiteTime

if TYPE_CHECKING:
    from orderferry.sandbox.woocommerce.shop import WooCommerceShop

_DATASTORES = {
    "hpos": "Automattic\\WooCommerce\\Internal\\DataStores\\Orders\\OrdersTableDataStore",
    "cpt": "WC_Order_Data_Store_CPT",
}
_CURRENCIES = {
    "USD": ("United States (US) dollar", "&#36;"),
    "EUR": ("Euro", "&euro;"),
    "GBP": ("Pound sterling", "&pound;"),
    "JPY": ("Japanese yen", "&yen;"),
}


def index(home: str, name: str, site: SiteTime, now: datetime) -> Json:
    """Returns the public index of the REST API, GET /wp-json/."""
    hours = site.offset_hours(now)
    plain: int | float = int(hours) if hours.is_integer() else hours
    return {
        "name": name,
        "description": "",
        "url": home,
        "home": home,
        # a shop that chose a bare offset has no zone name, and its option is text
        "gmt_offset": str(plain) if site.fixed else plain,
        "timezone_string": "" if site.fixed else site.zone,
        "namespaces": ["oembed/1.0", "wc/v1", "wc/v2", "wc/v3", "wc-analytics", "wp/v2"],
        "authentication": {},
        "routes": {},
    }


def weight_unit(value: str) -> Json:
    """Returns settings/products/woocommerce_weight_unit."""
    return _select("woocommerce_weight_unit", "Weight unit", "lbs", ("kg", "g", "lbs", "oz"), value)


def dimension_unit() -> Json:
    """Returns settings/products/woocommerce_dimension_unit."""
    units = ("m", "cm", "mm", "in", "yd")
    return _select("woocommerce_dimension_unit", "Dimensions unit", "in", units, "cm")


def currency_setting(value: str) -> Json:
    """Returns settings/general/woocommerce_currency."""
    return _select("woocommerce_currency", "Currency", "USD", tuple(_CURRENCIES), value)


def currency(code: str) -> Json:
    """Returns data/currencies/current."""
    name, symbol = _CURRENCIES.get(code, (code, code))
    return {"code": code, "name": name, "symbol": symbol}


def system_status(shop: WooCommerceShop, home: str) -> Json:
    """Returns the parts of the system report that a connector may read."""
    return {
        "environment": {
            "home_url": home,
            "site_url": home,
            "version": shop.version,
            "wp_version": "7.1",
            "wp_multisite": False,
            "language": "en_US",
            "php_version": "8.2.36",
            "default_timezone": "UTC",
        },
        "settings": {
            "api_enabled": False,
            "force_ssl": False,
            "currency": shop.currency,
            "currency_symbol": currency(shop.currency)["symbol"],
            "thousand_separator": ",",
            "decimal_separator": ".",
            "number_of_decimals": shop.decimals,
            "order_datastore": _DATASTORES[shop.storage],
            "HPOS_enabled": shop.storage == "hpos",
            "HPOS_sync_enabled": False,
            "enabled_features": ["analytics", *(["fulfillments"] if shop.fulfillments else [])],
        },
    }


def _select(name: str, label: str, default: str, options: tuple[str, ...], value: str) -> Json:
    return {
        "id": name,
        "label": label,
        "description": "",
        "type": "select",
        "default": default,
        "options": {option: option for option in options},
        "tip": "",
        "value": value,
    }
