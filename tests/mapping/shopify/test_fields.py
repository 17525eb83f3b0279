"""What mapping reads of an order: exactly FIELDS, all of it known to Shopify."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import mapping.shopify
from mapping.policy import Policy
from mapping.shopify import FIELDS
from tests.mapping.shopify.shop import mapped, order

SCHEMA = Path(__file__).parents[4] / "shared" / "contract" / "shopify-admin-2026-10.graphql.gz"
NOTHING: dict[str, Any] = {"firstName": None, "lastName": None, "provinceCode": None}
THOROUGH = [
    order(
        taxesIncluded=False,
        displayFinancialStatus="PARTIALLY_REFUNDED",
        originalTotalDutiesSet="1.00 GBP",
        originalTotalAdditionalFeesSet="1.00 GBP",
        shippingAddress=NOTHING | {"countryCodeV2": None, "country": "Ruritania"},
        shippingLines=[{"taxLines": ["1.00 GBP"]}],
        lineItems=[
            {
                "discountAllocations": ["1.00 GBP"],
                "taxLines": ["1.00 GBP"],
                "weight": {"value": 0, "unit": "GRAMS"},
                "image": {"url": ""},
                "variant": {
                    "inventoryItem": {
                        "harmonizedSystemCode": "",
                        "countryCodeOfOrigin": "",
                        "measurement": {"weight": {"value": 1, "unit": "GRAMS"}},
                    }
                },
            }
        ],
    ),
    order(
        legacyResourceId=None,
        shippingAddress=None,
        billingAddress=NOTHING | {"countryCodeV2": None, "country": "Ruritania"},
    ),
]
"""Orders that make mapping read all it ever reads."""


class Spy(Mapping[str, Any]):
    """A JSON object that remembers which of its values were looked at, and those inside."""

    def __init__(self, inside: Mapping[str, Any], path: str, seen: set[str]) -> None:
        self.inside, self.path, self.seen = inside, path, seen

    def __getitem__(self, key: str) -> Any:
        path = f"{self.path}{key}"
        self.seen.add(path)
        return self._watched(self.inside[key], path)

    def _watched(self, value: Any, path: str) -> Any:
        if isinstance(value, Mapping):
            return Spy(value, f"{path}.", self.seen)
        return [self._watched(one, path) for one in value] if isinstance(value, list) else value

    def get(self, key: str, default: Any = None) -> Any:
        if key in self.inside:
            return self[key]
        self.seen.add(f"{self.path}{key}")
        return default

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("mapping reads fields by name")

    def __len__(self) -> int:
        return len(self.inside)


def test_mapping_reads_the_fields_it_names_and_no_other() -> None:
    seen: set[str] = set()

    for raw in THOROUGH:
        for policy in (
            Policy(),
            Policy(currency="shop"),
            Policy(prices="net"),
            Policy(prices="net", currency="shop"),
        ):
            mapped(Spy(raw, "", seen), policy=policy)

    leaves = {path for path in seen if not any(other.startswith(f"{path}.") for other in seen)}
    assert leaves == set(FIELDS)


def test_each_field_is_named_once() -> None:
    assert len(set(FIELDS)) == len(FIELDS)


def types(text: str) -> dict[str, dict[str, str]]:
    """Type name -> field name -> name of the field's type, of a schema in SDL."""
    text = re.sub(r'"""(?:.|\n)*?"""|"(?:[^"\\\n]|\\.)*"', "", text)
    for _ in range(2):  # arguments, and arguments of directives among them
        text = re.sub(r"\([^()]*\)", "", text)
    found = {}
    for name, body in re.findall(r"^type (\w+)[^{]*\{([^}]*)\}", text, re.MULTILINE):
        found[name] = dict(re.findall(r"^\s*(\w+):\s*\[?(\w+)", body, re.MULTILINE))
    return found


def test_shopify_knows_every_field() -> None:
    if not SCHEMA.exists():
        pytest.skip("the schema is not beside the project")
    known = types(gzip.decompress(SCHEMA.read_bytes()).decode())

    for path in FIELDS:
        kind = "Order"
        for name in path.split("."):
            assert name in known[kind], path
            kind = known[kind][name]
        assert kind not in known, f"{path} is no leaf"


def test_what_the_package_offers_is_listed() -> None:
    assert mapping.shopify.__all__ == ["FIELDS", "build_mapper"]
