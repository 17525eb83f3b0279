"""`orderferry alerts`: which alerts are open, and whether the webhook can be told."""

from __future__ import annotations

from collections.abc import Sequence

import click
from rich.console import Console

from orderferry.alert_settings import AlertSettings
from orderferry.cli.app import App
from orderferry.config import Config
from orderferry.errors import CommandError, Exit


@click.command("alerts", epilog="Example: orderferry --config config.toml alerts --test")
@click.option("--test", is_flag=True, help="Post a test message to the webhook.")
@click.pass_obj
def command(app: App, *, test: bool) -> int:
    """
    Show which alerts have been told and are not over.

    The daemon posts to the webhook of [alerts] when credentials are refused, polls
    do not succeed, the quarantine grows or orders are not delivered; once when it
    begins and once when it is over. With --test a message is posted now: ends with
    75 if the webhook does not take it.
    """
    app.quiet_logs()
    config = app.config(secrets=test)
    if config.alerts is None:
        raise CommandError(
            f"{config.path}: has no table [alerts]; add one with the url of your webhook"
            " (config.example.toml shows every key).",
            Exit.CONFIG,
        )
    if test:
        _tell(app, config, config.alerts)
        app.emit(
            {"open": None, "posted": True},
            lambda console: console.print("The webhook took the test message."),
        )
        return Exit.DONE
    told = _open(app, config)
    app.emit(
        {
            "open": [{"alert": kind, "subject": subject} for kind, subject in told],
            "posted": False,
        },
        lambda console: _show(console, told),
    )
    return Exit.PARTLY if told else Exit.DONE


def _tell(app: App, config: Config, settings: AlertSettings) -> None:
    from orderferry.webhook import Undelivered, message, post  # noqa: PLC0415 - for --test only

    with app.services(config) as services:
        document = message(settings.format, (), host=services.owner.host, now=services.clock.now())
        try:
            post(settings, document, services.surroundings)
        except Undelivered as error:
            raise CommandError(str(error), Exit.TRY_LATER) from None


def _open(app: App, config: Config) -> Sequence[tuple[str, str]]:
    from orderferry.alerting import remembered  # noqa: PLC0415 - not for --test
    from orderferry.alerts import open_alerts  # noqa: PLC0415 - the same

    with app.looking(config) as store:
        return sorted(open_alerts(remembered(store)))


def _show(console: Console, told: Sequence[tuple[str, str]]) -> None:
    if not told:
        console.print("No alert is open.")
    for kind, subject in told:
        console.print(f"{kind}: {subject}", markup=False, soft_wrap=True)
