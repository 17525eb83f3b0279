"""Shell completion, as the main command's help says it."""

from __future__ import annotations

import pytest
from conftest import Ferry


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        pytest.param("st", ["status"], id="a command"),
        pytest.param("quarantine re", ["retry"], id="a command of a command"),
        pytest.param("--config {config} sync b", ["bolt"], id="a merchant"),
        pytest.param("--config {config} backfill b", ["bolt"], id="the one merchant"),
        pytest.param("--config nowhere.toml sync b", [], id="no configuration"),
    ],
)
def test_a_word_is_completed(ferry: Ferry, words: str, completed: list[str]) -> None:
    line = f"orderferry {words.format(config=ferry.config)}"
    ferry.environ |= {
        "_ORDERFERRY_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split()) - 1),
    }

    result = ferry()

    assert result.out.split() == [f"plain,{word}" for word in completed]
    assert result.err == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell_is_printed(ferry: Ferry, shell: str) -> None:
    ferry.environ["_ORDERFERRY_COMPLETE"] = f"{shell}_source"

    result = ferry()

    assert "_ORDERFERRY_COMPLETE" in result.out
