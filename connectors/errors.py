"""
What a connector can fail with, named by what the caller must do next.

ConnectorError
├── Transient      try again later; the cause is expected to pass
├── Credentials    pause this merchant; only its operator can renew the access
└── Contract       end the run and keep the watermark; a setting of the shop is wrong

A fault is never an empty page: a connector that cannot prove it read
everything raises one of these.
"""

from __future__ import annotations


class ConnectorError(Exception):
    """
    A shop could not be read.

    Args:
        problem: One sentence: where, and what was found. Never a secret, a
            query string or a customer's data.
        remedy: One sentence in the imperative: what the operator does now.

    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem} {self.remedy}"


class Transient(ConnectorError):
    """
    The cause is expected to pass: a timeout, a 429, a 5xx, a maintenance page.

    Args:
        problem: See ConnectorError.
        remedy: See ConnectorError.
        retry_after: Seconds the server asked to wait, None if it did not say.

    """

    def __init__(self, problem: str, remedy: str, *, retry_after: float | None = None) -> None:
        super().__init__(problem, remedy)
        self.retry_after = retry_after


class Credentials(ConnectorError):
    """The shop refused the credentials or they lack a right; it is never "no orders"."""


class Contract(ConnectorError):
    """The shop answers, but not as its interface promises; waiting does not help."""
