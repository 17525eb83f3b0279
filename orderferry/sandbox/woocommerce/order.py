"""A complete order, built from the few fields that matter to a test."""

from __future__ import annotations

import html
from datetime import datetime
from decimal import Decimal

from orderferry.sandbox.woocommerce import money
from orderferry.sandbox.woocommerce.addresses import billing_address, shipping_address
from orderferry.sandbox.woocommerce.records import LineFields, OrderFields, Workshop, opaque
from orderferry.sandbox.woocommerce.rest import Json

_UNPAID = frozenset({"pending", "on-hold", "failed", "cancelled", "checkout-draft"})
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CAD": "$", "AUD": "$", "CHF": "CHF"}
_FLAT_RATE = "10.00"
_STORED_DIGITS = 6  # how finely WooCommerce keeps a net amount it derived (recorded: 31.512605)


def new_order(shop: Workshop, fields: OrderFields) -> Json:
    """Returns the order's JSON as stored: money unrounded, neither `_links` nor `payment_url`."""
    ids = shop.records
    order_id = ids.claim(fields["id"]) if "id" in fields else ids.new_id()
    lines = [_line(shop, fields, line) for line in fields.get("lines", (LineFields(),))]
    order: Json = _head(shop, fields, order_id)
    order |= _people(fields) | _dates(shop, fields, order["status"])
    order |= {
        "number": fields.get("number", str(order_id)),
        "meta_data": _meta(shop, fields),
        "line_items": lines,
        "tax_lines": [],
        "shipping_lines": _shipping(shop, fields),
        "fee_lines": [_fee(shop, fields, *fee) for fee in fields.get("fees", ())],
        "coupon_lines": _coupons(shop, fields, lines),
        "refunds": [],
    }
    order |= _totals(shop, order)
    return order | dict(fields.get("extra", {}))


def tracking_item(number: str, carrier: str, shipped_at: datetime) -> Json:
    """
    Returns one entry of the official tracking plugin.

    A slug ("usps") is one of its known carriers, which come without an address;
    any other name is a carrier the merchant typed.
    """
    known = carrier == carrier.lower() and " " not in carrier
    return {
        "tracking_provider": carrier if known else "",
        "custom_tracking_provider": "" if known else carrier,
        "custom_tracking_link": "",
        "tracking_number": number,
        "date_shipped": str(int(shipped_at.timestamp())),
        "tracking_id": opaque(f"{carrier} {number}"),
    }


def _head(shop: Workshop, fields: OrderFields, order_id: int) -> Json:
    currency = fields.get("currency", shop.currency)
    return {
        "id": order_id,
        "parent_id": fields.get("parent_id", 0),
        "status": fields.get("status", "completed"),
        "currency": currency,
        "version": shop.version,
        "prices_include_tax": fields.get("prices_include_tax", False),
        "customer_id": 0,
        "order_key": f"wc_order_{opaque(str(order_id))[:13]}",
        "payment_method": "stripe",
        "payment_method_title": "Credit Card",
        "transaction_id": "",
        "customer_ip_address": "",
        "customer_user_agent": "",
        "created_via": "checkout",
        "customer_note": fields.get("customer_note", ""),
        "cart_hash": "",
        "currency_symbol": _SYMBOLS.get(currency, currency),
    }


def _people(fields: OrderFields) -> Json:
    country = fields.get("country", "US")
    billing = billing_address(country, fields.get("email", "shopper@example.com"))
    return {
        "billing": billing | dict(fields.get("billing", {})),
        "shipping": shipping_address(country) | dict(fields.get("shipping", {})),
    }


def _dates(shop: Workshop, fields: OrderFields, status: str) -> Json:
    created = fields.get("created_at", shop.now)
    paid = fields.get("paid_at", None if status in _UNPAID else created)
    done = fields.get("completed_at", created if status == "completed" else None)
    modified = fields.get("modified_at") or max(at for at in (created, paid, done) if at)
    dates: Json = {}
    for name, at in (
        ("created", created),
        ("modified", modified),
        ("completed", done),
        ("paid", paid),
    ):
        dates[f"date_{name}"] = shop.site.local(at) if at else None
        dates[f"date_{name}_gmt"] = shop.site.gmt(at) if at else None
    return dates


def _meta(shop: Workshop, fields: OrderFields) -> list[Json]:
    rows = shop.records.meta(fields.get("meta_data", {}))
    shipments = fields.get("tracking", ())
    if shipments:
        shipped_at = fields.get("completed_at") or shop.now
        items = [tracking_item(number, carrier, shipped_at) for number, carrier in shipments]
        rows += shop.records.meta({"_wc_shipment_tracking_items": items})
    return rows


