"""The counts of mutation testing are those of what mutmut left behind."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import yaml

from tests.mutants.report import EQUIVALENT, Count, Mutant, change, counts, documented, known, place
from tests.mutants.suites import SUITES, bare, mutmut_settings

ROOT = Path(__file__).parents[2]
DIFF = """\
--- mapping/money.py
+++ mapping/money.py
@@ -1,4 +1,4 @@
 def rounded(amount: Decimal, currency: str) -> Decimal:
-    return _quantize(
-        amount, exponent(currency)
-    )
+    return _quantize(None, exponent(currency))
"""
SAME = """\
- why: the sign of nothing is nothing
  mutants:
  - {in: "money:rounded", was: "a   + 0", now: "a - 0"}
"""


@pytest.mark.parametrize(
    ("name", "where"),
    [
        pytest.param("mapping.money.x_parse__mutmut_7", ("money", "parse"), id="function"),
        pytest.param("mapping.money.x__digits__mutmut_12", ("money", "_digits"), id="private"),
        pytest.param(
            "mapping.woocommerce.order.xǁ_Taskǁ_shipped__mutmut_3",
            ("woocommerce.order", "_Task._shipped"),
            id="method",
        ),
        pytest.param(
            "mapping.raw.xǁUnmappableǁ__init____mutmut_1", ("raw", "Unmappable.__init__"), id="init"
        ),
    ],
)
def test_a_mutants_name_tells_its_place(name: str, where: tuple[str, str]) -> None:
    assert place(name) == where


def test_a_change_is_what_was_and_what_is_whatever_the_line_breaks() -> None:
    assert change(DIFF) == (
        "return _quantize( amount, exponent(currency) )",
        "return _quantize(None, exponent(currency))",
    )


def test_equivalent_mutants_are_counted_apart() -> None:
    same = Mutant("money", "rounded", "a + 0", "a - 0")
    other = Mutant("money", "rounded", "a + 0", "a + 1")
    noticed = ["mapping.money.x_parse__mutmut_1", "mapping.text.x_clean__mutmut_1"]

    found = counts(noticed, [same, other], known(SAME))

    assert found == [Count("money", 1, 1, 1), Count("text", 1, 0, 0)]
    assert documented(found).splitlines()[2:] == [
        "| **all** | 4 | 2 | 1 | 1 | 50.0 % | 66.7 % |",
        "| money | 3 | 1 | 1 | 1 | 33.3 % | 50.0 % |",
        "| text | 1 | 1 | 0 | 0 | 100.0 % | 100.0 % |",
    ]


@pytest.mark.parametrize(
    ("pattern", "suite"),
    [
        pytest.param("mapping.money*", "rules", id="module"),
        pytest.param("mapping.woocommerce.line.x_charged__mutmut_1", "rules", id="mutant"),
        pytest.param("mapping.tracing*", "trace", id="module of the trace"),
        pytest.param("mapping.trial.x_leaves*", "trace", id="function of the trace"),
    ],
)
def test_a_pattern_is_tried_with_the_tests_that_know_it(pattern: str, suite: str) -> None:
    assert [one.name for one in SUITES if one.has(pattern)] == [suite]


def test_a_bare_function_is_one_that_mutmut_changes() -> None:
    method = 'class A:\n    @property\n    @rule("amount, its tax")\n    def b(self): ...\n'
    function = "@lru_cache(maxsize=256)\ndef c(): ...\n@lru_cache\ndef d(): ...\n"

    assert bare(method) == "class A:\n    @property\n    def b(self): ...\n"
    assert bare(function) == "def c(): ...\ndef d(): ...\n"


def test_mutmut_can_read_its_settings() -> None:
    for suite in SUITES:
        settings = tomllib.loads(mutmut_settings(suite))["tool"]["mutmut"]
        chosen = [*settings.get("only_mutate", ()), *settings.get("do_not_mutate", ())]
        assert all((ROOT / module).is_file() for module in chosen)


def test_every_equivalent_mutant_has_a_reason_and_is_named_once() -> None:
    text = EQUIVALENT.read_text(encoding="utf-8")
    reasons = yaml.safe_load(text)

    assert all(len(reason["why"]) > 10 for reason in reasons)
    assert len(known(text)) == sum(len(reason["mutants"]) for reason in reasons)
