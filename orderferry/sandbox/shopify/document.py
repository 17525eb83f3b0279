"""GraphQL documents: read, validated, and ready to be planned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    parse,
    validate,
)
from graphql.execution.values import VariableValues, get_variable_values

from orderferry.sandbox.shopify.problems import Refusal, problem, translated
from orderferry.sandbox.shopify.schema import SCHEMA


@dataclass(frozen=True, slots=True)
class Document:
    """A valid document."""

    operations: tuple[OperationDefinitionNode, ...]
    fragments: Mapping[str, FragmentDefinitionNode]

    def operation(self, name: str) -> OperationDefinitionNode:
        """Returns the operation of that name; without a name, the only one."""
        chosen = [op for op in self.operations if not name or (op.name and op.name.value == name)]
        if len(chosen) == 1:
            return chosen[0]
        if name:
            raise Refusal(problem(f'No operation named "{name}"'))
        raise Refusal(problem("An operation name is required"))


def read_document(text: str) -> Document:
    """Returns the document; Refusal with all that is wrong with it."""
    found = _read(text)
    if isinstance(found, Document):
        return found
    raise translated(found)


def read_variables(operation: OperationDefinitionNode, given: dict[str, Any]) -> VariableValues:
    """Returns the coerced variables of an operation; Refusal if they do not fit."""
    found = get_variable_values(
        SCHEMA, operation.variable_definitions or (), given, hide_suggestions=True
    )
    if isinstance(found, list):
        raise Refusal(*(problem(error.message, "INVALID_VARIABLE", value=None) for error in found))
    return found


@lru_cache(maxsize=256)
def _read(text: str) -> Document | tuple[GraphQLError, ...]:
    # validating takes longer than answering, and clients repeat a handful of documents
    try:
        parsed = parse(text)
    except GraphQLError as error:
        return (error,)
    errors = validate(SCHEMA, parsed, hide_suggestions=True)
    if errors:
        return tuple(errors)
    return Document(
        tuple(d for d in parsed.definitions if isinstance(d, OperationDefinitionNode)),
        {d.name.value: d for d in parsed.definitions if isinstance(d, FragmentDefinitionNode)},
    )
