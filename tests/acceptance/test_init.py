"""init: a configuration that works, secrets kept apart, with a terminal and without."""

from __future__ import annotations

import json
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
import terminal
from conftest import ID, SECRET, Ferry, Result


@pytest.fixture
def new(ferry: Ferry) -> Ferry:
    """A ferry whose configuration is still to be written."""
    ferry.config.unlink()
    return ferry


def flags(
    ferry: Ferry, name: str = "bolt", *, atlast: bool = True, without: str = "nothing"
) -> list[str]:
    at_last = ferry.atlast_server.url
    options = ["--merchant", name, "--platform", "woocommerce"]
    for pair in (
        f"url={ferry.shop_server.url}",
        "consumer_key=env:SHOP_KEY",
        "consumer_secret=env:SHOP_SECRET",
    ):
        options += [] if pair.startswith(without) else ["--shop", pair]
    if atlast:
        for pair in (
            f"base_url={at_last}/v1",
            f"token_url={at_last}/oauth2/token",
            "client_id=env:ATLAST_ID",
            "client_secret=env:ATLAST_SECRET",
        ):
            options += ["--atlast", pair]
    return ["init", *options]


def at_a_terminal(
    ferry: Ferry, arguments: Sequence[str], answers: Sequence[tuple[str, str]]
) -> Result:
    """Runs the command at a terminal of its own and types an answer after each prompt."""
    status, screen = terminal.at_a_terminal(
        ferry.line(*arguments), answers, environ=ferry.environ, folder=ferry.folder
    )
    ferry.printed.append(screen)
    return Result(status, screen, "")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_configuration_from_options_works_at_once(new: Ferry) -> None:
    order_id = str(new.add_order())

    made = new("--json", *flags(new))
    synced = new("sync")

    assert made.status == 0, made.out + made.err
    assert made.document["written"] == [str(new.config)]
    assert {fact["verdict"] for fact in made.document["facts"]} == {"ok"}
    assert made.document["next"][-1] == f"orderferry --config {new.config} run"
    assert synced.status == 0, synced.out
    assert new.accepted() == {order_id}


def test_at_a_terminal_secrets_are_asked_for_unseen_and_stored_apart(new: Ferry) -> None:
    order_id = str(new.add_order())
    at_last = new.atlast_server.url
    addresses = [
        f"--atlast=base_url={at_last}/v1",
        f"--atlast=token_url={at_last}/oauth2/token",
    ]
    key = new.shop.keys[0]

    made = at_a_terminal(
        new,
        ["init", "--platform", "woocommerce", *addresses],
        [
            ("Your name for the shop", "bolt"),
            ("url", new.shop_server.url),
            ("consumer_key", key.key),
            ("consumer_secret", "env:SHOP_SECRET"),
            ("At Last's id for this merchant", ""),
            ("client_id", ID),
            ("client_secret", SECRET),
        ],
    )

    assert made.status == 0, made.out  # and the fixture finds no secret on the screen
    secrets = {path.name: path for path in (new.folder / "secrets").iterdir()}
    assert set(secrets) == {"bolt-consumer-key", "atlast-client-id", "atlast-client-secret"}
    assert secrets["bolt-consumer-key"].read_text() == f"{key.key}\n"
    assert {mode(path) for path in secrets.values()} == {0o600}
    assert mode(new.folder / "secrets") == 0o700
    text = new.config.read_text()
    assert 'consumer_key = "file:secrets/bolt-consumer-key"' in text
    assert 'consumer_secret = "env:SHOP_SECRET"' in text
    assert not [secret for secret in (key.key, key.secret, ID, SECRET) if secret in text]
    new("sync")
    assert new.accepted() == {order_id}


def test_wrong_credentials_can_be_typed_again(new: Ferry) -> None:
    key = new.shop.keys[0]
    new.environ["SHOP_KEY"] = "ck_wrong"

    made = at_a_terminal(
        new,
        flags(new),
        [
            ("At Last's id", ""),
            ("Enter the credentials again?", "y"),
            ("consumer_key", key.key),
            ("consumer_secret", key.secret),
            ("client_id", "env:ATLAST_ID"),
            ("client_secret", "env:ATLAST_SECRET"),
        ],
    )

    assert made.status == 0, made.out
    assert "FAULT" in made.out
    assert "No fault found." in made.out


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        pytest.param("SHOP_KEY", "ck_wrong", "REST API", id="the shop refuses the key"),
        pytest.param("ATLAST_SECRET", "wrong", "client_secret", id="At Last refuses the secret"),
    ],
)
def test_credentials_that_do_not_work_are_not_written(
    new: Ferry, name: str, value: str, words: str
) -> None:
    new.environ[name] = value

    result = new(*flags(new))

    assert result.status == 78
    assert words in result.out
    assert "No configuration was written" in result.out
    assert not new.config.exists()
    assert not (new.folder / "secrets").exists()


def test_a_variable_that_is_not_set_is_named_unless_nothing_is_tried(new: Ferry) -> None:
    del new.environ["SHOP_KEY"]

    tried = new(*flags(new))
    untried = new(*flags(new), "--no-check")

    assert tried.status == 2
    assert "env:SHOP_KEY is not set" in tried.err
    assert untried.status == 0, untried.err
    assert new.config.exists()


