"""Refused credentials: once they are replaced in their files, work goes on by itself (R5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from orderferry.runs import Report
from orderferry.sandbox.woocommerce.keys import ApiKey
from state import RunOutcome
from tests.attack.world import World

RESTART = "For a new secret restart the daemon"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A process whose secrets are all in files."""
    world = World(tmp_path)
    keep_in_files(world, *world.environ)
    world.start()
    yield world
    world.close()


def keep_in_files(world: World, *names: str) -> None:
    for name in names:
        put(world, name, world.environ[name])
    world.in_files = set(names)


def put(world: World, name: str, secret: str) -> None:
    (world.folder / name).write_text(f"{secret}\n")


def put_new_key(world: World, old: ApiKey) -> None:
    key = world.shop.grant(replace(old, key="ck_new_71c0", secret="cs_new_3f9e"))
    put(world, "bolt_key", key.key)
    put(world, "bolt_secret", key.secret)


def polled(world: World) -> Report:
    world.wait(60)
    report = world.poll()
    assert report is not None
    return report


def delivered(world: World) -> Report:
    world.wait(60)
    report = world.deliver()
    assert report is not None
    return report


def add_pending(world: World) -> str:
    order_id = world.shop.add_order(
        status="completed",
        created_at=world.now - timedelta(days=1),
        modified_at=world.now - timedelta(days=1),
        tracking=[("1Z999AA10123456784", "ups")],
    )
    assert polled(world).outcome is RunOutcome.DONE
    return str(order_id)


def refused(world: World) -> tuple[ApiKey, Report]:
    """Returns the key that is refused from now on, and the poll that found out."""
    key = world.shop.keys[0]
    world.shop.revoke(key)
    report = polled(world)
    assert report.outcome is RunOutcome.CREDENTIALS
    return key, report


def test_a_shops_key_that_was_replaced_in_its_file_is_used_by_the_next_poll(world: World) -> None:
    assert polled(world).outcome is RunOutcome.DONE
    key, _ = refused(world)
    still = polled(world)
    put_new_key(world, key)

    with capture_logs() as logged:
        after = polled(world)

    assert still.outcome is RunOutcome.CREDENTIALS
    assert RESTART not in str(still.problem)
    assert after.outcome is RunOutcome.DONE
    assert [(it["action"], it["subject"]) for it in logged if "secrets" in it["action"]] == [
        ("secrets_replaced", "bolt")
    ]


def test_an_accounts_secret_that_was_replaced_in_its_file_is_used_by_the_next_delivery(
    world: World,
) -> None:
    order_id = add_pending(world)
    world.atlast.client_secret = "hush-new-3b6d"
    before = delivered(world)
    put(world, "secret", "hush-new-3b6d")

    after = delivered(world)

    assert before.outcome is RunOutcome.CREDENTIALS
    assert after.outcome is RunOutcome.DONE
    assert world.accepted(order_id) == 1


def test_secrets_that_work_are_not_read_again(world: World) -> None:
    polled(world)
    (world.folder / "bolt_key").unlink()

    assert polled(world).outcome is RunOutcome.DONE


def test_a_refused_secret_whose_file_cannot_be_read_is_told_and_kept(world: World) -> None:
    key, _ = refused(world)
    (world.folder / "bolt_key").unlink()

    still = polled(world)
    world.shop.grant(key)
    after = polled(world)

    assert still.outcome is RunOutcome.CREDENTIALS
    assert str(still.problem).endswith(
        " merchants.bolt.woocommerce.consumer_key file:bolt_key cannot be read (No such file or"
        " directory); correct the path or its mode."
    )
    assert after.outcome is RunOutcome.DONE


def test_what_else_changed_in_the_configuration_waits_for_a_reload(world: World) -> None:
    key, _ = refused(world)
    put_new_key(world, key)
    world.services.config.path.write_text("[merchants.bolt]\n")

    assert polled(world).outcome is RunOutcome.DONE


def test_a_reload_while_the_files_are_read_is_not_undone(world: World) -> None:
    before = world.services.merchant("bolt")
    reloaded = replace(before, resend_on_change=True)
    world.services.replace_config(replace(world.services.config, merchants={"bolt": reloaded}))

    world.services.replace_merchant(before, replace(before, first_sync=timedelta()))

    assert world.services.merchant("bolt") is reloaded


@pytest.mark.parametrize(
    ("in_files", "told"),
    [
        pytest.param(("id", "secret"), (True, False), id="the shop's"),
        pytest.param(("bolt_key", "bolt_secret"), (False, True), id="the account's"),
    ],
)
def test_secrets_in_variables_take_a_restart_and_the_remedy_says_so(
    tmp_path: Path, in_files: tuple[str, ...], told: tuple[bool, bool]
) -> None:
    world = World(tmp_path)
    keep_in_files(world, *in_files)
    world.start()
    add_pending(world)
    world.atlast.client_secret = "hush-new-3b6d"

    (_, at_the_shop), at_the_account = refused(world), delivered(world)

    assert at_the_account.outcome is RunOutcome.CREDENTIALS
    assert (RESTART in str(at_the_shop.problem), RESTART in str(at_the_account.problem)) == told
    world.close()