def _line(shop: Workshop, fields: OrderFields, line: LineFields) -> Json:
    product_id, variation_id = line.get("product_id", 0), line.get("variation_id", 0)
    products = shop.records.products
    product = products.get(variation_id) or products.get(product_id) or {}
    quantity = line.get("quantity", 1)
    before = Decimal(line.get("price", product.get("price") or "12.50")) * quantity
    after = before - Decimal(line.get("discount", "0"))
    subtotal, subtotal_tax = _goods(shop, fields, before)
    total, total_tax = _goods(shop, fields, after)
    parent = products.get(product_id, {}) if variation_id else {}
    return {
        "id": shop.records.new_item_id(),
        "name": stored_name(line.get("name", product.get("name", "Coffee Mug"))),
        "product_id": product_id,
        "variation_id": variation_id,
        "quantity": quantity,
        "tax_class": line.get("tax_class", ""),
        "subtotal": f"{subtotal:f}",
        "subtotal_tax": f"{subtotal_tax:f}",
        "total": f"{total:f}",
        "total_tax": f"{total_tax:f}",
        "taxes": _taxes(total_tax, subtotal_tax),
        "meta_data": _line_meta(shop, line),
        "sku": line.get("sku", product.get("sku") if product else None),
        "global_unique_id": "" if product else None,
        "price": money.unit_price(f"{total:f}", quantity),
        "image": {"id": 0, "src": ""},
        "parent_name": parent.get("name"),
    } | dict(line.get("extra", {}))


def _line_meta(shop: Workshop, line: LineFields) -> list[Json]:
    return [
        {"display_key": row["key"], "display_value": row["value"]} | row
        for row in shop.records.meta(line.get("meta_data", {}))
    ]


def _goods(shop: Workshop, fields: OrderFields, amount: Decimal) -> tuple[Decimal, Decimal]:
    """
    Returns (net, tax) of an amount as the merchant typed it.

    Totals are kept without tax, however prices were typed; the net keeps more digits than
    the tax, which is rounded line by line (recorded: 37.50 at 19 % is 31.512605 and 5.99).
    """
    if not fields.get("prices_include_tax", False):
        return _plus_tax(shop, fields, amount)
    net = money.rounded(amount / (1 + _rate(fields)), _STORED_DIGITS)
    return net, money.rounded(amount - net, shop.decimals)


def _plus_tax(shop: Workshop, fields: OrderFields, amount: Decimal) -> tuple[Decimal, Decimal]:
    return amount, money.rounded(amount * _rate(fields), shop.decimals)


def _rate(fields: OrderFields) -> Decimal:
    return Decimal(fields.get("tax_rate", "0")) / 100


def _taxes(total: Decimal, subtotal: Decimal) -> list[Json]:
    return [{"id": 1, "total": f"{total:f}", "subtotal": f"{subtotal:f}"}] if total else []


def _shipping(shop: Workshop, fields: OrderFields) -> list[Json]:
    total, tax = _plus_tax(shop, fields, Decimal(fields.get("shipping_total", _FLAT_RATE)))
    return [
        {
            "id": shop.records.new_item_id(),
            "method_title": "Flat rate",
            "method_id": "flat_rate",
            "instance_id": "",
            "total": f"{total:f}",
            "total_tax": f"{tax:f}",
            "taxes": [],
            "tax_status": "taxable",
            "meta_data": [],
        }
    ]


def _fee(shop: Workshop, fields: OrderFields, name: str, amount: str) -> Json:
    total, tax = _plus_tax(shop, fields, Decimal(amount))
    return {
        "id": shop.records.new_item_id(),
        "name": name,
        "tax_class": "",
        "tax_status": "taxable",
        "amount": "",
        "total": f"{total:f}",
        "total_tax": f"{tax:f}",
        "taxes": [],
        "meta_data": [],
    }


def _coupons(shop: Workshop, fields: OrderFields, lines: list[Json]) -> list[Json]:
    off = _sum(shop, lines, "subtotal") - _sum(shop, lines, "total")
    if not off and "coupon" not in fields:
        return []
    tax = _sum(shop, lines, "subtotal_tax") - _sum(shop, lines, "total_tax")
    return [
        {
            "id": shop.records.new_item_id(),
            "code": fields.get("coupon", "welcome"),
            "discount": money.text(off),
            "discount_tax": money.text(tax),
            "meta_data": [],
            "discount_type": "fixed_cart",
            "nominal_amount": money.number(float(off + tax)),
            "free_shipping": False,
        }
    ]


def _totals(shop: Workshop, order: Json) -> Json:
    lines, fees, shipping = order["line_items"], order["fee_lines"], order["shipping_lines"]
    cart_tax = _sum(shop, lines + fees, "total_tax")
    shipping_tax = _sum(shop, shipping, "total_tax")
    net = _sum(shop, lines + fees + shipping, "total")
    totals = {
        "discount_total": _sum(shop, lines, "subtotal") - _sum(shop, lines, "total"),
        "discount_tax": _sum(shop, lines, "subtotal_tax") - _sum(shop, lines, "total_tax"),
        "shipping_total": _sum(shop, shipping, "total"),
        "shipping_tax": shipping_tax,
        "cart_tax": cart_tax,
        "total": net + cart_tax + shipping_tax,
        "total_tax": cart_tax + shipping_tax,
    }
    return {name: f"{amount:f}" for name, amount in totals.items()}


def _sum(shop: Workshop, owners: list[Json], name: str) -> Decimal:
    # of what is shown: in every recorded order the total is the sum of the rounded parts
    amounts = (money.rounded(Decimal(owner[name]), shop.decimals) for owner in owners)
    return sum(amounts, Decimal(0))


def stored_name(name: str) -> str:
    """Returns a name as WordPress keeps it: "&" is an entity, tags stay, backslashes are lost."""
    return html.unescape(name).replace("&", "&amp;").replace("\\", "")