def test_without_a_terminal_everything_that_is_missing_is_named_at_once(new: Ferry) -> None:
    result = new("init", "--merchant", "bolt", "--platform", "woocommerce")

    assert result.status == 2
    for key in ("url", "consumer_key", "consumer_secret", "client_id", "client_secret"):
        assert f" {key} is missing" in result.err
    assert new("init").status == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param(["--shop", "consumer_key=ck_0123456"], "never the secret itself", id="secret"),
        pytest.param(["--shop", "consumer=env:K"], "no key of [woocommerce]", id="unknown key"),
        pytest.param(["--shop", "env:SHOP_KEY"], "not KEY=VALUE", id="no key"),
        pytest.param(["--merchant", "b/lt"], "not a usable name", id="name"),
        pytest.param(["--platform", "woocomerce"], "did you mean woocommerce?", id="platform"),
    ],
)
def test_an_option_that_cannot_be_used_says_why(new: Ferry, options: list[str], words: str) -> None:
    result = new(*flags(new), *options)

    assert result.status == 2
    assert words in result.err
    assert "ck_0123456" not in result.err
    assert not new.config.exists()


def test_another_merchant_gets_a_file_of_its_own(new: Ferry) -> None:
    first, *_ = new(*flags(new)), None
    before = new.config.read_text()

    second = new("--json", *flags(new, "acorn", atlast=False), "--merchant-id", "m-2")
    same = new(*flags(new, "acorn", atlast=False))
    known = new("check", "acorn").status

    assert first.status == 0
    assert second.status == 0, second.out + second.err
    assert second.document["written"] == [str(new.folder / "merchants.d" / "acorn.toml")]
    assert new.config.read_text() == before
    assert same.status == 78
    assert "already" in same.err
    assert known == 0
    assert not new.state.exists()  # whoever tries it out may be another user than the daemon


def test_two_shops_whose_orders_could_be_mixed_up_are_refused_and_nothing_stays(
    new: Ferry,
) -> None:
    new(*flags(new))

    result = new(*flags(new, "acorn", atlast=False))

    assert result.status == 78
    assert "same order ids" in result.err
    assert not list(new.folder.glob("merchants.d/*.toml"))
    assert new("check").status == 0


def test_a_configuration_that_includes_no_merchants_is_not_touched(ferry: Ferry) -> None:
    before = ferry.config.read_text()

    result = ferry(*flags(ferry, "acorn", atlast=False))

    assert result.status == 78
    assert 'include = ["merchants.d/*.toml"]' in result.err
    assert ferry.config.read_text() == before


def test_a_file_that_is_there_is_never_written_over(new: Ferry) -> None:
    secret = new.folder / "secrets" / "bolt-consumer-key"
    secret.parent.mkdir()
    secret.write_text("precious")

    result = at_a_terminal(
        new,
        flags(new, without="consumer_key"),
        [("consumer_key", new.shop.keys[0].key), ("At Last's id", "")],
    )

    assert result.status == 78
    assert "exists already" in result.out
    assert secret.read_text() == "precious"
    assert not new.config.exists()


def test_a_folder_that_does_not_exist_is_named(new: Ferry) -> None:
    result = new("--config", "nowhere/config.toml", *flags(new))

    assert result.status == 78
    assert "nowhere does not exist" in result.err


def test_from_nothing_to_the_first_delivered_orders_in_the_sandbox(new: Ferry) -> None:
    """The path of a new user: sandbox, init, sync, status, quarantine."""
    sandbox = new.start(
        *("--json", "sandbox", "--orders", "20"),
        *("--shop-port", "0", "--atlast-port", "0", "--shopify-port", "0", "--write", "trial"),
    )
    try:
        served = json.loads(read_json(sandbox))
        secrets = "file:trial/secrets"
        made = new(
            *("init", "--merchant", "bolt", "--platform", "woocommerce"),
            *("--shop", f"url={served['shop']}"),
            *("--shop", f"consumer_key={secrets}/shop-key"),
            *("--shop", f"consumer_secret={secrets}/shop-secret"),
            *("--atlast", f"base_url={served['atlast']}/v1"),
            *("--atlast", f"token_url={served['atlast']}/oauth2/token"),
            *("--atlast", f"client_id={secrets}/atlast-id"),
            *("--atlast", f"client_secret={secrets}/atlast-secret"),
        )
        synced = new("sync")
        status = new("status")
        listed = new("--json", "quarantine", "list")
    finally:
        new.finish(sandbox)

    assert made.status == 0, made.out + made.err
    assert "10 delivered, 1 refused" in synced.out
    assert status.out.startswith("Not well. bolt: 1 order is quarantined")
    assert len(listed.document["orders"]) == 1


def read_json(process: subprocess.Popen[str]) -> str:
    """The document that a command prints before it goes on working."""
    text = ""
    assert process.stdout is not None
    while not text.endswith("}\n"):
        line = process.stdout.readline()
        assert line, "the command ended"
        text += line
    return text
