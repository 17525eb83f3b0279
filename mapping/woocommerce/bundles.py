"""Which lines of a bundle carry its price; the others would count the same goods twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mapping.outcome import Caution
from mapping.raw import as_text
from mapping.rule import rule
from mapping.woocommerce.line import Line

# fields that Product Bundles and Composite Products add to a line: the parent's line id
_PARENT_FIELDS = ("bundled_by", "composite_parent")
# line meta of the same plugins: cart keys, which no REST field resolves to a line
_CHILD_META = ("_bundled_by", "_composite_parent")
_PARENT_META = ("_bundled_items", "_composite_children")


@rule("bundles")
def families(lines: Sequence[Line]) -> Mapping[str, str]:
    """
    Returns line id -> id of the outermost line that contains it, for lines in a bundle.

    Where only meta marks the members, a member belongs to the nearest container
    above it: the plugins add the members right after their container.
    """
    ids = {line.id for line in lines}
    parents: dict[str, str] = {}
    container = ""
    for line in lines:
        named = (as_text(line.raw.get(field)) for field in _PARENT_FIELDS)
        parent = next((name for name in named if name in ids), "")
        if not parent and _marked(line, _CHILD_META):
            parent = container
        if parent:
            parents[line.id] = parent
        if _marked(line, _PARENT_META):
            container = line.id
    return {child: _root(child, parents) for child in parents}


def priced_once(
    lines: Sequence[Line], families: Mapping[str, str]
) -> tuple[tuple[Line, ...], tuple[Caution, ...]]:
    """
    Returns the lines to keep, and a caution for bundles that are priced on both levels.

    Container priced, members free: the container. Members priced, container
    free: the members. Both priced: all of them, it is real money. Both free:
    the container.
    """
    dropped: set[str] = set()
    cautions = []
    for root in dict.fromkeys(families.values()):
        container = [line for line in lines if line.id == root]
        members = [line for line in lines if families.get(line.id) == root and line.id != root]
        if not any(line.priced for line in members):
            dropped.update(line.id for line in members)
        elif not any(line.priced for line in container):
            dropped.add(root)
        else:
            detail = f"{container[0].path} is a bundle with a price, and so are lines inside it."
            cautions.append(Caution("bundle_priced_twice", detail))
    return tuple(line for line in lines if line.id not in dropped), tuple(cautions)


def _marked(line: Line, keys: Sequence[str]) -> bool:
    return any(entry.get("value") for key in keys for entry in line.meta.get(key, ()))


def _root(line: str, parents: Mapping[str, str]) -> str:
    seen = {line}
    while (parent := parents.get(line)) and parent not in seen:
        seen.add(parent)
        line = parent
    return line
