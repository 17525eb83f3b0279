"""What a bulk query may not contain; the sentences are those recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from orderferry.sandbox.shopify.plan import Selection, Step

_MAX_CONNECTIONS: Final = 5
_MAX_DEPTH: Final = 2
_MAX_BYTES: Final = 65_535


def faults(text: str, plan: Selection) -> Iterator[str]:
    """Yields what is wrong with a bulk query, in the platform's words."""
    if len(text.encode()) > _MAX_BYTES:
        yield f"Query is too long (maximum is {_MAX_BYTES} bytes)"
    if any(step.name in {"node", "nodes"} for step in plan.only):
        yield "Bulk queries cannot contain a top level `node` field."
    found = list(_connections(plan, depth=1, in_list=False))
    if not found:
        yield "Bulk queries must contain at least one connection."
    if len(found) > _MAX_CONNECTIONS:
        yield f"Bulk queries cannot contain more than {_MAX_CONNECTIONS} connections."
    if any(depth > _MAX_DEPTH for _step, depth, _in_list in found):
        yield (
            "Bulk queries cannot contain connections with a nesting depth greater than"
            f" {_MAX_DEPTH}."
        )
    if any(in_list for _step, _depth, in_list in found):
        yield (
            "Queries that contain a connection field within a list field are not currently"
            " supported."
        )
    for step, _depth, _in_list in found:
        yield from _connection_faults(step)


def _connections(
    selection: Selection, *, depth: int, in_list: bool
) -> Iterator[tuple[Step, int, bool]]:
    """Yields every connection, how deep it is nested, and whether a list is around it."""
    for steps in selection.variants():
        for step in steps:
            if step.parts is None:
                continue
            if step.connection:
                yield step, depth, in_list
                yield from _connections(step.parts, depth=depth + 1, in_list=False)
            else:
                rows = step.name == "edges"
                yield from _connections(
                    step.parts, depth=depth, in_list=in_list or (step.is_list and not rows)
                )


def node_steps(step: Step) -> tuple[Step, ...] | None:
    """Returns what a connection asks of its nodes through `edges`, None if nothing."""
    edges = next((one for one in _parts(step) if one.name == "edges"), None)
    node = edges and next((one for one in _parts(edges) if one.name == "node"), None)
    return _parts(node) if node is not None else None


def _parts(step: Step) -> tuple[Step, ...]:
    return step.parts.only if step.parts is not None else ()


def _connection_faults(step: Step) -> Iterator[str]:
    if any(one.name == "nodes" for one in _parts(step)):
        yield (
            f"Selecting via 'nodes' is not supported, use 'edges' instead. Connection: '{step.key}'"
        )
    asked = node_steps(step)
    if asked is None:
        yield f"The '{step.key}' connection must select 'edges' and 'node'."
        return
    nested = any(one.connection for one in asked)
    if nested and not any(one.name == "id" and one.key == "id" for one in asked):
        yield (
            "The parent 'node' field for a nested connection must select the 'id' field without"
            f" an alias. Connection: '{step.key}'"
        )
