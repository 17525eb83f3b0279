"""Answers a plan: reads values, makes nulls, collects errors."""

from __future__ import annotations

from typing import Any

from orderferry.sandbox.shopify.json_types import Json
from orderferry.sandbox.shopify.plan import Denial, Selection, Step
from orderferry.sandbox.shopify.problems import access_denied

Path = tuple[str | int, ...]


class _Null(Exception):
    """A field that may not be null is: its owner becomes null instead."""


class Reader:
    """
    Reads values by a plan; objects are anything with `[name]`.

    Attributes:
        errors: What went wrong beside the data, in the order met.

    """

    def __init__(self, call: object) -> None:
        self.errors: list[Json] = []
        self._call = call

    def answer(self, plan: Selection, root: str) -> Json | None:
        """Returns `data`, None if nothing is left of it."""
        try:
            return self.fields(plan.of(root), {}, ())
        except _Null:
            return None

    def row(self, steps: tuple[Step, ...], owner: Any) -> Json | None:  # noqa: ANN401 - the shop's objects are JSON or behave like it
        """Returns an object outside a tree of others, None if a field leaves nothing of it."""
        try:
            return self.fields(steps, owner, ())
        except _Null:
            return None

    def fields(self, steps: tuple[Step, ...], owner: Any, path: Path) -> Json:  # noqa: ANN401 - as above
        """Returns the fields of one object."""
        answered = {}
        for step in steps:
            if step.denial is not None:
                self._deny(step, step.denial, path)
                value = None
            elif step.resolver is not None:
                value = step.resolver(self._call, owner, step.args)
            elif step.name == "__typename":
                value = step.owner
            else:
                value = owner[step.name]
            if step.parts is not None and value is not None:
                value = self._composite(step, value, path)
            if value is None and not step.nullable:
                raise _Null
            answered[step.key] = value
        return answered

    def _deny(self, step: Step, denial: Denial, path: Path) -> None:
        if denial.required:
            self.errors.append(access_denied(step.name, denial.required, (*path, step.key)))

    def _composite(self, step: Step, value: Any, path: Path) -> Any:  # noqa: ANN401 - as above
        if not step.is_list:
            step.seen = max(step.seen, len(value.nodes) if step.connection else 1)
            return self._object(step, value, (*path, step.key))
        step.seen = max(step.seen, len(value))
        rows = [self._object(step, item, (*path, step.key, at)) for at, item in enumerate(value)]
        return rows if step.nullable_items or None not in rows else None

    def _object(self, step: Step, value: Any, path: Path) -> Json | None:  # noqa: ANN401 - as above
        parts = step.parts
        if value is None or parts is None:
            return None
        try:
            return self.fields(
                parts.of(value["__typename"]) if parts.kinds else parts.only, value, path
            )
        except _Null:
            return None
