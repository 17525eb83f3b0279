"""The routes below /wc/v3/orders, and /wc/v3/refunds."""

from __future__ import annotations

from orderferry.sandbox.woocommerce import money
from orderferry.sandbox.woocommerce.call import Call
from orderferry.sandbox.woocommerce.listing import CORE_STATUSES, read_query, read_slice
from orderferry.sandbox.woocommerce.product import line_view
from orderferry.sandbox.woocommerce.rest import (
    ITEM,
    Answer,
    Json,
    PhpFatal,
    RestError,
    no_route,
    select,
)

_EDITABLE = frozenset({"pending", "on-hold", "auto-draft"})


def list_orders(call: Call) -> Answer:
    """Answers GET orders."""
    shop, params = call.shop, call.params
    query = read_query(params, shop.site, shop.storage, shop.statuses)
    part = read_slice(params)
    dp = params.integer("dp", shop.decimals, low=0)
    params.check()
    call.require("list")
    # WooCommerce takes `status` out of the request and puts it back at the end
    params.query["status"] = params.query.pop("status", {"0": "any"})
    found = query.run(list(shop.records.orders.values()))
    echo = {"dp": str(dp), "context": "view"}
    return call.page(found, part, lambda order: _order(call, order, dp), echo)


def one_order(call: Call, order_id: int) -> Answer:
    """Answers GET orders/<id>; a trashed order is shown, an unregistered status too."""
    order = call.shop.records.orders.get(order_id)
    dp = call.params.integer("dp", call.shop.decimals, low=0)
    call.params.check()
    if order is None:
        # products and refunds share the ids, and are no orders either (measured)
        raise RestError(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
    call.require("view")
    shown = _order(call, order, dp)
    return call.one(shown, shown["_links"])


def list_statuses(call: Call) -> Answer:
    """Answers GET orders/statuses; there `checkout-draft` is listed too."""
    call.require("list")
    names = dict(CORE_STATUSES)
    names |= {slug: slug.replace("-", " ").title() for slug in call.shop.statuses}
    names["checkout-draft"] = "Draft"
    return Answer([{"slug": slug, "name": name} for slug, name in names.items()])


def list_order_refunds(call: Call, order_id: int) -> Answer:
    """Answers GET orders/<id>/refunds; only here are the refunded quantities."""
    part = read_slice(call.params)
    dp = call.params.integer("dp", call.shop.decimals, low=0)
    call.params.check()
    call.require("list")
    found = call.shop.records.refunds.get(order_id, [])
    return call.page(found, part, lambda refund: _refund(call, refund, dp), {"dp": str(dp)})


def list_refunds(call: Call) -> Answer:
    """Answers GET refunds: those of all orders, newest first, with their `parent_id`."""
    part = read_slice(call.params)
    dp = call.params.integer("dp", call.shop.decimals, low=0)
    call.params.check()
    call.require("list")
    refunds = [refund for several in call.shop.records.refunds.values() for refund in several]
    found = sorted(refunds, key=lambda refund: -int(refund["id"]))

    def render(refund: Json) -> Json:
        return {"parent_id": refund["parent_id"]} | _refund(call, refund, dp)

    return call.page(found, part, render, {"dp": str(dp)})


def list_fulfillments(call: Call, order_id: int) -> Answer:
    """Answers GET orders/<id>/fulfillments: a bare list without totals."""
    if not call.shop.fulfillments:
        raise no_route()
    if order_id not in call.shop.records.orders:
        # the status is text here, and only here (recorded)
        data = {"status": "404"}
        code = "woocommerce_rest_order_invalid_id"
        raise RestError(404, code, "Invalid order ID.", data, allowed=False)
    call.require("view")
    return Answer(call.shop.records.fulfilments.get(order_id, []))


def list_notes(call: Call, order_id: int) -> Answer:
    """Answers GET orders/<id>/notes: all of them, a bare list without totals (recorded)."""
    if order_id not in call.shop.records.orders:
        data = {"status": 404}
        raise RestError(404, "woocommerce_rest_order_invalid_id", "Invalid order ID.", data)
    call.require("list")
    fields = call.params.text("_fields")
    path = f"orders/{order_id}"

    def render(note: Json) -> Json:
        at = f"{path}/notes/{note['id']}"
        links = call.links(at, f"{path}/notes", "GET, DELETE", up=path)
        return select(note | {"_links": links}, fields)

    return Answer([render(note) for note in call.shop.records.notes.get(order_id, [])])


def _order(call: Call, order: Json, dp: int) -> Json:
    shop, order_id = call.shop, order["id"]
    if order_id in shop.poison:
        raise PhpFatal
    products, deleted = shop.records.products, shop.records.deleted_products
    lines = [line_view(products, deleted, line) for line in order["line_items"]]
    pay = f"/checkout/order-pay/{order_id}/?pay_for_order=true&key={order.get('order_key', '')}"
    unpaid = order["status"] in {"pending", "failed"} and float(order["total"]) > 0
    derived = {
        "payment_url": f"{call.home}{pay}",
        "is_editable": order["status"] in _EDITABLE,
        "needs_payment": unpaid,
        "needs_processing": any(not _virtual(call, line) for line in lines),
    }
    shown = money.with_decimals(derived | order | {"line_items": lines}, dp)
    shown["meta_data"] = _visible_meta(call, shown["meta_data"])
    customer = {"customer": f"customers/{order['customer_id']}"} if order["customer_id"] else {}
    path = f"orders/{order_id}"
    links = call.links(path, "orders", ITEM, **customer)
    templates = call.href(f"{path}/actions/email_templates")
    links["email_templates"] = [{"embeddable": True, "href": templates}]
    return shown | {"_links": links}


def _visible_meta(call: Call, rows: list[Json]) -> list[Json]:
    wanted, unwanted = call.params.words("include_meta"), call.params.words("exclude_meta")
    if wanted:
        return [row for row in rows if row["key"] in wanted]
    return [row for row in rows if row["key"] not in unwanted]


def _virtual(call: Call, line: Json) -> bool:
    product_id = line.get("variation_id") or line.get("product_id") or 0
    return bool(call.shop.records.products.get(product_id, {}).get("virtual"))


def _refund(call: Call, refund: Json, dp: int) -> Json:
    products, deleted = call.shop.records.products, call.shop.records.deleted_products
    lines = [line_view(products, deleted, line) for line in refund["line_items"]]
    shown = money.with_decimals(refund | {"line_items": lines}, dp)
    parent = shown.pop("parent_id")
    up = f"orders/{parent}"
    links = call.links(f"{up}/refunds/{refund['id']}", f"{up}/refunds", "GET, DELETE", up=up)
    return shown | {"_links": links}
