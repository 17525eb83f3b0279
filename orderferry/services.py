"""What the jobs share: configuration, state, connectors, At Last clients, time."""

from __future__ import annotations

import dataclasses
import functools
import random
import ssl
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from threading import Lock

import httpx

from connectors.base import Connector, Surroundings
from mapping.outcome import Mapper
from orderferry.atlast import Account, AtLastClient
from orderferry.barred import Barred
from orderferry.clock import Clock
from orderferry.config import Config, Merchant, mappings
from orderferry.leases import Owner
from orderferry.vault import StateVault
from state import OperatorStore


@functools.cache
def _ssl_context(ca_bundle: str) -> ssl.SSLContext:
    """Returns one context per CA bundle: building one costs 30 ms of CPU."""
    return ssl.create_default_context(cafile=ca_bundle) if ca_bundle else httpx.create_ssl_context()


class Services:
    """
    The outside world of one process.

    Jobs are given this and a merchant's or account's name. Connectors and
    clients are opened on first use and kept, for their caches and connections,
    as long as the configuration has what they were opened for; a merchant's
    lease makes sure that only one job uses a connector at a time.
    """

    def __init__(self, config: Config, store: OperatorStore, clock: Clock) -> None:
        self.config = config
        self.store = store
        self.clock = clock
        self.owner = Owner.this_process()
        self.surroundings = dataclasses.replace(make_surroundings(clock), now=self._now)
        self.barred = Barred()
        self._lock = Lock()
        self._connectors: dict[str, tuple[Merchant, Connector, Mapper]] = {}
        self._clients: dict[str, tuple[Account, AtLastClient]] = {}
        self._at_work: Counter[str] = Counter()
        """Runs under way, by merchant or account."""
        self._told: dict[str, str | None] = {}

    def _now(self) -> datetime:
        """Returns the time to a connector or client: they ask at every request."""
        self.clock.jobs.beat()
        return self.clock.now()

    def merchant(self, name: str) -> Merchant:
        """Returns the merchant's settings as they are now."""
        return self.config.merchants[name]

    def connector(self, merchant: Merchant) -> tuple[Connector, Mapper]:
        """Returns the merchant's connector and mapper, opened anew if its settings changed."""
        with self._lock:
            known = self._connectors.get(merchant.name)
        if known is not None and known[0] == merchant:
            return known[1], known[2]
        if known is not None:
            known[1].close()
        surroundings = self.surroundings
        if merchant.platform.keeps:
            vault = StateVault(self.store, merchant.name, self.owner, self.clock)
            surroundings = dataclasses.replace(surroundings, vault=vault)
        connector = merchant.platform.open(merchant.settings, surroundings)
        mapper = find_mapper(merchant)
        with self._lock:
            self._connectors[merchant.name] = (merchant, connector, mapper)
        return connector, mapper

    def client(self, merchant: Merchant) -> AtLastClient:
        """Returns the client of the merchant's account; it keeps the access token."""
        account = account_of(merchant)
        with self._lock:
            known = self._clients.get(merchant.account)
            if known is not None and known[0] == account:
                return known[1]
            client = AtLastClient(account, self.surroundings)
            self._clients[merchant.account] = (account, client)
        if known is not None:
            known[1].close()
        return client

    @contextmanager
    def at_work(self, subject: str) -> Iterator[None]:
        """Leaves open what a run of the merchant or account uses, until the block ends."""
        with self._lock:
            self._at_work[subject] += 1
        try:
            yield
        finally:
            with self._lock:
                self._at_work[subject] -= 1
                unwanted = self._take_unwanted([subject])
            for it in unwanted:
                it.close()

    def sharing(self, account: str) -> tuple[str, ...]:
        """
        Returns the names of the enabled merchants that deliver to this account.

        Not of one whose ledger is about another shop than its table: what waits in
        there is that shop's, and would go out under this one's `merchant_id`.
        """
        those = [
            merchant
            for merchant in self.config.merchants.values()
            if merchant.enabled and merchant.account == account
        ]
        known = self.store.shops([it.name for it in those])
        others = [it.name for it in those if known.get(it.name, it.shop) != it.shop]
        # what was noted of a merchant without a ledger is a slip that the next run corrects
        strangers = self.store.begun(others) if others else frozenset()
        return tuple(it.name for it in those if it.name not in strangers)

    def accounts(self) -> tuple[str, ...]:
        """Returns the labels of the accounts that enabled merchants deliver to."""
        return self.config.accounts()

    def told(self, about: str, words: str | None) -> bool:
        """Notes what is known about something; returns whether that is news, for a log to tell."""
        with self._lock:
            before, self._told[about] = self._told.get(about), words
        return before != words

    def replace_config(self, config: Config) -> None:
        """Puts a new configuration into force; running jobs finish under the old one."""
        with self._lock:
            self.config = config
            unwanted = self._take_unwanted([*self._connectors, *self._clients])
        for it in unwanted:
            it.close()

    def replace_merchant(self, before: Merchant, after: Merchant) -> None:
        """Puts other settings of a merchant into force, unless a new configuration came first."""
        with self._lock:
            merchants = self.config.merchants
            if merchants.get(before.name) is before:
                self.config = dataclasses.replace(
                    self.config, merchants={**merchants, before.name: after}
                )

    def _take_unwanted(self, subjects: Iterable[str]) -> list[Connector | AtLastClient]:
        """Returns what is open for nothing in the configuration, and no longer at hand."""
        merchants = self.config.merchants
        accounts = {one.account: one for one in merchants.values()}
        taken: list[Connector | AtLastClient] = []
        for subject in subjects:
            if self._at_work[subject]:
                continue
            opened = self._connectors.get(subject)
            if opened is not None and opened[0] != merchants.get(subject):
                taken.append(self._connectors.pop(subject)[1])
            known, one = self._clients.get(subject), accounts.get(subject)
            if known is not None and (one is None or known[0] != account_of(one)):
                taken.append(self._clients.pop(subject)[1])
        return taken

    def close(self) -> None:
        """Closes connections and the store."""
        with self._lock:
            for _, connector, _ in self._connectors.values():
                connector.close()
            for _, client in self._clients.values():
                client.close()
        self.store.close()


def make_surroundings(clock: Clock) -> Surroundings:
    """Returns what connectors and clients need of the world, without a vault."""
    return Surroundings(
        now=clock.now,
        sleep=clock.sleep,
        random=random.random,
        ssl=_ssl_context,
        user_agent=f"orderferry/{version('orderferry')}",
    )


def account_of(merchant: Merchant) -> Account:
    """Returns the At Last account the merchant's orders are delivered to."""
    settings = merchant.atlast
    return Account(
        base_url=settings.base_url,
        token_url=settings.token_url,
        token_style=settings.token_style,
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        batch_size=settings.batch_size,
        timeout_seconds=settings.timeout.total_seconds(),
        ca_bundle=settings.ca_bundle,
    )


def find_mapper(merchant: Merchant) -> Mapper:
    """Returns the merchant's mapper, found by its platform's entry point."""
    mapper: Mapper = mappings()[merchant.platform_name].load()(merchant.settings)
    return mapper
