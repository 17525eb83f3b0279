"""deploy/Dockerfile and deploy/compose.yaml: confined, complete, and a health check that works."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from orderferry.jobs import DRAIN_SECONDS

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()


def instructions() -> list[tuple[str, str]]:
    """Returns the Dockerfile's instructions with their arguments, continued lines joined."""
    text = re.sub(r"^\s*#.*\n", "", DOCKERFILE, flags=re.MULTILINE).replace("\\\n", " ")
    pairs = (line.split(maxsplit=1) for line in text.splitlines() if line.strip())
    return [(name, " ".join(rest.split())) for name, rest in pairs]


def final_stage() -> list[tuple[str, str]]:
    found = instructions()
    last = max(place for place, (name, _) in enumerate(found) if name == "FROM")
    return found[last:]


def argument(name: str) -> str:
    (found,) = (rest for instruction, rest in final_stage() if instruction == name)
    return found


def environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in argument("ENV").split())


@pytest.fixture(scope="module")
def service() -> dict[str, Any]:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    (only,) = compose["services"].values()
    return dict(only)


def test_the_base_is_a_version_that_the_project_supports_and_no_moving_latest() -> None:
    (base,) = (rest for name, rest in instructions() if name == "ARG")
    supported = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["classifiers"]
    version = re.fullmatch(r"PYTHON=python:(3\.\d+)-slim-\w+", base)

    assert version is not None
    assert f"Programming Language :: Python :: {version[1]}" in supported


def test_nothing_of_the_build_but_the_program_is_in_the_image() -> None:
    stages = [rest for name, rest in instructions() if name == "FROM"]
    copied = [rest for name, rest in final_stage() if name == "COPY"]

    assert stages == ["${PYTHON} AS build", "${PYTHON}"]
    assert copied == ["--from=build /opt/orderferry /opt/orderferry"]


def test_the_image_installs_the_tested_versions() -> None:
    (install,) = (rest for name, rest in instructions() if "pip install" in rest)

    assert "-c constraints.txt ." in install


def test_everything_that_is_copied_exists_and_is_let_into_the_build() -> None:
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    copied = [
        name.rstrip("/")
        for instruction, rest in instructions()
        if instruction == "COPY" and not rest.startswith("--from")
        for name in rest.split()[:-1]
    ]

    assert {"constraints.txt", "orderferry", "connectors", "mapping", "state"} <= set(copied)
    assert [name for name in copied if not (ROOT / name).exists()] == []
    let_in = {line[1:].rstrip("/") for line in ignored if line.startswith("!")}
    assert let_in == set(copied)


def test_the_process_is_nobody_and_the_same_nobody_everywhere(service: dict[str, Any]) -> None:
    assert argument("USER") == service["user"] == "10001:10001"
    assert "-o 10001 -g 10001 -m 0700 /var/lib/orderferry" in DOCKERFILE


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("read_only", True, id="root is read-only"),
        pytest.param("cap_drop", ["ALL"], id="no capability"),
        pytest.param("security_opt", ["no-new-privileges:true"], id="gains none"),
        pytest.param("init", True, id="signals from the first moment"),
        pytest.param("restart", "unless-stopped", id="comes back"),
    ],
)
def test_the_container_is_confined(service: dict[str, Any], key: str, value: object) -> None:
    assert service[key] == value


def test_nothing_is_reachable_from_outside(service: dict[str, Any]) -> None:
    assert "ports" not in service
    assert "network_mode" not in service


def test_what_must_be_written_can_be(service: dict[str, Any]) -> None:
    """The state on a volume, the alive file and spool files in memory; all else is read-only."""
    (tmpfs,) = service["tmpfs"]
    assert tmpfs.startswith("/tmp:")
    assert Path(environment()["ORDERFERRY_ALIVE_FILE"]).parent == Path("/tmp")
    assert "state:/var/lib/orderferry" in service["volumes"]
    assert [v for v in service["volumes"] if not v.endswith(":ro")] == ["state:/var/lib/orderferry"]


def test_the_container_is_given_time_to_finish(service: dict[str, Any]) -> None:
    assert float(service["stop_grace_period"].removesuffix("s")) >= 2 * DRAIN_SECONDS
    assert argument("STOPSIGNAL") == "SIGTERM"


def test_secrets_are_files_and_none_is_an_environment_variable(service: dict[str, Any]) -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())

    assert "environment" not in service
    assert set(service["secrets"]) == set(compose["secrets"])
    assert all(one["file"] == f"secrets/{name}" for name, one in compose["secrets"].items())
    assert environment()["CREDENTIALS_DIRECTORY"] == "/run/secrets"


def test_the_health_check_looks_at_the_file_that_the_daemon_touches() -> None:
    """tests/acceptance/test_notify.py runs it against the daemon."""
    _, _, words = argument("HEALTHCHECK").partition("CMD ")
    shell, option, script = json.loads(words)

    assert (shell, option) == ("sh", "-c")
    assert script == 'test -n "$(find "$ORDERFERRY_ALIVE_FILE" -mmin -2)"'
