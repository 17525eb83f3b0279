"""Everything an order is mapped from as one tree, so that a trial can change any value of it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from mapping.outcome import Mapper, Outcome, Quarantined, Shop
from mapping.policy import Policy
from mapping.variants import holds_json
from mapping.watched import Path, Reads, watched

Fields = Mapping[str, object]
"""Field of the payload -> value, for example "items[0].price.value": 21.64."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Shop:
    time_zone: str
    weight_unit: str


@dataclasses.dataclass(frozen=True, slots=True)
class Trial:
    """What a mapper is given, and how to give it something else."""

    mapper: Mapper
    root: Mapping[str, Any]
    """"order", "related", "shop" and "policy"."""
    now: datetime

    @classmethod
    def of(  # noqa: PLR0913 - what a mapper takes
        cls,
        mapper: Mapper,
        order: Mapping[str, Any],
        related: Mapping[str, Any],
        *,
        shop: Shop,
        policy: Policy,
        now: datetime,
    ) -> Trial:
        """Returns the trial that changes nothing."""
        root = {
            "order": order,
            "related": related,
            "shop": {"time_zone": shop.time_zone, "weight_unit": shop.weight_unit},
            "policy": {
                part.name: getattr(policy, part.name) for part in dataclasses.fields(policy)
            },
        }
        return cls(mapper, root, now)

    def outcome(self) -> Outcome:
        """Returns what the order becomes; quarantined if a mapper cannot do with a setting."""
        try:
            return self._mapped(self.root["order"], self.root["related"])
        except (LookupError, ValueError):  # settings are checked where they are read, not there
            return Quarantined("", "met a setting that is none.")

    def watched(self, reads: Reads) -> Outcome:
        """Returns the same, and notes in *reads* what is read."""
        order, related = (watched(self.root[name], (name,), reads) for name in ("order", "related"))
        return self._mapped(order, related)

    def changed(self, changes: Mapping[Path, object]) -> Trial:
        """Returns the trial with other values at these paths."""
        root: Any = self.root
        for path, value in changes.items():
            root = _replaced(root, path, value)
        return dataclasses.replace(self, root=root)

    def is_default(self, path: Path) -> bool:
        """Returns whether the setting at *path* is as it comes."""
        _, key, *inside = path
        return not inside and self.root["policy"][key] == getattr(Policy(), str(key))

    def _mapped(self, order: Mapping[str, Any], related: Mapping[str, Any]) -> Outcome:
        shop, policy = _Shop(**self.root["shop"]), Policy(**self.root["policy"])
        return self.mapper(order, related, shop=shop, policy=policy, now=self.now)


def is_setting(path: Path) -> bool:
    """Returns whether the value at *path* is none of the order's."""
    return path[0] in {"policy", "shop"}


def leaves(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Yields path and value of every scalar, also of those in a text that holds JSON."""
    inside = holds_json(value) or value
    if isinstance(inside, Mapping):
        for key, part in inside.items():
            yield from leaves(part, (*path, key))
    elif isinstance(inside, list | tuple):
        for at, part in enumerate(inside):
            yield from leaves(part, (*path, at))
    else:
        yield path, value


def fields(payload: bytes) -> Fields:
    """Returns the fields of the payload, in its order."""
    return {written(path): value for path, value in leaves(json.loads(payload))}


def written(path: Path) -> str:
    """Returns *path* as people write it: "items[0].price.value"."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(
        "."
    )


def source(path: Path, root: Mapping[str, Any]) -> str:
    """
    Returns how a path under *root* is told: as the shop's documents name it.

    An entry of meta data goes by its key, a setting by "[key]"; Shopify's
    "nodes" are left out, as in the reasons of quarantined orders.
    """
    top, *rest = path
    if top == "policy":
        return f"[{rest[0]}]{''.join(f'.{step}' for step in rest[1:])}"
    if top == "shop":
        return f"shop.{rest[0]}"
    told: list[str | int] = []
    here: Any = root[str(top)]
    for step in rest:
        here = holds_json(here) or here
        entry = _key_of(here, step)
        if isinstance(step, int) and told and told[-1] == "nodes":
            told.pop()
        told.append(step)
        if entry:
            told[-1] = f"[{entry}]"
        here = here.get(step) if isinstance(here, Mapping) else here[step]
    return written(tuple(told)).replace(".[", "[")


def _key_of(members: object, step: object) -> str:
    """Returns the key of an entry of meta data, empty for others and where the key comes twice."""
    if not isinstance(members, list) or not isinstance(step, int):
        return ""
    keys = [part.get("key") if isinstance(part, Mapping) else None for part in members]
    key = keys[step]
    return key if isinstance(key, str) and keys.count(key) == 1 else ""


def _replaced(holder: Any, path: Path, value: object) -> Any:  # noqa: ANN401 - as the JSON is
    if not path:
        return value
    step, rest = path[0], path[1:]
    inside = holds_json(holder)
    if inside is not None:
        return json.dumps(_replaced(inside, path, value))
    part = _replaced(holder[step], rest, value)
    if isinstance(holder, Mapping):
        return {**holder, step: part}
    return [*holder[: int(step)], part, *holder[int(step) + 1 :]]
