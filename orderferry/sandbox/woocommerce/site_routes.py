"""The routes that tell of the shop itself."""

from __future__ import annotations

from orderferry.sandbox.woocommerce import site
from orderferry.sandbox.woocommerce.call import Call
from orderferry.sandbox.woocommerce.rest import GET, SETTING, Answer, Json, RestError


def root_index(call: Call) -> Answer:
    """Answers GET /wp-json/, which needs no key."""
    shop = call.shop
    return call.one(site.index(call.home, shop.name, shop.site, shop.clock()))


def namespace_index(call: Call) -> Answer:
    """Answers GET /wp-json/wc/v3, which needs no key."""
    up = [{"href": f"{call.home}/{call.shop.rest_prefix}/"}]
    return call.one({"namespace": "wc/v3", "routes": {}}, {"up": up})


def setting(call: Call, group: str, name: str) -> Answer:
    """Answers GET settings/<group>/<id> for the settings a connector needs."""
    call.require("list")
    known: dict[tuple[str, str], Json] = {
        ("products", "woocommerce_weight_unit"): site.weight_unit(call.shop.weight_unit),
        ("products", "woocommerce_dimension_unit"): site.dimension_unit(),
        ("general", "woocommerce_currency"): site.currency_setting(call.shop.currency),
    }
    found = known.get((group, name))
    if found is None:
        raise RestError(404, "rest_setting_setting_invalid", "Invalid setting.")
    collection = f"settings/{group}"
    links = call.links(f"{collection}/{name}", collection, SETTING)
    return call.one(found | {"group_id": group}, links)


def current_currency(call: Call) -> Answer:
    """Answers GET data/currencies/current."""
    call.require("list")
    code = call.shop.currency
    return call.one(
        site.currency(code), call.links(f"data/currencies/{code}", "data/currencies", GET)
    )


def system_status(call: Call) -> Answer:
    """Answers GET system_status; a shop manager's read key may see it."""
    call.require("list")
    return call.one(site.system_status(call.shop, call.home))
