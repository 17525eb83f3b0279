"""
A connector from elsewhere: a package of its own, built and installed, that only its name brings in.

third_party/ is its source: a settings model, a connector, a mapping, two entry points.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import EntryPoints, distributions
from pathlib import Path
from typing import Any

import pytest

from connectors import Connector, Window, conformance, registry
from connectors.conformance import Check
from connectors.settings import SecretSource
from orderferry.sandbox.atlast import AtLast
from orderferry.sandbox.server import Server
from tests.connectors.world import NOW, World

SOURCE = Path(__file__).with_name("third_party")
COMMAND = os.environ.get("ORDERFERRY") or str(Path(sys.executable).with_name("orderferry"))
WORD = "open-sesame-4471"
ATLAST = "hush-2f90aa"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package installed from its wheel."""
    folder = tmp_path_factory.mktemp("papershop")
    source, target = folder / "source", folder / "installed"
    shutil.copytree(SOURCE, source, ignore=shutil.ignore_patterns("__pycache__"))
    python = [sys.executable, "-m"]
    run([*python, "build", "--no-isolation", "--wheel", "--outdir", str(folder)], source)
    (wheel,) = folder.glob("*.whl")
    offline = ["--no-deps", "--no-index", "--disable-pip-version-check"]
    run([*python, "pip", "install", *offline, "--target", str(target), str(wheel)], folder)
    return target


def run(
    line: list[str], folder: Path, environ: dict[str, str] | None = None, *, fails: bool = False
) -> str:
    done = subprocess.run(
        line, cwd=folder, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    printed = done.stdout + done.stderr
    assert bool(done.returncode) is fails, printed
    return printed


def order(number: int, placed_at: datetime, **fields: Any) -> dict[str, Any]:
    return {
        "no": str(number),
        "placed": placed_at.isoformat(),
        "changed": (placed_at + timedelta(hours=2)).isoformat(),
        "buyer": {"name": "Lind", "street": "Storgatan 1", "town": "Umeå", "code": "903 26"},
        "goods": [{"what": "Notebook", "pieces": 2, "each": "49.50"}],
        "parcel": {"by": "PostNord", "number": f"PN{number}", "left": placed_at.isoformat()},
        **fields,
    }


def write(path: Path, orders: list[dict[str, Any]]) -> None:
    shop = {"word": WORD, "zone": "Europe/Stockholm", "currency": "SEK", "orders": orders}
    path.write_text(json.dumps(shop), encoding="utf-8")


def configure(folder: Path, atlast_url: str, keys: str) -> list[str]:
    """Writes a configuration; returns the command line that uses it."""
    path = folder / "config.toml"
    path.write_text(
        f"""
[atlast]
base_url = "{atlast_url}/v1"
token_url = "{atlast_url}/oauth2/token"
client_id = "env:ATLAST_ID"
client_secret = "env:ATLAST_SECRET"
[merchants.corner]
platform = "papershop"
[merchants.corner.papershop]
{keys}
"""
    )
    return [COMMAND, "--config", str(path)]


def environ(installed: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(installed),
        "ATLAST_ID": "corner",
        "ATLAST_SECRET": ATLAST,
        "CORNER_WORD": WORD,
        "NO_COLOR": "1",
    }


def test_the_command_carries_the_orders_of_a_platform_it_does_not_know(
    installed: Path, tmp_path: Path
) -> None:
    placed_at = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    placed_at -= timedelta(days=3)
    write(
        tmp_path / "orders.json",
        [order(17, placed_at), order(18, placed_at, parcel=None), order(19, placed_at, buyer=None)],
    )
    atlast = AtLast(now=lambda: datetime.now(UTC), client_id="corner", client_secret=ATLAST)
    with Server(atlast.handle) as server:
        line = configure(tmp_path, server.url, 'file = "orders.json"\nword = "env:CORNER_WORD"\n')

        checked = run([*line, "check"], tmp_path, environ(installed))
        run([*line, "sync"], tmp_path, environ(installed), fails=True)  # one is quarantined
        status = run([*line, "--json", "status"], tmp_path, environ(installed), fails=True)

    day = f"{placed_at:%Y-%m-%d}"
    price = {"value": 49.5, "currency": "SEK"}
    assert atlast.accepted == {
        (None, "17"): [
            {
                "id": "17",
                "reference": "P-17",
                "createdAt": f"{day}T12:00:00Z",
                "orderNumber": "P-17",
                "orderTotal": {"value": 99, "currency": "SEK"},
                "itemSubTotal": {"value": 99, "currency": "SEK"},
                "shippingTotal": {"value": 0, "currency": "SEK"},
                "outboundFulfilment": {
                    "carrier": "PostNord",
                    "shippingDate": day,
                    "trackingNumber": "PN17",
                },
                "items": [{"id": "1", "quantity": 2, "name": "Notebook", "price": price}],
                "customer": {
                    "lastName": "Lind",
                    "address": {
                        "line1": "Storgatan 1",
                        "city": "Umeå",
                        "postCode": "903 26",
                        "country": "SE",
                    },
                },
            }
        ]
    }
    assert "it has 3 orders" in checked
    (merchant,) = json.loads(status)["merchants"]
    kept = {state: number for state, number in merchant["orders"].items() if number}
    assert kept == {"delivered": 1, "skipped": 1, "quarantined": 1}


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        pytest.param(
            'file = "orders.json"\nwrod = "env:CORNER_WORD"',
            ["merchants.corner.papershop.wrod", "did you mean word?"],
            id="a slip of the pen",
        ),
        pytest.param(
            'file = "orders.json"\nword = "open-sesame-4471"',
            ["merchants.corner.papershop.word", '"env:NAME"'],
            id="a secret in the file",
        ),
        pytest.param(
            'file = "orders.json"\nword = "env:CORNER_WORD"\nlines_per_page = 0',
            ["merchants.corner.papershop.lines_per_page"],
            id="a number out of range",
        ),
    ],
)
def test_a_fault_in_its_settings_is_told_with_file_and_key(
    installed: Path, tmp_path: Path, keys: str, found: list[str]
) -> None:
    line = configure(tmp_path, "http://127.0.0.1:9", keys)

    printed = run([*line, "sync"], tmp_path, environ(installed), fails=True)

    assert "Traceback" not in printed
    assert WORD not in printed
    for words in ["config.toml", *found]:
        assert words in " ".join(printed.split())


