"""Products and variations: built from a few fields, and in the shapes each route gives them."""

from __future__ import annotations

import copy
from typing import Any

from orderferry.sandbox.woocommerce.order import stored_name
from orderferry.sandbox.woocommerce.records import ProductFields, Workshop
from orderferry.sandbox.woocommerce.rest import Json

_NOT_IN_VARIATIONS = frozenset(
    {
        "slug",
        "featured",
        "catalog_visibility",
        "short_description",
        "total_sales",
        "external_url",
        "button_text",
        "sold_individually",
        "shipping_required",
        "shipping_taxable",
        "reviews_allowed",
        "average_rating",
        "rating_count",
        "upsell_ids",
        "cross_sell_ids",
        "purchase_note",
        "categories",
        "brands",
        "tags",
        "images",
        "default_attributes",
        "variations",
        "grouped_products",
        "price_html",
        "related_ids",
        "has_options",
        "post_password",
    }
)
_PLAIN: Json = {
    "type": "simple",
    "status": "publish",
    "featured": False,
    "catalog_visibility": "visible",
    "description": "",
    "short_description": "",
    "sale_price": "",
    "on_sale": False,
    "purchasable": True,
    "total_sales": 0,
    "downloadable": False,
    "downloads": [],
    "tax_status": "taxable",
    "tax_class": "",
    "manage_stock": False,
    "stock_quantity": None,
    "dimensions": {"length": "", "width": "", "height": ""},
    "shipping_class": "",
    "shipping_class_id": 0,
    "parent_id": 0,
    "categories": [{"id": 15, "name": "Uncategorized", "slug": "uncategorized"}],
    "tags": [],
    "attributes": [],
    "variations": [],
    "stock_status": "instock",
    "has_options": False,
    "global_unique_id": "",
}
_INHERITED = ("weight", "sku")
"""A variation without a value of its own shows its parent's (measured)."""


def new_product(shop: Workshop, fields: ProductFields) -> Json:
    """Returns a simple product's JSON as stored."""
    product_id, virtual = shop.records.new_id(), fields.get("virtual", False)
    price = fields.get("price", "12.50")
    now, gmt = shop.site.local(shop.now), shop.site.gmt(shop.now)
    own: Json = {
        "id": product_id,
        "name": stored_name(fields.get("name", "Coffee Mug")),
        "slug": f"product-{product_id}",
        "permalink": f"/product/product-{product_id}/",
        "date_created": now,
        "date_created_gmt": gmt,
        "date_modified": now,
        "date_modified_gmt": gmt,
        "sku": fields.get("sku", ""),
        "price": price,
        "regular_price": price,
        "virtual": virtual,
        "weight": fields.get("weight", ""),
        "shipping_required": not virtual,
        "shipping_taxable": not virtual,
        "images": _images(shop, fields.get("image", "")),
        "meta_data": shop.records.meta(fields.get("meta_data", {})),
    }
    return copy.deepcopy(_PLAIN) | own | dict(fields.get("extra", {}))


def new_variation(shop: Workshop, parent: Json, fields: ProductFields) -> Json:
    """Returns a variation's JSON as stored; makes its parent a variable product."""
    attributes = fields.get("attributes", {})
    variation = new_product(shop, fields)
    parent["type"] = "variable"
    parent["variations"] = [*parent["variations"], variation["id"]]
    options = ", ".join(attributes.values())
    return variation | {
        "type": "variation",
        "parent_id": parent["id"],
        "name": f"{parent['name']} - {options}" if options else parent["name"],
        "attributes": [
            {"id": 0, "name": name, "slug": name.lower(), "option": option}
            for name, option in attributes.items()
        ],
    }


def _images(shop: Workshop, address: str) -> list[Json]:
    return [{"id": shop.records.new_id(), "src": address, "name": "", "alt": ""}] if address else []


def product_view(products: dict[int, Json], product: Json, home: str) -> Json:
    """Returns what products and products/<id> show; a variation has its parent's gaps filled."""
    shown = _inherited(products, product)
    if "image" in shown and "images" not in shown:  # a recorded answer of a variations route
        shown = shown | {"images": [shown["image"]] if shown["image"] else []}
        shown["name"] = _full_name(products, shown)
        del shown["image"]
    return shown | {"permalink": _absolute(home, shown.get("permalink", ""))}


def variation_view(products: dict[int, Json], variation: Json, home: str) -> Json:
    """Returns what the variations routes show: one `image`, and only the options as name."""
    shown = _inherited(products, variation)
    if "images" in shown:
        image = next(iter(shown["images"]), None)
        parent = products.get(shown["parent_id"], {}).get("name", "")
        shown = {k: v for k, v in shown.items() if k not in _NOT_IN_VARIATIONS}
        shown |= {"image": image, "name": shown["name"].removeprefix(f"{parent} - ")}
    return shown | {"permalink": _absolute(home, shown.get("permalink", ""))}


def line_view(products: dict[int, Json], deleted: set[int], line: Json) -> Json:
    """
    Returns an order line as it is shown now: sku and image are the product's of today.

    The name stays what it was. A deleted product leaves ids 0, no sku and an empty image.
    """
    shown_id = line.get("variation_id") or line.get("product_id") or 0
    if {line.get("product_id"), line.get("variation_id")} & deleted:
        gone = {"product_id": 0, "variation_id": 0, "sku": None, "global_unique_id": None}
        return line | gone | {"image": {"id": 0, "src": ""}, "parent_name": None}
    product = products.get(shown_id)
    if product is None:
        return line
    product = _inherited(products, product)
    live = {name: product[name] for name in ("sku", "global_unique_id") if name in product}
    return line | live | {"image": _line_image(product)}


def _line_image(product: Json) -> Json:
    images = product.get("images") or [image for image in [product.get("image")] if image]
    if not images:
        return {"id": "", "src": ""}
    image_id = images[0]["id"]
    # a simple product's image id comes as text, a variation's as a number (recorded)
    own = image_id if product["type"] == "variation" else str(image_id)
    return {"id": own, "src": images[0]["src"]}


def _inherited(products: dict[int, Json], product: Json) -> Json:
    parent = products.get(product.get("parent_id") or 0)
    if product.get("type") != "variation" or parent is None:
        return dict(product)
    missing: dict[str, Any] = {
        name: parent.get(name, "") for name in _INHERITED if not product.get(name)
    }
    dimensions = product.get("dimensions")
    if not dimensions or not any(dimensions.values()):
        missing["dimensions"] = parent.get("dimensions")
    if "images" in product and not product["images"]:
        missing["images"] = parent.get("images", [])
    return product | missing


def _full_name(products: dict[int, Json], variation: Json) -> str:
    parent = products.get(variation.get("parent_id") or 0)
    own = str(variation.get("name", ""))
    return f"{parent['name']} - {own}" if parent else own


def _absolute(home: str, link: str) -> str:
    return f"{home}{link}" if link.startswith("/") else link
