"""GraphQL errors as the platform words them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from graphql import GraphQLError

from orderferry.sandbox.shopify.json_types import Json

_DOCUMENTATION: Final = "https://shopify.dev/api/usage/rate-limits"

_CODES: Final = (
    (re.compile(r"Cannot query field '(\w+)' on type '(\w+)'"), "undefinedField"),
    (re.compile(r"[Aa]rgument '.+' of type '.+' is required"), "missingRequiredArguments"),
    (re.compile(r"Unknown argument '"), "argumentNotAccepted"),
    (re.compile(r"Variable '\$"), "INVALID_VARIABLE"),
    (re.compile(r"Syntax Error"), "parseError"),
)


class Refusal(Exception):
    """The request as a whole is refused: errors, and no data."""

    def __init__(self, *errors: Json) -> None:
        super().__init__()
        self.errors = list(errors)


def problem(message: str, code: str = "", **more: object) -> Json:
    """Returns one error; a code and what else is known go into its extensions."""
    body: Json = {"message": message}
    if code:
        body["extensions"] = {"code": code, **more}
    return body


def translated(errors: Sequence[GraphQLError]) -> Refusal:
    """Returns the refusal for what is wrong with a document or its variables."""
    return Refusal(*(_translate(error) for error in errors))


def _translate(error: GraphQLError) -> Json:
    code = next((code for pattern, code in _CODES if pattern.search(error.message)), "")
    field = _CODES[0][0].match(error.message)
    if field is not None:
        body = undefined_field(field[2], field[1])
    else:
        body = problem(error.message, code)
    if error.locations:
        body["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    return body


def undefined_field(type_name: str, name: str) -> Json:
    """Returns the error for a field that this version does not have (recorded)."""
    return problem(
        f"Field '{name}' doesn't exist on type '{type_name}'",
        "undefinedField",
        typeName=type_name,
        fieldName=name,
    )


def throttled() -> Json:
    """Returns the error for a bucket without enough points (recorded)."""
    return problem("Throttled", "THROTTLED", documentation=_DOCUMENTATION)


def too_expensive(cost: int, limit: int) -> Json:
    """Returns the error for a query that no bucket could pay (recorded)."""
    return problem(
        f"Query cost is {cost}, which exceeds the single query max cost limit ({limit}).",
        "MAX_COST_EXCEEDED",
        cost=cost,
        maxCost=limit,
        documentation=_DOCUMENTATION,
    )


def access_denied(field: str, required: str, path: Sequence[str | int]) -> Json:
    """Returns the error beside a null that a missing right made (recorded)."""
    error = problem(
        f"Access denied for {field} field. Required access: {required}",
        "ACCESS_DENIED",
        documentation="https://shopify.dev/api/usage/access-scopes",
        requiredAccess=required,
    )
    return error | {"path": list(path)}
