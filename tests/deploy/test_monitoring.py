"""deploy/prometheus and deploy/grafana speak of metrics, labels and values that exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "prometheus" / "alerts.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "orderferry.json"
METRICS = ROOT / "docs" / "metrics.md"
FROM_OUTSIDE = {"instance", "job"}
"""Labels that Prometheus adds."""

documented = pytest.mark.skipif(not METRICS.exists(), reason="docs/metrics.md is not there yet")


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    return list(group["rules"])


def panels() -> list[dict[str, Any]]:
    return list(json.loads(DASHBOARD.read_text())["panels"])


def expressions() -> Iterator[tuple[str, str]]:
    """Yields where and what is asked of Prometheus."""
    for rule in rules():
        yield f"alert {rule['alert']}", rule["expr"]
    for panel in panels():
        for target in panel["targets"]:
            yield f"panel {panel['title']}", target["expr"]
    for variable in json.loads(DASHBOARD.read_text())["templating"]["list"]:
        if variable["type"] == "query":
            yield f"variable {variable['name']}", variable["query"]


ASKED = [pytest.param(expression, id=where) for where, expression in expressions()]


def table_of(first_column: str) -> Iterator[list[str]]:
    """Yields the rows of the table of docs/metrics.md whose first heading that is."""
    text = METRICS.read_text().split(f"| {first_column} |", 1)[1]
    for line in text.splitlines()[2:]:
        if not line.startswith("|"):
            return
        yield [cell.strip().strip("`") for cell in line.strip("|").split("|")]


def labels() -> Mapping[str, set[str]]:
    return {
        name: {label.strip() for label in of.split(",") if label.strip()}
        for name, _, of, *_ in table_of("name")
    }


def values() -> Mapping[str, set[str]]:
    return {
        label.replace("`", ""): set(re.findall(r"[a-z_]+(?=,|$| \()", told))
        for label, told in table_of("label")
    }


@documented
@pytest.mark.parametrize("expression", ASKED)
def test_every_metric_is_documented(expression: str) -> None:
    asked = set(re.findall(r"\borderferry_\w+", expression))

    assert asked
    assert asked <= set(labels())


@documented
@pytest.mark.parametrize("expression", ASKED)
def test_every_label_belongs_to_its_metric(expression: str) -> None:
    known = labels()
    for metric, selectors in re.findall(r"\b(orderferry_\w+)\{([^}]*)\}", expression):
        asked = set(re.findall(r"(\w+)\s*[=!]~?", selectors))

        assert asked <= known[metric] | FROM_OUTSIDE


@documented
@pytest.mark.parametrize("expression", ASKED)
def test_every_value_of_a_label_exists(expression: str) -> None:
    known = values()
    for metric, selectors in re.findall(r"\b(orderferry_\w+)\{([^}]*)\}", expression):
        for label, written in re.findall(r'(\w+)\s*[=!]~?\s*"([^"$]+)"', selectors):
            kind = metric.removeprefix("orderferry_").removesuffix("_total")
            of = known.get(label) or known[f"{label} of {kind}"]

            assert set(written.split("|")) <= of


@documented
def test_a_text_speaks_of_labels_that_the_alert_has() -> None:
    known = labels()
    for rule in rules():
        has = set().union(*(known[name] for name in re.findall(r"\borderferry_\w+", rule["expr"])))
        asked = re.findall(r"\$labels\.(\w+)", json.dumps(rule["annotations"]))

        assert set(asked) <= has | FROM_OUTSIDE, rule["alert"]


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed here")
def test_prometheus_understands_every_expression(tmp_path: Path) -> None:
    asked = [expression for _, expression in expressions() if "label_values" not in expression]
    rules = [
        {"record": f"asked:{number}", "expr": expression.replace("$merchant", ".*")}
        for number, expression in enumerate(asked)
    ]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": rules}]}))

    for one in (RULES, file):
        result = subprocess.run(
            ["promtool", "check", "rules", str(one)], capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stdout + result.stderr


def test_every_alert_says_what_happened_how_bad_it_is_and_what_to_do() -> None:
    for rule in rules():
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert rule["annotations"].keys() == {"summary", "description"}
        assert rule["alert"].startswith("Orderferry")
    assert len({rule["alert"] for rule in rules()}) == len(rules()) == 8


def test_panels_do_not_overlap_and_each_is_explained() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        assert panel["description"].endswith(".")
        taken |= cells


def test_the_dashboard_is_bound_to_no_data_source_of_ours() -> None:
    for panel in panels():
        assert panel["datasource"] == {"type": "prometheus", "uid": "${source}"}
