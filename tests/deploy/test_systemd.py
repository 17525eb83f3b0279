"""deploy/systemd/orderferry.service is valid, hardened, and fits what the daemon does."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from orderferry.daemon import TICK_SECONDS
from orderferry.errors import Exit
from orderferry.jobs import DRAIN_SECONDS

UNIT = Path(__file__).parents[2] / "deploy" / "systemd" / "orderferry.service"
EXPOSURE = 15
"""Tenths of systemd's scale, 0 to 100; a unit without any hardening has 96."""

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed here"
)


def settings() -> Mapping[str, Sequence[str]]:
    """Returns the unit's settings by name, with every value that is given."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in UNIT.read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            name, value = line.split("=", 1)
            found[name].append(value)
    return found


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments, "--no-pager"], capture_output=True, text=True, check=False
    )


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The unit as it would be where the command is installed."""
    command = str(Path(sys.executable).with_name("orderferry"))
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace("/opt/orderferry/bin/orderferry", command))
    return copy


@needs_systemd
def test_systemd_finds_nothing_to_complain_about(installed: Path) -> None:
    result = analyze("verify", str(installed))

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@needs_systemd
def test_systemd_calls_the_service_well_confined(installed: Path) -> None:
    result = analyze("security", "--offline=true", f"--threshold={EXPOSURE}", str(installed))

    assert result.returncode == 0, result.stdout[-2000:]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        pytest.param("Type", ["notify"], id="told when it is ready"),
        pytest.param("RestartPreventExitStatus", [str(int(Exit.CONFIG))], id="not in vain"),
        pytest.param("StartLimitIntervalSec", ["0"], id="never given up"),
        pytest.param("LoadCredential", ["secret:/etc/orderferry/secrets"], id="secrets"),
        pytest.param("LimitCORE", ["0"], id="no dump of customers' data"),
        pytest.param("UMask", ["0077"], id="files are private"),
        pytest.param("User", ["orderferry"], id="not root"),
        pytest.param("ProtectSystem", ["strict"], id="writes only where it must"),
        pytest.param("CapabilityBoundingSet", [""], id="no capability"),
        # without the boot id a lease of a killed daemon is waited for
        pytest.param("ProcSubset", [], id="sees the boot id"),
    ],
)
def test_the_unit_says(name: str, values: list[str]) -> None:
    assert settings().get(name, []) == values


def test_the_service_manager_waits_longer_than_the_daemon_takes() -> None:
    (stop,) = settings()["TimeoutStopSec"]
    (ping,) = settings()["WatchdogSec"]

    assert float(stop.removesuffix("s")) >= 2 * DRAIN_SECONDS
    # pings come at half that time, and at every tick at least
    assert float(ping.removesuffix("min")) * 60 >= 2 * TICK_SECONDS
