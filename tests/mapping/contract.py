"""The contract's rules for one order: by hand, and At Last's own text where it is there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft4Validator, FormatChecker

_SPEC = Path(__file__).parents[3] / "shared" / "contract" / "atlast-openapi.yaml"
_UNITS = {"GRAMS", "KILOGRAMS", "OUNCES", "POUNDS"}


def breaches(order: Mapping[str, Any]) -> list[str]:
    """What is wrong with *order*; empty if nothing is."""
    return [*_by_hand(order), *_by_specification(order)]


@cache
def _validator() -> Draft4Validator | None:
    if not _SPEC.exists():
        return None
    spec = yaml.safe_load(_SPEC.read_text(encoding="utf-8"))
    schema = {"$ref": "#/components/schemas/IngestOrder", "components": spec["components"]}
    # draft 4: the contract's exclusiveMinimum is a boolean
    return Draft4Validator(schema, format_checker=FormatChecker())


def _by_specification(order: Mapping[str, Any]) -> Iterator[str]:
    validator = _validator()
    if validator is not None:
        yield from (f"{error.json_path}: {error.message}" for error in validator.iter_errors(order))


def _by_hand(order: Mapping[str, Any]) -> Iterator[str]:
    for name in ("id", "orderNumber"):
        yield from _text(order, name, required=True)
    for name in ("merchantId", "reference"):
        yield from _text(order, name)
    created = order.get("createdAt")
    if not isinstance(created, str) or datetime.fromisoformat(created).tzinfo is None:
        yield "createdAt is no instant"
    if "userEmail" in order and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", order["userEmail"]):
        yield "userEmail is no address"
    for name in ("orderTotal", "itemSubTotal", "shippingTotal"):
        yield from _price(order, name, required=True)
    yield from _price(order, "discount")
    if "outboundFulfilment" in order:
        parcel = order["outboundFulfilment"]
        yield from _text(parcel, "carrier", required=True)
        yield from _text(parcel, "trackingNumber", required=True)
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", parcel.get("shippingDate", "")):
            yield "shippingDate is no date"
    if not 1 <= len(order.get("items", [])) <= 100:
        yield "items are not 1 to 100"
    for item in order.get("items", []):
        yield from _item(item)
    yield from _customer(order.get("customer", {}))
    yield from _nulls(order, "order")


def _item(item: Mapping[str, Any]) -> Iterator[str]:
    yield from _text(item, "id", required=True)
    if type(item.get("quantity")) is not int or item["quantity"] < 1:
        yield "quantity is no whole number from 1"
    for name in ("sku", "name", "variantName", "description", "hsCode"):
        yield from _text(item, name)
    if "imageUrl" in item and not re.fullmatch(r"https?://[!-~]+", item["imageUrl"]):
        yield "imageUrl is no address"
    yield from _price(item, "price", required=True)
    yield from _price(item, "discount")
    if "weight" in item:
        weight = item["weight"]
        if type(weight.get("value")) not in {int, float} or not weight["value"] > 0:
            yield "weight is not above 0"
        if weight.get("unit") not in _UNITS:
            yield "weight has no known unit"
    if "countryCodeOfOrigin" in item and len(item["countryCodeOfOrigin"]) != 2:
        yield "countryCodeOfOrigin has not two letters"


def _customer(customer: Mapping[str, Any]) -> Iterator[str]:
    yield from _text(customer, "lastName", required=True)
    yield from _text(customer, "firstName")
    yield from _text(customer, "phone")
    address = customer.get("address", {})
    for name in ("line1", "city", "postCode", "country"):
        yield from _text(address, name, required=True)
    for name in ("line2", "line3", "company", "province"):
        yield from _text(address, name)


def _text(holder: Mapping[str, Any], name: str, *, required: bool = False) -> Iterator[str]:
    if name not in holder:
        if required:
            yield f"{name} is missing"
    elif not isinstance(holder[name], str) or not holder[name]:
        yield f"{name} is no text"


def _price(holder: Mapping[str, Any], name: str, *, required: bool = False) -> Iterator[str]:
    if name not in holder:
        if required:
            yield f"{name} is missing"
        return
    price = holder[name]
    if type(price.get("value")) not in {int, float} or not price["value"] >= 0:
        yield f"{name} is below 0 or no number"
    if not re.fullmatch(r"[A-Z]{3}", price.get("currency", "")):
        yield f"{name} has no currency"


def _nulls(value: Any, path: str) -> Iterator[str]:
    if value is None:
        yield f"{path} is null"
    for key, member in members(value):
        yield from _nulls(member, f"{path}.{key}")


def members(value: Any) -> list[tuple[Any, Any]]:
    """What is directly inside a JSON value, each with its key or index."""
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []
