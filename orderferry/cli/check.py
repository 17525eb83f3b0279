"""`orderferry check`: one line per fact, one remedy per fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from connectors.base import CheckResult, Verdict
from orderferry.atlast_check import check_account
from orderferry.cli.app import App, pick
from orderferry.cli.completion import merchant_argument
from orderferry.clock import Clock
from orderferry.errors import Exit
from orderferry.services import Services, account_of
from state import SqliteStore, StateError, inspect

_MARKS = {
    Verdict.OK: ("ok", "green"),
    Verdict.WARNING: ("warn", "yellow"),
    Verdict.FAULT: ("FAULT", "red"),
}


Facts = Mapping[str, Sequence[CheckResult]]
"""Subject -> what was found out about it."""


@click.command("check", epilog="Example: orderferry --config config.toml check bolt")
@merchant_argument("merchants", nargs=-1)
@click.pass_obj
def command(app: App, merchants: Sequence[str]) -> int:
    """
    Test the configuration, the state file, the shops and At Last.

    Reads only; nothing is stored or sent.
    """
    app.quiet_logs()
    config = app.config()
    names = pick(config, merchants)
    groups: dict[str, list[CheckResult]] = {
        "configuration": [
            CheckResult(
                "configuration",
                Verdict.OK,
                f"{app.config_path}: {len(config.merchants)} merchant(s), no fault",
            )
        ]
    }
    try:
        store = SqliteStore.open(config.state_path, now=Clock().now())
    except StateError as error:
        groups["configuration"].append(CheckResult("state", Verdict.FAULT, str(error)))
        return _finish(app, groups)
    services = Services(config, store, Clock())
    try:
        groups["configuration"].append(_state(config.state_path))
        groups |= ask_outside(names, services)
    finally:
        services.close()
    return _finish(app, groups)


def _state(path: Path) -> CheckResult:
    """Returns what is to be known of the state file, all of it read."""
    try:
        facts = inspect(path)
    except StateError as error:
        return CheckResult("state", Verdict.FAULT, str(error))
    last = f"{facts.last_run_at:%Y-%m-%d %H:%M} UTC" if facts.last_run_at else "never"
    return CheckResult(
        "state",
        Verdict.OK,
        f"{path}: whole, {facts.orders} orders, {facts.size:,} bytes; last run {last}",
    )


def ask_outside(names: Sequence[str], services: Services) -> dict[str, list[CheckResult]]:
    """Returns the facts about every shop and account, asked for in parallel."""
    jobs: dict[str, Callable[[], list[CheckResult]]] = {}
    for name in names:
        merchant = services.merchant(name)
        jobs[f"{name} ({merchant.where})"] = lambda m=merchant: list(  # type: ignore[misc] # binds this round's merchant
            services.connector(m)[0].check()
        )
        jobs.setdefault(
            f"At Last ({merchant.account})",
            lambda m=merchant: check_account(account_of(m), services.surroundings),  # type: ignore[misc] # as above
        )
    with ThreadPoolExecutor(services.config.daemon.workers) as pool:
        futures = {subject: pool.submit(job) for subject, job in jobs.items()}
        return {subject: future.result() for subject, future in futures.items()}


def _finish(app: App, groups: Facts) -> int:
    faults = count_faults(groups)
    app.emit({"ok": not faults, "facts": document(groups)}, lambda console: show(console, groups))
    return Exit.PARTLY if faults else Exit.DONE


def count_faults(groups: Facts) -> int:
    """Returns how many facts are faults."""
    return sum(result.verdict is Verdict.FAULT for facts in groups.values() for result in facts)


def document(groups: Facts) -> list[dict[str, str]]:
    """Returns the facts as JSON values, one by one."""
    return [
        {
            "subject": subject,
            "name": result.name,
            "verdict": result.verdict.value,
            "found": result.found,
            "remedy": result.remedy,
        }
        for subject, facts in groups.items()
        for result in facts
    ]


def show(console: Console, groups: Facts) -> None:
    """Prints one line per fact, and the remedy under each that needs one."""
    for subject, facts in groups.items():
        console.print(Text(subject, style="bold"))
        for result in facts:
            word, colour = _MARKS[result.verdict]
            line = Text.assemble("  ", (f"{word:<6}", colour), f"{result.name}: {result.found}")
            console.print(line, soft_wrap=True)
            if result.remedy:
                console.print(Text(f"         {result.remedy}"), soft_wrap=True)
    faults = count_faults(groups)
    console.print(f"\n{faults} fault(s) to mend." if faults else "\nNo fault found.")
