"""A secret that stands in the configuration by mistake is not repeated by the fault (R6)."""

from __future__ import annotations

import pytest
from pydantic import Field, ValidationError, model_validator

from connectors.settings import Secret, Settings
from orderferry.faults import problems


class Login(Settings):
    key: Secret
    token: Secret | None = Field(default=None)
    name: str = ""

    @model_validator(mode="after")
    def _named(self) -> Login:
        if self.name == "nobody":
            raise ValueError("needs somebody")
        return self


@pytest.mark.parametrize(
    ("table", "words"),
    [
        pytest.param({"key": "hush-1"}, "key is not a reference", id="required"),
        pytest.param(
            {"key": "env:K", "token": "hush-1"}, "token is not a reference", id="optional"
        ),
        pytest.param(
            {"key": "env:hush-1", "name": "nobody"}, " needs somebody", id="the whole table"
        ),
    ],
)
def test_the_fault_names_the_key_and_keeps_the_value(table: dict[str, str], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Login.model_validate(table)

    ((loc, problem),) = problems(Login, caught.value)

    assert f"{'.'.join(loc)} {problem}".startswith(words)
    assert "hush-1" not in problem
