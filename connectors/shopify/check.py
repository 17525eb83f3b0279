"""What an operator must know of a shop before relying on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, Protocol

from connectors.base import Cause, CheckResult, ShopProfile, Surroundings, Verdict, Window
from connectors.errors import ConnectorError
from connectors.shopify.auth import RENEWAL_REMEDY, is_spent
from connectors.shopify.client import ShopClient
from connectors.shopify.protection import Sight
from connectors.shopify.refusals import PROTECTED_REMEDY
from connectors.shopify.settings import ShopifySettings
from connectors.shopify.versions import complaint

_SPAN: Final = timedelta(days=60)  # At Last takes no older orders; nor does Shopify show them
_SKEW: Final = timedelta(minutes=2)
AT_LAST_TAG: Final = "al-not-returnable"
"""What At Last's own app reads on products (its quick start guide); no other app is known to."""

Step = Callable[[], Iterator[CheckResult]]


class Shop(Protocol):
    """What the checks ask of the connector."""

    def profile(self) -> ShopProfile:
        """Returns the shop's own settings."""

    def count(self, window: Window) -> int | None:
        """Returns how many orders changed in the window."""

    def sample(self) -> Sight:
        """Returns whether the latest orders show their customers."""

    def has_products_tagged(self, tag: str) -> bool:
        """Returns whether any product that the app may read has the tag."""


class Checker:
    """Asks one shop about itself, step by step; after a fault at the gates it stops."""

    def __init__(
        self,
        client: ShopClient,
        settings: ShopifySettings,
        surroundings: Surroundings,
        shop: Shop,
    ) -> None:
        self._client = client
        self._settings = settings
        self._surroundings = surroundings
        self._shop = shop
        self._granted: list[str] = []

    def run(self) -> Iterator[CheckResult]:
        """Yields the results; never raises for what a shop can do wrong."""
        gates: tuple[tuple[str, Step], ...] = (
            ("credentials", self._credentials),
            ("scopes", self._scopes),
        )
        for name, step in gates:
            results = list(_guarded(name, step))
            yield from results
            if any(result.verdict is Verdict.FAULT for result in results):
                return
        for name, step in (
            ("token", self._token),
            ("api version", self._version),
            ("clock", self._clock),
            ("customer data", self._customer_data),
            ("At Last's app", self._at_last),
            ("orders", self._orders),
        ):
            yield from _guarded(name, step)

    def _credentials(self) -> Iterator[CheckResult]:
        profile = self._shop.profile()
        yield CheckResult(
            "credentials", Verdict.OK, f"{self._settings.shop} answers ({self._kind()})."
        )
        yield CheckResult("time zone", Verdict.OK, profile.time_zone)
        yield CheckResult("currency", Verdict.OK, profile.currency)

    def _kind(self) -> str:
        if self._settings.access_token is not None:
            return "access token"
        return "client credentials" if self._settings.refresh_token is None else "refresh token"

    def _scopes(self) -> Iterator[CheckResult]:
        from connectors.shopify.bound import lacking  # noqa: PLC0415 - 0.3 s

        granted = self._granted = self._client.scopes()
        if lacking(granted, "read_orders"):
            yield CheckResult(
                "scopes",
                Verdict.FAULT,
                "The app lacks the scope read_orders.",
                "Give the app read_orders and read_products, and install it again.",
                Cause.CREDENTIALS,
            )
        elif lacking(granted, "read_products"):
            yield CheckResult(
                "scopes",
                Verdict.WARNING,
                "The app lacks the scope read_products: orders come without customs codes.",
                "Give the app read_products, and install it again.",
            )
        else:
            yield CheckResult("scopes", Verdict.OK, "The app may read orders and products.")
        writes = [scope for scope in ("write_orders", "write_products") if scope in granted]
        if writes:
            yield CheckResult(
                "scopes",
                Verdict.WARNING,
                f"The app may also write ({', '.join(writes)}), which orderferry never does.",
                "Take these scopes from the app, unless it does other work as well.",
            )

    def _token(self) -> Iterator[CheckResult]:
        tokens = self._client.tokens()
        if tokens is None:
            return
        ends = "" if tokens.expires_at is None else f"; it ends at {tokens.expires_at:%H:%M} UTC"
        if is_spent(tokens, self._surroundings.now()):
            yield CheckResult(
                "token",
                Verdict.WARNING,
                f"The access token is due for renewal, and Shopify gives no new one{ends}.",
                RENEWAL_REMEDY,
            )
        else:
            yield CheckResult("token", Verdict.OK, f"The access token renews itself{ends}.")

    def _at_last(self) -> Iterator[CheckResult]:
        """Looks for At Last's own app, of which Shopify tells other apps nothing."""
        from connectors.shopify.bound import lacking  # noqa: PLC0415 - 0.3 s

        if lacking(self._granted, "read_products"):
            return
        if self._shop.has_products_tagged(AT_LAST_TAG):
            yield CheckResult(
                "At Last's app",
                Verdict.WARNING,
                f"Products have the tag {AT_LAST_TAG}: At Last's own Shopify app is likely there"
                " too, and each order would reach At Last twice.",
                "Look under Settings > Apps in the shop's admin; if it is there, ask At Last which"
                " of the two is to send the orders, and remove the other.",
            )
        else:
            yield CheckResult(
                "At Last's app",
                Verdict.OK,
                f"No sign of it (no product has its tag {AT_LAST_TAG}); Settings > Apps in the"
                " shop's admin shows it for certain.",
            )

    def _version(self) -> Iterator[CheckResult]:
        configured, answered = self._settings.api_version, self._client.answered
        wrong = complaint(configured, answered, self._surroundings.now())
        if wrong is None:
            yield CheckResult("api version", Verdict.OK, f"{configured} is supported.")
        else:
            yield CheckResult("api version", Verdict.WARNING, *wrong)

    def _clock(self) -> Iterator[CheckResult]:
        try:
            told = parsedate_to_datetime(self._client.date)
        except ValueError:
            return
        ahead = told.replace(tzinfo=told.tzinfo or UTC) - self._surroundings.now()
        seconds = round(ahead.total_seconds())
        found = (
            f"This machine is {abs(seconds)} s {'behind' if seconds > 0 else 'ahead of'} Shopify."
        )
        if abs(ahead) < _SKEW:
            yield CheckResult("clock", Verdict.OK, found)
        else:
            remedy = "Set this machine's clock (NTP)."
            yield CheckResult("clock", Verdict.WARNING, found, remedy)

    def _customer_data(self) -> Iterator[CheckResult]:
        seen = self._shop.sample()
        if seen is Sight.REDACTED:
            yield CheckResult(
                "customer data",
                Verdict.FAULT,
                "Shopify hides customers' names and addresses from the app.",
                PROTECTED_REMEDY,
                Cause.CREDENTIALS,
            )
        elif seen is Sight.VISIBLE:
            found = "The app sees customers' names and addresses."
            yield CheckResult("customer data", Verdict.OK, found)
        else:
            found = "No recent order has an address to tell by."
            yield CheckResult("customer data", Verdict.OK, found)

    def _orders(self) -> Iterator[CheckResult]:
        now = self._surroundings.now()
        count = self._shop.count(Window(now - _SPAN, now))
        found = "An unknown number of" if count is None else f"{count:,}"
        yield CheckResult(
            "orders",
            Verdict.OK,
            f"{found} orders changed in the last {_SPAN.days} days, shipped or not.",
        )


def _guarded(name: str, step: Step) -> Iterator[CheckResult]:
    try:
        yield from step()
    except ConnectorError as error:
        yield CheckResult.of(name, error)
