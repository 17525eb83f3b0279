"""What an operator must know of a shop before relying on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from connectors.base import Cause, CheckResult, Surroundings, Verdict, Window
from connectors.errors import ConnectorError, Contract, Credentials
from connectors.woocommerce.auth import mode
from connectors.woocommerce.client import Answer, Params, ShopClient
from connectors.woocommerce.profile import system_report, time_zone, weight_unit
from connectors.woocommerce.refusals import NoRoute
from connectors.woocommerce.settings import WooCommerceSettings

_SPAN: Final = timedelta(days=60)  # At Last takes no older orders
_SKEW_WARNING: Final = timedelta(minutes=2)
_SKEW_FAULT: Final = timedelta(minutes=14)  # OAuth stops working at 15
_NOTHING: Final[Params] = {"per_page": 1, "page": 1_000_000, "_fields": "id", "status": "any"}
"""Past the end of the list: needs the same rights, and renders no order that might be fatal."""

Step = Callable[[], Iterator[CheckResult]]


class Checker:
    """Asks one shop about itself, step by step; what cannot be asked is left out."""

    def __init__(
        self,
        client: ShopClient,
        settings: WooCommerceSettings,
        surroundings: Surroundings,
        count: Callable[[Window], int | None],
    ) -> None:
        self._client = client
        self._settings = settings
        self._surroundings = surroundings
        self._count = count

    def run(self) -> Iterator[CheckResult]:
        """Yields the results; never raises for what a shop can do wrong."""
        gates: tuple[tuple[str, Step], ...] = (
            ("address", self._address),
            ("credentials", self._credentials),
        )
        for name, step in gates:
            results = list(_guarded(name, step))
            yield from results
            if results[0].verdict is Verdict.FAULT:
                return
        faulty = False
        for name, step in (
            ("key", self._key),
            ("time zone", self._time_zone),
            ("weight unit", self._weight_unit),
            ("order storage", self._order_storage),
            ("statuses", self._statuses),
            ("products", self._products),
            ("orders", self._orders),
        ):
            if name == "orders" and faulty:
                break  # they cannot be counted, and would repeat the same fault
            for result in _guarded(name, step):
                faulty = faulty or result.verdict is Verdict.FAULT
                yield result
        if self._client.noisy:
            yield CheckResult(
                "output",
                Verdict.WARNING,
                "The shop prints PHP notices around its JSON.",
                "Turn off display_errors in its PHP settings.",
            )

    def _address(self) -> Iterator[CheckResult]:
        try:
            index = self._client.record("", {"_fields": "namespaces"}, anonymous=True)
        except (Contract, Credentials):
            # some shops close the index to visitors, and nothing else
            index = self._client.record("wc/v3", {"_fields": "namespace"})
            index = {"namespaces": [index.get("namespace")]}
        if "wc/v3" not in index.get("namespaces", ()):
            yield CheckResult(
                "address",
                Verdict.FAULT,
                f"{self._settings.url} is a WordPress site without WooCommerce.",
                "Activate WooCommerce, or correct url.",
                Cause.SET_UP,
            )
            return
        yield CheckResult("address", Verdict.OK, f"{self._settings.url} answers.")

    def _credentials(self) -> Iterator[CheckResult]:
        try:
            answer = self._client.rows("wc/v3/orders", _NOTHING)
        except Credentials as error:
            yield self._refused(error)
            return
        yield CheckResult(
            "credentials", Verdict.OK, f"The key may read orders ({mode(self._settings)})."
        )
        yield from self._clock(answer)
        if answer.headers.get("x-cache", "").upper().startswith("HIT"):
            yield CheckResult(
                "cache",
                Verdict.FAULT,
                "A page cache answered in the shop's place, so orders would be missed.",
                "Exempt /wp-json/ from the page cache or the CDN.",
                Cause.SET_UP,
            )

    def _refused(self, error: Credentials) -> CheckResult:
        if mode(self._settings) == "basic" and self._query_works():
            return CheckResult(
                "credentials",
                Verdict.FAULT,
                'The host strips the Authorization header; auth = "query" works.',
                'Let the host pass the Authorization header on, or set auth = "query".',
                Cause.SET_UP,
            )
        return CheckResult.of("credentials", error)

    def _key(self) -> Iterator[CheckResult]:
        try:
            writes = self._client.may_write()
        except ConnectorError:
            return  # reading works, which is what counts
        if writes:
            yield CheckResult(
                "key",
                Verdict.WARNING,
                "The key may also write, which orderferry never does.",
                "Set its permissions to Read under WooCommerce > Settings > Advanced > REST API.",
            )
        elif writes is False:
            yield CheckResult("key", Verdict.OK, "The key may only read, as it should.")

    def _query_works(self) -> bool:
        settings = self._settings.model_copy(update={"auth": "query"})
        client = ShopClient(settings, self._surroundings)
        try:
            client.rows("wc/v3/orders", _NOTHING)
        except ConnectorError:
            return False
        finally:
            client.close()
        return True

    def _clock(self, answer: Answer) -> Iterator[CheckResult]:
        try:
            told = parsedate_to_datetime(answer.headers.get("date", ""))
        except ValueError:
            return
        ahead = told.replace(tzinfo=told.tzinfo or UTC) - self._surroundings.now()
        seconds = round(ahead.total_seconds())
        found = f"The shop's clock is {abs(seconds)} s {'ahead' if seconds > 0 else 'behind'}."
        if abs(ahead) < _SKEW_WARNING:
            yield CheckResult("clock", Verdict.OK, found)
        else:
            faulty = abs(ahead) >= _SKEW_FAULT
            yield CheckResult(
                "clock",
                Verdict.FAULT if faulty else Verdict.WARNING,
                found,
                "Set the clock that is wrong, this machine's or the shop's (NTP).",
                Cause.SET_UP if faulty else None,
            )

    def _time_zone(self) -> Iterator[CheckResult]:
        yield CheckResult("time zone", Verdict.OK, time_zone(self._client, self._settings))

    def _weight_unit(self) -> Iterator[CheckResult]:
        yield CheckResult("weight unit", Verdict.OK, weight_unit(self._client, self._settings))

    def _order_storage(self) -> Iterator[CheckResult]:
        storage = system_report(self._client).order_storage
        if storage == "hpos":
            yield CheckResult("order storage", Verdict.OK, "High-performance order storage.")
        elif storage == "cpt":
            yield CheckResult(
                "order storage",
                Verdict.WARNING,
                "Legacy order storage: tracking numbers added later do not show in polls; waiting"
                " orders and sweeps find them.",
                "Switch to high-performance order storage (WooCommerce > Settings > Advanced >"
                " Features).",
            )
        else:
            yield CheckResult(
                "order storage",
                Verdict.WARNING,
                "The key may not read the system status, so the order storage is unknown.",
                "Let the key belong to an administrator or a shop manager.",
            )

    def _statuses(self) -> Iterator[CheckResult]:
        try:
            told = self._client.rows("wc/v3/orders/statuses", {}).body
        except NoRoute:
            # an older WooCommerce: the list refuses what it does not know, and says why
            wanted = ",".join(self._settings.shipped_statuses)
            self._client.rows("wc/v3/orders", {**_NOTHING, "status": wanted})
            known = list(self._settings.shipped_statuses)
        else:
            known = [row["slug"] for row in told if isinstance(row, dict) and "slug" in row]
        unknown = [slug for slug in self._settings.shipped_statuses if slug not in known]
        if unknown:
            yield CheckResult(
                "statuses",
                Verdict.FAULT,
                f"The shop does not have {', '.join(unknown)} (it has: {', '.join(known)}).",
                "Correct shipped_statuses, or activate the plugin that registers the status.",
                Cause.SET_UP,
            )
            return
        shipped = ", ".join(self._settings.shipped_statuses)
        yield CheckResult("statuses", Verdict.OK, f"Shipped means {shipped}.")

    def _orders(self) -> Iterator[CheckResult]:
        now = self._surroundings.now()
        count = self._count(Window(now - _SPAN, now))
        if count is None:
            yield CheckResult(
                "orders",
                Verdict.WARNING,
                "The shop does not tell how many orders there are (X-WP-Total is missing).",
                "Let X-WP-Total and X-WP-TotalPages through the proxy before the shop.",
            )
            return
        found = f"{count:,} shipped orders changed in the last {_SPAN.days} days."
        yield CheckResult("orders", Verdict.OK, found)

    def _products(self) -> Iterator[CheckResult]:
        try:
            self._client.rows("wc/v3/products", {"per_page": 1, "_fields": "id"})
        except Credentials as error:
            found = f"Orders come without weights and customs codes: {error.problem}"
            yield CheckResult("products", Verdict.WARNING, found, error.remedy)
        else:
            yield CheckResult("products", Verdict.OK, "Products can be read.")


def _guarded(name: str, step: Step) -> Iterator[CheckResult]:
    try:
        yield from step()
    except ConnectorError as error:
        yield CheckResult.of("permalinks" if "permalinks" in error.problem else name, error)