def test_without_the_package_its_platform_is_unknown(installed: Path, tmp_path: Path) -> None:
    line = configure(tmp_path, "http://127.0.0.1:9", 'file = "x"\nword = "env:CORNER_WORD"')
    without = {**environ(installed), "PYTHONPATH": ""}

    printed = run([*line, "sync"], tmp_path, without, fails=True)

    assert "has no installed connector" in printed


@pytest.fixture(scope="module")
def opened(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connector]:
    """The connector as its entry point gives it, on a shop with 230 orders."""
    file = tmp_path_factory.mktemp("shop") / "orders.json"
    day = NOW - timedelta(hours=6)
    write(file, [order(n, day + timedelta(seconds=max(n // 3, 13))) for n in range(230)])
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(installed))
        (package,) = distributions(path=[str(installed)])
        platform = registry.find(
            "papershop", EntryPoints(package.entry_points).select(group=registry.GROUP)
        )
        settings = platform.settings.model_validate(
            {"file": str(file), "word": "env:W", "lines_per_page": 20},
            context=SecretSource({"W": WORD}, file.parent),
        )
        yield platform.open(settings, World().surroundings)


@pytest.mark.parametrize("check", conformance.CHECKS, ids=lambda check: check.__name__)
def test_it_passes_the_checks_of_every_connector(check: Check, opened: Connector) -> None:
    check(opened, Window(NOW - timedelta(hours=5), NOW - timedelta(hours=1)))
