"""A document made ready to be answered: which field is read how, decided once per request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSkipDirective,
    GraphQLUnionType,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
)
from graphql.execution.values import VariableValues, get_argument_values, get_directive_values

from orderferry.sandbox.shopify.problems import Refusal, problem, undefined_field
from orderferry.sandbox.shopify.schema import SCHEMA, SINCE, is_connection

MAX_PAGE = 250
"""Rows of one page, and members of one list argument."""

Resolver = Callable[[Any, Any, Mapping[str, Any]], Any]
"""Takes the call, the owner and the arguments; returns the value of a field."""

_Abstract = GraphQLInterfaceType | GraphQLUnionType
_Composite = GraphQLObjectType | _Abstract


@dataclass(frozen=True, slots=True)
class Denial:
    """Why a field is null although it may have a value."""

    required: str
    """What would open it; empty: it is null without a word."""


@dataclass(slots=True)
class Step:
    """One field of an answer."""

    key: str
    """Its name in the answer: the alias, if it has one."""
    name: str
    owner: str
    """Type the field belongs to."""
    kind: str
    """Name of the field's own type."""
    args: Mapping[str, Any]
    nullable: bool
    is_list: bool = False
    nullable_items: bool = False
    denial: Denial | None = None
    resolver: Resolver | None = None
    """None: the owner has it under the field's name."""
    parts: Selection | None = None
    """None for a leaf."""
    seen: int = 0
    """Most rows found at once, or whether there was an object at all; for the actual cost."""

    @property
    def connection(self) -> bool:
        """Whether the field is a connection."""
        return is_connection(self.kind)


@dataclass(slots=True)
class Selection:
    """What is asked of an object; of an interface, per type."""

    only: tuple[Step, ...] = ()
    kinds: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)

    def of(self, kind: str) -> tuple[Step, ...]:
        """Returns what is asked of an object of that type."""
        return self.kinds.get(kind, ()) if self.kinds else self.only

    def variants(self) -> Iterator[tuple[Step, ...]]:
        """Yields what is asked, once for every type the object may have."""
        yield from self.kinds.values() if self.kinds else (self.only,)


class Rights(Protocol):
    """Decides which fields the caller may read."""

    def denial(self, owner: str, name: str) -> Denial | None:
        """Returns why the field is null, None if it may be read."""
        ...


@dataclass(frozen=True, slots=True)
class Planner:
    """Turns selection sets into plans; *unbounded* lets connections go without `first`."""

    fragments: Mapping[str, FragmentDefinitionNode]
    variables: VariableValues
    version: str
    rights: Rights
    resolvers: Mapping[tuple[str, str], Resolver]
    unbounded: bool = False

    def plan(self, root: GraphQLObjectType, asked: SelectionSetNode) -> Selection:
        """Returns the plan of an operation; Refusal for what validation does not see."""
        return self._selection(root, [asked])

    def _selection(
        self, parent: GraphQLObjectType | _Abstract, sets: Sequence[SelectionSetNode]
    ) -> Selection:
        if isinstance(parent, GraphQLObjectType):
            return Selection(only=self._steps(parent, sets))
        return Selection(
            kinds={kind.name: self._steps(kind, sets) for kind in SCHEMA.get_possible_types(parent)}
        )

    def _steps(
        self, parent: GraphQLObjectType, sets: Sequence[SelectionSetNode]
    ) -> tuple[Step, ...]:
        found: dict[str, list[FieldNode]] = {}
        for one in sets:
            for node in self._flat(parent, one):
                found.setdefault((node.alias or node.name).value, []).append(node)
        return tuple(self._step(parent, key, nodes) for key, nodes in found.items())

    def _flat(self, parent: GraphQLObjectType, asked: SelectionSetNode) -> Iterator[FieldNode]:
        for node in asked.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                if condition is None or _applies(parent, condition.name.value):
                    yield from self._flat(parent, node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self.fragments[node.name.value]
                if _applies(parent, fragment.type_condition.name.value):
                    yield from self._flat(parent, fragment.selection_set)

    def _included(self, node: SelectionNode) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not (skip and skip["if"]) and (include is None or bool(include["if"]))

    def _step(self, parent: GraphQLObjectType, key: str, nodes: Sequence[FieldNode]) -> Step:
        name = nodes[0].name.value
        if name == "__typename":
            return Step(key, name, parent.name, "String", {}, nullable=False)
        if SINCE.get((parent.name, name), "") > self.version:
            raise Refusal(undefined_field(parent.name, name))
        definition = _definition(parent, name)
        named = get_named_type(definition.type)
        args = get_argument_values(definition, nodes[0], self.variables)
        _check_sizes(key, args, bounded=self.unbounded or not is_connection(named.name))
        sets = [node.selection_set for node in nodes if node.selection_set]
        is_list, nullable_items = _list(definition.type)
        return Step(
            key=key,
            name=name,
            owner=parent.name,
            kind=named.name,
            args=args,
            nullable=not isinstance(definition.type, GraphQLNonNull),
            is_list=is_list,
            nullable_items=nullable_items,
            denial=self.rights.denial(parent.name, name),
            resolver=self.resolvers.get((parent.name, name)),
            parts=self._selection(named, sets) if isinstance(named, _Composite) else None,
        )


def _applies(parent: GraphQLObjectType, condition: str) -> bool:
    if parent.name == condition:
        return True
    wanted = SCHEMA.type_map[condition]
    return isinstance(wanted, _Abstract) and SCHEMA.is_sub_type(wanted, parent)


def _definition(parent: GraphQLObjectType, name: str) -> GraphQLField:
    definition: GraphQLField | None = parent.fields.get(name)
    if definition is None:  # introspection
        raise Refusal(undefined_field(parent.name, name))
    return definition


def _list(kind: GraphQLOutputType) -> tuple[bool, bool]:
    """Returns whether it is a list, and whether its members may be null."""
    inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    if not isinstance(inner, GraphQLList):
        return False, False
    return True, not isinstance(inner.of_type, GraphQLNonNull)


def _check_sizes(key: str, args: Mapping[str, Any], *, bounded: bool) -> None:
    first = args.get("first")
    if first is None and not bounded:
        error = problem("you must provide one of first or last", "BAD_REQUEST")
        raise Refusal(error | {"path": [key]})
    if first is not None and not 0 < first <= MAX_PAGE:
        raise Refusal(
            problem(f"first must be between 1 and {MAX_PAGE}, not {first}", "BAD_REQUEST")
            | {"path": [key]}
        )
    ids = args.get("ids")
    if ids is not None and len(ids) > MAX_PAGE:
        raise Refusal(
            problem(
                f"The input array size of {len(ids)} is greater than the maximum allowed of"
                f" {MAX_PAGE}.",
                "MAX_INPUT_SIZE_EXCEEDED",
            )
            | {"path": [key, "ids"]}
        )
