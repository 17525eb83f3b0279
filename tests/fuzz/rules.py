"""
What must hold of any outcome, worked out anew from the raw order.

`broken` knows nothing of how mapping works: prices come from the shop's own
texts, the payload is judged by the contract, and an order written in another
order of its keys must become the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from mapping.ingest import IngestOrder, to_json
from mapping.outcome import Outcome, Quarantined, Ready, Skipped, Waiting
from tests.fuzz.orders import mapped, now, policy
from tests.fuzz.paid import paid
from tests.fuzz.seeds import Platform
from tests.mapping.contract import breaches

_PERSONAL = ("email", "phone", "address_1", "address1", "last_name", "lastName")
_TELLING = 6  # characters from which a text is somebody's
# where WooCommerce's PHP may write an object for a list, its keys have the list's order (as_list)
_LISTS = frozenset(
    {
        *("line_items", "fee_lines", "shipping_lines", "refunds", "meta_data", "shipments"),
        *("items", "fulfillments", "notes", "attributes", "options", "images"),
    }
)
_ANYTHING = "value"  # of meta data: plugins keep lists in it too


def broken(platform: Platform, document: Any) -> list[str]:
    """Returns the rules that the outcome of *document* breaks; raises what mapping raises."""
    if not isinstance(document, dict):
        document = {"order": document}
    outcome = mapped(platform, document)
    found = [*_judged(platform, document, outcome), *named(document, outcome)]
    again = mapped(platform, _reordered(document, platform))
    if again != outcome:
        found.append(f"in another order of its keys it is {again}, not {outcome}")
    return found


def broken_by(platform: Platform, document: Mapping[str, Any], outcome: Ready) -> list[str]:
    """Returns the rules that *outcome* breaks as what becomes of the order in *document*."""
    sent = json.loads(outcome.payload, parse_float=Decimal, parse_int=Decimal)
    found = breaches(json.loads(outcome.payload))
    if to_json(IngestOrder.model_validate_json(outcome.payload)) != outcome.payload:
        found.append("the payload is not what is read back from it")
    if hashlib.sha256(outcome.payload).hexdigest() != outcome.fingerprint:
        found.append("the fingerprint is not that of the payload")
    found += _mispriced(platform, document, sent)
    return found


def _judged(platform: Platform, document: Mapping[str, Any], outcome: Outcome) -> Iterator[str]:
    match outcome:
        case Ready():
            yield from broken_by(platform, document, outcome)
        case Waiting():
            if outcome.until <= now(document):
                yield "waits for a time that has passed"
        case Quarantined():
            if not outcome.field or not outcome.problem.endswith("."):
                yield "is quarantined without saying why"
        case Skipped():
            pass
    if not isinstance(document.get("order"), dict) and not isinstance(outcome, Quarantined):
        yield f"what is no order is {type(outcome).__name__}"


def _mispriced(
    platform: Platform, document: Mapping[str, Any], sent: Mapping[str, Any]
) -> Iterator[str]:
    """R9, of every line whose price can be worked out from the raw order."""
    lines = paid(platform, document["order"], policy(document))
    for item in sent["items"]:
        if item["id"] not in lines:
            continue
        whole, ordered, minor, slack = lines[item["id"]]
        discount = item["discount"]["value"] if "discount" in item else Decimal(0)
        part = item["quantity"] / ordered
        exact = whole if slack else whole.quantize(minor, ROUND_HALF_UP)
        off = item["quantity"] * (item["price"]["value"] - discount) - exact * part
        if abs(off) > minor / 2 + slack * part:
            yield f"item {item['id']} is off by {off}"
        if item["quantity"] > ordered:
            yield f"of item {item['id']} more was sent than ordered"


def named(document: Mapping[str, Any], outcome: Outcome) -> Iterator[str]:
    """Yields a breach of R6 if what is told of the order holds a word of the customer's."""
    if isinstance(outcome, Quarantined):
        told = f"{outcome.field} {outcome.problem}"
    elif isinstance(outcome, Ready | Waiting):
        told = " ".join(caution.detail for caution in outcome.cautions)
    else:
        return
    words = _texts(document.get("order"))
    if any(word in told and word not in _our_words() for word in words):
        yield "tells a customer's data"


def _texts(order: Any) -> Iterator[str]:
    for name in ("billing", "shipping", "billingAddress", "shippingAddress"):
        block = order.get(name) if isinstance(order, dict) else None
        known = block if isinstance(block, dict) else {}
        for word in map(known.get, _PERSONAL):
            if isinstance(word, str) and len(word) >= _TELLING:
                yield word


@cache
def _our_words() -> str:
    import mapping  # noqa: PLC0415 - the text of it, once

    folder = Path(mapping.__file__).parent
    return "".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.py")))


def _reordered(document: Mapping[str, Any], platform: Platform) -> dict[str, Any]:
    """*document* with the keys of its objects in another order, and one that nobody reads."""
    random = Random(0)
    kept = _LISTS if platform == "woocommerce" else frozenset[str]()
    order = _shuffled(document.get("order"), random, kept)
    if isinstance(order, dict):
        order = {"x_nobody_reads": order.get("id")} | order
    related = _shuffled(document.get("related"), random, kept)
    return {**document, "order": order, "related": related}


def _shuffled(value: Any, random: Random, kept: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [_shuffled(member, random, kept) for member in value]
    if not isinstance(value, dict):
        return value
    keys = list(value)
    random.shuffle(keys)
    return {
        key: value[key]
        if (key in kept and isinstance(value[key], dict)) or (kept and key == _ANYTHING)
        else _shuffled(value[key], random, kept)
        for key in keys
    }
