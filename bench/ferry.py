"""The installed command, in a folder with a configuration of its own."""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.processes import Ran, run

COMMAND = os.environ.get("ORDERFERRY") or str(Path(sys.executable).with_name("orderferry"))
SECRETS = {"KEY": "ck_bench", "SECRET": "cs_bench", "TOKEN": "shpat_bench", "ID": "bench"}
_HEAD = """
[daemon]
workers = {workers}
[atlast]
base_url = "{atlast}/v1"
token_url = "{atlast}/oauth2/token"
client_id = "env:ID"
client_secret = "env:SECRET"
"""
_PLATFORMS = {
    "woocommerce": """
[merchants.{name}]
platform = "woocommerce"
merchant_id = "{name}"
[merchants.{name}.woocommerce]
url = "{url}"
auth = "basic"
consumer_key = "env:KEY"
consumer_secret = "env:SECRET"
[merchants.{name}.orders]
first_sync = "{first_sync}"
""",
    "shopify": """
[merchants.{name}]
platform = "shopify"
merchant_id = "{name}"
[merchants.{name}.shopify]
shop = "{name}.myshopify.com"
base_url = "{url}"
access_token = "env:TOKEN"
bulk_from = 0
[merchants.{name}.orders]
first_sync = "{first_sync}"
""",
}


@dataclass(frozen=True, slots=True)
class Ferry:
    """A configuration and what belongs to it."""

    folder: Path

    @property
    def config(self) -> Path:
        """The configuration."""
        return self.folder / "config.toml"

    @property
    def state(self) -> Path:
        """The state file."""
        return self.folder / "orderferry.db"

    def configure(
        self,
        shops: Mapping[str, str],
        *,
        atlast: str,
        platform: str = "woocommerce",
        workers: int = 32,
        first_sync: str = "1h",
    ) -> None:
        """Writes the configuration: merchants by name with the addresses of their shops."""
        tables = [
            _PLATFORMS[platform].format(name=name, url=url, first_sync=first_sync)
            for name, url in shops.items()
        ]
        head = _HEAD.format(workers=workers, atlast=atlast)
        self.config.write_text("".join([head, *tables]), encoding="utf-8")

    def __call__(self, *arguments: str, statuses: Sequence[int] = (0,)) -> Ran:
        """Runs the command to its end."""
        command = [COMMAND, "--config", str(self.config), *arguments]
        return run(command, folder=self.folder, environ=SECRETS, statuses=statuses)

    def backfill(self, name: str, statuses: Sequence[int] = (0,)) -> Ran:
        """Reads all orders of a merchant's shop and delivers them."""
        since, until = window()
        dates = ("--from", since, "--to", until)
        return self("--json", "backfill", name, *dates, statuses=statuses)

    def subject(self, module: str, *arguments: str) -> tuple[Ran, dict[str, float]]:
        """Runs one of our measuring programs with this configuration, and what it printed."""
        command = [sys.executable, "-m", f"bench.subjects.{module}", str(self.config), *arguments]
        ran = run(command, folder=self.folder, environ=SECRETS)
        told: dict[str, float] = json.loads(ran.out.splitlines()[-1])
        return ran, told


def window() -> tuple[str, str]:
    """Returns the dates between which every order of every shop was changed."""
    today = datetime.now(UTC).date()
    return f"{today - timedelta(days=55)}", f"{today - timedelta(days=1)}"


def counts(ran: Ran) -> dict[str, int]:
    """Returns what the reports of a run counted, together."""
    found: dict[str, int] = {}
    for report in json.loads(ran.out)["reports"]:
        for name, number in report["counts"].items():
            found[name] = found.get(name, 0) + number
    return found


def stats(server: str, name: str) -> dict[str, Any]:
    """Returns what a server was asked under a name."""
    with urllib.request.urlopen(f"{server}/stats/{name}") as answer:  # noqa: S310 - loopback
        told: dict[str, Any] = json.load(answer)
    return told
