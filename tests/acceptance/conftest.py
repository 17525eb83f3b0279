"""
The installed command, used as an operator would use it.

These tests import nothing of the project but the simulators, so that they run
against a built wheel in an empty environment too (`make wheel`). ORDERFERRY
names the command; the one beside the running Python is the default.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orderferry.sandbox.atlast import AtLast
from orderferry.sandbox.server import Server
from orderferry.sandbox.woocommerce import WooCommerceShop

ID, SECRET = "client-7f3a", "hush-51c9e0"
COMMAND = os.environ.get("ORDERFERRY") or str(Path(sys.executable).with_name("orderferry"))
CUSTOMER = {
    "first_name": "Wilhelmina",
    "last_name": "Quackenbush",
    "address_1": "99 Gooseberry Lane",
    "phone": "+1 555 0199 8877",
    "email": "wilhelmina@shopper.example",
}
"""The customer of every order here: none of it may appear in anything that is printed."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a command printed and how it ended."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@dataclass(slots=True)
class Ferry:
    """A folder with a configuration, the simulators behind it, and the command."""

    folder: Path
    shop: WooCommerceShop
    shop_server: Server
    atlast: AtLast
    atlast_server: Server
    environ: dict[str, str]
    printed: list[str] = field(default_factory=list)

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def log(self) -> Path:
        return self.folder / "started.log"

    @property
    def state(self) -> Path:
        return self.folder / "orderferry.db"

    def configure(
        self,
        *,
        daemon: str = "",
        merchant: str = "",
        shop: str = "",
        orders: str = "",
        url: str = "",
    ) -> None:
        self.config.write_text(
            f"""
[daemon]
{daemon}
[atlast]
base_url = "{self.atlast_server.url}/v1"
token_url = "{self.atlast_server.url}/oauth2/token"
client_id = "env:ATLAST_ID"
client_secret = "env:ATLAST_SECRET"
[merchants.bolt]
platform = "woocommerce"
{merchant}
[merchants.bolt.woocommerce]
url = "{url or self.shop_server.url}"
consumer_key = "env:SHOP_KEY"
consumer_secret = "env:SHOP_SECRET"
{shop}
[merchants.bolt.orders]
{orders}
"""
        )

    def add_order(self, **fields: Any) -> int:
        """A shipped order with tracking, a day old unless said otherwise."""
        fields.setdefault("status", "completed")
        fields.setdefault("created_at", datetime.now(UTC) - timedelta(days=1))
        fields.setdefault("modified_at", fields["created_at"] + timedelta(hours=1))
        person = {key: CUSTOMER[key] for key in ("first_name", "last_name", "address_1", "phone")}
        fields.setdefault("billing", person)
        fields.setdefault("shipping", person)
        fields.setdefault("email", CUSTOMER["email"])
        fields.setdefault("tracking", [("1Z999AA10123456784", "ups")])
        return self.shop.add_order(**fields)

    def __call__(self, *arguments: str, timeout: float = 60, **options: Any) -> Result:
        done = subprocess.run(
            self.line(*arguments),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=timeout,
            env=self.environ,
            cwd=self.folder,
            check=False,
            **options,
        )
        self.printed += [done.stdout, done.stderr]
        return Result(done.returncode, done.stdout, done.stderr)

    def line(self, *arguments: str) -> Sequence[str]:
        return [COMMAND, "--config", str(self.config), *arguments]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Starts the command; what it logs goes to a file, so that a test may read it meanwhile."""
        with self.log.open("w", encoding="utf-8") as log:
            return subprocess.Popen(
                self.line(*arguments),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                env=self.environ,
                cwd=self.folder,
            )

    def logged(self, text: str) -> bool:
        """Whether the command started last has said this."""
        return text in self.log.read_text(encoding="utf-8")

    def finish(self, process: subprocess.Popen[str], number: int = signal.SIGTERM) -> Result:
        process.send_signal(number)
        out, _ = process.communicate(timeout=30)
        err = self.log.read_text(encoding="utf-8")
        self.printed += [out, err]
        return Result(process.returncode, out, err)

    def accepted(self) -> set[str]:
        return {order_id for _, order_id in self.atlast.accepted}

    def secrets(self) -> list[str]:
        shop = (self.environ.get(name, "") for name in ("SHOP_KEY", "SHOP_SECRET"))
        return [SECRET, ID, "Bearer ", *filter(None, shop), *CUSTOMER.values()]


@pytest.fixture
def ferry(tmp_path: Path) -> Iterator[Ferry]:
    def now() -> datetime:
        return datetime.now(UTC)

    shop = WooCommerceShop(now=now)
    atlast = AtLast(now=now, client_id=ID, client_secret=SECRET)
    key = shop.keys[0]
    environ = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(tmp_path),
        "ATLAST_ID": ID,
        "ATLAST_SECRET": SECRET,
        "SHOP_KEY": key.key,
        "SHOP_SECRET": key.secret,
        "NO_COLOR": "1",
        "COLUMNS": "100",
        "PYTHONWARNINGS": "error",
    }
    with Server(shop.handle) as shop_server, Server(atlast.handle) as atlast_server:
        it = Ferry(tmp_path, shop, shop_server, atlast, atlast_server, environ)
        it.configure()
        yield it
        for text in it.printed:
            assert "Traceback" not in text
            leaked = [secret for secret in it.secrets() if secret in text]
            assert not leaked, f"printed {leaked}"


def eventually(condition: Any, seconds: float = 20) -> None:
    """Waits for something another process does; the bound only ends a test that has failed."""
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.02)
