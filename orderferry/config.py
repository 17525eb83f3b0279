"""TOML -> typed settings; every fault is found before anything runs (R10)."""

from __future__ import annotations

import functools
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from importlib.metadata import EntryPoint, entry_points
from itertools import combinations
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from connectors import registry
from connectors.base import Platform
from connectors.settings import FROM_START, SecretSource
from mapping.policy import Policy
from orderferry.alert_settings import AlertSettings
from orderferry.errors import ConfigError, ConfigFault
from orderferry.faults import nearest, problems
from orderferry.settings import (
    AtLastSettings,
    DaemonSettings,
    MerchantSettings,
)
from state import Shop

MAPPINGS = "orderferry.mappings"
"""The entry point group that names, per platform, what builds its Mapper."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
"""A merchant's."""

_ABSENT = "does not exist; name another with --config, or write one."
_DANGLING = "is a link to nothing; correct or remove it."

_Model = TypeVar("_Model", bound=BaseModel)
_TOP = ("include", "daemon", "atlast", "alerts", "merchants")


@functools.cache
def mappings() -> Mapping[str, EntryPoint]:
    """Returns the installed mappings by platform; looked for once, as that costs 5 ms."""
    return {entry.name: entry for entry in entry_points(group=MAPPINGS)}


@dataclass(frozen=True, slots=True)
class Written:
    """A merchant's table as it is written: references to secrets, and no secret."""

    read: Callable[[], Merchant]
    """Reads it once more, with the secrets of now; raises ConfigError."""
    binds_shop: bool
    """Whether a process has some of the shop's secrets from its start, and never sees new ones."""
    binds_account: bool
    """The same of the At Last account."""


