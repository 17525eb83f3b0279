"""The routes below /wc/v3/products, and /wc/v3/variations."""

from __future__ import annotations

from collections.abc import Callable

from orderferry.sandbox.woocommerce.call import Call
from orderferry.sandbox.woocommerce.listing import read_slice
from orderferry.sandbox.woocommerce.product import product_view, variation_view
from orderferry.sandbox.woocommerce.rest import ITEM, Answer, Json, RestError, no_route

_VARIATIONS_SINCE = (10, 3)


def list_products(call: Call) -> Answer:
    """
    Answers GET products; missing ids and variation ids are left out in silence.

    Only a search by sku finds variations as well.
    """
    skus = call.params.words("sku")

    def is_listed(product: Json) -> bool:
        if skus:
            return product.get("sku") in skus
        return product.get("type") != "variation"

    return _list(call, is_listed, lambda product: _product(call, product))


def one_product(call: Call, product_id: int) -> Answer:
    """Answers GET products/<id>; a variation's id works too."""
    product = call.shop.records.products.get(product_id)
    if product is None:
        raise RestError(404, "woocommerce_rest_product_invalid_id", "Invalid ID.")
    call.require("view")
    shown = _product(call, product)
    return call.one(shown, shown["_links"])


def list_variations(call: Call) -> Answer:
    """Answers GET variations, those of any parent; the route came with version 10.3."""
    version = tuple(int(part) for part in call.shop.version.split(".")[:2])
    if version < _VARIATIONS_SINCE:
        raise no_route()
    return _list(
        call,
        lambda product: product.get("type") == "variation",
        lambda product: _variation(call, product),
    )


def list_product_variations(call: Call, product_id: int) -> Answer:
    """Answers GET products/<id>/variations."""
    return _list(
        call,
        lambda product: product.get("parent_id") == product_id,
        lambda product: _variation(call, product),
    )


def _list(call: Call, is_listed: Callable[[Json], bool], render: Callable[[Json], Json]) -> Answer:
    part = read_slice(call.params)
    include, exclude = call.params.ids("include"), call.params.ids("exclude")
    call.params.check()
    call.require("list")
    found = [
        product
        for product in call.shop.records.products.values()
        if is_listed(product)
        and (not include or product["id"] in include)
        and product["id"] not in exclude
    ]
    found.sort(key=lambda product: (str(product.get("date_created_gmt")), product["id"]))
    return call.page(found[::-1], part, render, {})


def _product(call: Call, product: Json) -> Json:
    shown = product_view(call.shop.records.products, product, call.home)
    parent = product.get("parent_id")
    up = {"up": f"products/{parent}"} if parent else {}
    return shown | {"_links": call.links(f"products/{product['id']}", "products", ITEM, **up)}


def _variation(call: Call, variation: Json) -> Json:
    shown = variation_view(call.shop.records.products, variation, call.home)
    up = f"products/{variation['parent_id']}"
    path = f"{up}/variations"
    return shown | {"_links": call.links(f"{path}/{variation['id']}", path, ITEM, up=up)}