@dataclass(frozen=True, slots=True)
class Merchant:
    """One merchant, ready to work on."""

    name: str
    platform: Platform
    platform_name: str
    settings: BaseModel
    """The platform's own settings."""
    policy: Policy
    atlast: AtLastSettings
    account: str
    """Label of the At Last account: equal for merchants whose [atlast] keys are the same."""
    enabled: bool
    first_sync: timedelta
    resend_on_change: bool
    poll_idle_every: timedelta = timedelta()
    """Up to which polls that find nothing come less often; 0 = they do not."""
    written: Written | None = field(default=None, compare=False, repr=False)
    """None where secrets are not read."""

    @property
    def where(self) -> str:
        """The shop's address, as a person would recognise it."""
        return self.platform.where(self.settings)

    @property
    def shop(self) -> Shop:
        """Which shop it is, however its address is written."""
        return Shop(self.platform_name, self.platform.identity(self.settings))


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration without faults."""

    path: Path
    daemon: DaemonSettings
    merchants: Mapping[str, Merchant]
    alerts: AlertSettings | None = None
    """None = nobody is told."""
    secret_files: tuple[Path, ...] = ()
    """Where `file:` references led."""

    def polled_every(self, name: str) -> timedelta:
        """Returns the longest time between two polls of a merchant."""
        merchant = self.merchants.get(name)
        idle = merchant.poll_idle_every if merchant else timedelta()
        return max(self.daemon.poll_every, idle)

    def accounts(self) -> tuple[str, ...]:
        """Returns the labels of the accounts that enabled merchants deliver to."""
        return tuple(dict.fromkeys(m.account for m in self.merchants.values() if m.enabled))

    @property
    def state_path(self) -> Path:
        """The state file, absolute."""
        return (self.path.parent / self.daemon.state).resolve()


def load(path: Path, environ: Mapping[str, str], *, secrets: bool = True) -> Config:
    """
    Returns the configuration in *path* and the files it includes.

    Args:
        path: The main TOML file.
        environ: Where `env:` references lead.
        secrets: False leaves secrets unread, for commands that only look at the state.

    Raises:
        ConfigError: With every fault of every file.

    """
    reader = _Reader(path, SecretSource(environ, path.resolve().parent) if secrets else None)
    config = reader.read()
    if reader.faults:
        raise ConfigError(sorted(set(reader.faults)))
    return config


class _Reader:
    """Reads one configuration and collects its faults."""

    def __init__(self, path: Path, source: SecretSource | None) -> None:
        self.path = path
        self.source = source
        self.faults: list[ConfigFault] = []

    def read(self) -> Config:
        main = self._parse(self.path)
        for key in main.keys() - set(_TOP):
            self._fault(self.path, key, f"is unknown{nearest(key, _TOP)}; correct or remove it.")
        daemon = self._model(DaemonSettings, self.path, "daemon", main.get("daemon", {}))
        alerts = None
        if "alerts" in main:
            alerts = self._model(AlertSettings, self.path, "alerts", main["alerts"])
        merchants: dict[str, Merchant] = {}
        seen: dict[str, Path] = {}
        for file, name, table in self._tables(main):
            if name in seen:
                self._fault(
                    file,
                    f"merchants.{name}",
                    f"is also defined in {seen[name].name}; give one of them another name.",
                )
                continue
            seen[name] = file
            merchant = self._merchant(file, name, table, main.get("atlast", {}))
            if merchant is not None:
                merchants[name] = merchant
        if not seen and not self.faults:
            self._fault(
                self.path,
                "merchants",
                "has no merchant; add a table [merchants.NAME] for each shop.",
            )
        for first, second in combinations(merchants.values(), 2):
            if self.source is not None and _collide(first, second):
                self._fault(
                    seen[second.name],
                    f"merchants.{second.name}",
                    f"can produce the same order ids as {first.name} in the same At Last account;"
                    " give both a merchant_id, or one of them orders.order_id ="
                    f' "{second.name}-{{id}}".',
                )
        files = tuple(self.source.files) if self.source else ()
        return Config(self.path, daemon or DaemonSettings(), merchants, alerts, files)

    def _parse(self, path: Path) -> dict[str, Any]:
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            self._fault(path, "", _DANGLING if path.is_symlink() else _ABSENT)
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not text"
            self._fault(path, "", f"cannot be read ({why}); correct its path or mode.")
        except tomllib.TOMLDecodeError as error:
            self._fault(path, "", f"is not valid TOML: {error}; correct that line.")
        return {}

    def _tables(self, main: Mapping[str, Any]) -> Iterator[tuple[Path, str, object]]:
        """Yields (file, merchant, table) of the main file and of those it includes."""
        for name, table in self._named(self.path, main):
            yield self.path, name, table
        for file in self._included(main.get("include", [])):
            content = self._parse(file)
            for key in content.keys() - {"merchants"}:
                self._fault(
                    file, key, "does not belong in an included file; only [merchants.NAME] does."
                )
            for name, table in self._named(file, content):
                yield file, name, table

    def _named(self, file: Path, content: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
        tables = content.get("merchants", {})
        if not isinstance(tables, dict):
            self._fault(file, "merchants", "is not a table; write [merchants.NAME].")
            return
        for name, table in tables.items():
            if NAME.fullmatch(name):
                yield name, table
            else:
                self._fault(
                    file,
                    f"merchants.{name}",
                    "is not a usable name; use letters, digits, - and _, at most 63.",
                )

    def _included(self, patterns: object) -> Iterator[Path]:
        if not isinstance(patterns, list) or not all(isinstance(p, str) for p in patterns):
            self._fault(
                self.path, "include", 'is not a list of patterns; write ["merchants.d/*.toml"].'
            )
            return
        for pattern in patterns:
            try:
                files = sorted(self.path.parent.glob(pattern))
            except (ValueError, NotImplementedError):
                self._fault(
                    self.path, "include", f"{pattern!r} is not a pattern relative to this file."
                )
                continue
            if not files and "*" not in pattern:
                self._fault(self.path, "include", f"{pattern!r} does not exist; correct the path.")
            yield from files

    def _merchant(
        self, file: Path, name: str, table: object, shared: Mapping[str, Any]
    ) -> Merchant | None:
        prefix = f"merchants.{name}"
        if not isinstance(table, dict):
            self._fault(file, prefix, f"is not a table; write [{prefix}].")
            return None
        merchant = self._model(MerchantSettings, file, prefix, table)
        platform = self._platform(file, prefix, table)
        atlast = self._account(file, prefix, table.get("atlast", {}), shared)
        settings = None
        if platform is not None:
            platform_name = table["platform"]
            self._refuse_strangers(file, prefix, table, platform_name)
            settings = self._model(
                platform.settings, file, f"{prefix}.{platform_name}", table.get(platform_name, {})
            )
        if merchant is None or platform is None or atlast is None or settings is None:
            return None
        return Merchant(
            name=name,
            platform=platform,
            platform_name=merchant.platform,
            settings=settings,
            policy=merchant.orders.policy(merchant.merchant_id),
            atlast=atlast,
            account=_account_label(atlast, {**shared, **merchant.atlast}),
            enabled=merchant.enabled,
            first_sync=merchant.orders.first_sync,
            resend_on_change=merchant.orders.resend_on_change,
            poll_idle_every=merchant.poll_idle_every,
            written=self._written(file, name, table, shared),
        )

    def _written(
        self, file: Path, name: str, table: Mapping[str, Any], shared: Mapping[str, Any]
    ) -> Written | None:
        if self.source is None:
            return None
        source = replace(self.source, files=[])

        def read() -> Merchant:
            reader = _Reader(self.path, source)
            merchant = reader._merchant(file, name, table, shared)
            if merchant is None:
                raise ConfigError(sorted(set(reader.faults)))
            return merchant

        return Written(
            read,
            binds_shop=_binds(table[table["platform"]]),
            binds_account=_binds({**shared, **table.get("atlast", {})}),
        )

    def _platform(self, file: Path, prefix: str, table: Mapping[str, Any]) -> Platform | None:
        name = table.get("platform")
        if not isinstance(name, str):
            return None  # the model already names that fault
        try:
            platform = registry.find(name)
        except LookupError as error:
            self._fault(file, f"{prefix}.platform", f"= {name!r} {error}")
            return None
        if name not in mappings():
            self._fault(
                file,
                f"{prefix}.platform",
                f"= {name!r} has a connector but no mapping; install the package that provides one"
                f' (entry point group "{MAPPINGS}").',
            )
            return None
        return platform

    def _refuse_strangers(
        self, file: Path, prefix: str, table: Mapping[str, Any], platform: str
    ) -> None:
        known = (*MerchantSettings.model_fields, platform)
        for key in table.keys() - set(known):
            self._fault(
                file, f"{prefix}.{key}", f"is unknown{nearest(key, known)}; correct or remove it."
            )

    def _account(
        self, file: Path, prefix: str, own: object, shared: object
    ) -> AtLastSettings | None:
        if not isinstance(shared, dict):
            self._fault(self.path, "atlast", "is not a table; write [atlast].")
            return None
        if not isinstance(own, dict):
            return None  # the model already names that fault
        try:
            return AtLastSettings.model_validate({**shared, **own}, context=self.source)
        except ValidationError as error:
            for loc, problem in problems(AtLastSettings, error):
                where = (file, f"{prefix}.atlast") if loc[0] in own else (self.path, "atlast")
                self._fault(where[0], ".".join((where[1], *loc)), problem)
            return None

    def _model(self, model: type[_Model], file: Path, prefix: str, table: object) -> _Model | None:
        try:
            return model.model_validate(table, context=self.source)
        except ValidationError as error:
            for loc, problem in problems(model, error):
                self._fault(file, ".".join((prefix, *loc)), problem)
            return None

    def _fault(self, file: Path, key: str, problem: str) -> None:
        self.faults.append(ConfigFault(str(file), key, problem))


def _binds(written: object) -> bool:
    """Returns whether some text of a table is a reference to what a process has from its start."""
    if isinstance(written, Mapping):
        return any(map(_binds, written.values()))
    return isinstance(written, str) and written.startswith(FROM_START)


def _account_label(atlast: AtLastSettings, written: Mapping[str, Any]) -> str:
    """Returns host#hash of the keys as written: references, so that no secret is needed or told."""
    text = json.dumps(written, sort_keys=True, default=str)
    return f"{urlsplit(atlast.base_url).netloc}#{sha256(text.encode()).hexdigest()[:8]}"


def _collide(first: Merchant, second: Merchant) -> bool:
    """
    Returns whether two merchants could push different orders under one id.

    At Last does not say whether ids are unique per merchant or per tenant, and
    WooCommerce ids are small integers: two shops both have an order 723.
    """
    same_account = (first.atlast.base_url, first.atlast.client_id) == (
        second.atlast.base_url,
        second.atlast.client_id,
    )
    if not same_account or first.policy.merchant_id != second.policy.merchant_id:
        return False
    heads, tails = zip(
        *(merchant.policy.order_id.split("{id}", 1) for merchant in (first, second)), strict=True
    )
    return _one_begins(heads[0], heads[1]) and _one_begins(tails[0][::-1], tails[1][::-1])


def _one_begins(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)
