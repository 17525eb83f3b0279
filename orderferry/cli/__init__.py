"""The command line: one module per command, imported when it is used."""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import click

from orderferry.cli.interrupts import Interrupts
from orderferry.errors import Exit

_COLLECTIONS = (10_000, 20, 20)
"""
How many objects come to be before Python looks for circles among them, and how often it looks far.

A page of orders is tens of thousands of objects, none in a circle: Python's own 700 made it walk
through each page a dozen times, for 6 % of a backfill's CPU, and through what a command imports for
30 ms. This costs 3 MB.
"""

COMMANDS = {
    "adopt": "Say that a shop has moved to the address in its table.",
    "alerts": "Show which alerts are open, or test the webhook that is told.",
    "backfill": "Read an explicit window or explicit orders again, and deliver them.",
    "backup": "Copy the state file, also while the daemon runs.",
    "check": "Test configuration, shops and At Last; one remedy per fault.",
    "demo": "Show everything at work against the built-in simulators; no account needed.",
    "init": "Write a configuration for a shop, after trying its credentials.",
    "preview": "Show an order as it would be sent; nothing is sent.",
    "quarantine": "List, show, retry or drop orders that could not be sent.",
    "readiness": "List what products lack for returns from abroad.",
    "rename": "Give a merchant another name, with all that is known of it.",
    "run": "Run the daemon.",
    "sandbox": "Serve the simulators, to try a configuration against.",
    "schema": "Print the JSON Schema of the configuration, for editors.",
    "status": "Show per merchant what happened last, what waits and what is wrong.",
    "sweep": "Compare the last 60 days of each shop with the ledger now.",
    "sync": "Poll once and deliver once, then exit.",
    "watermark": "Show up to where each shop has been read, or set it by hand.",
}


@dataclass(slots=True)
class _Process:
    """What `main` and the command that it runs know of each other."""

    interrupts: Interrupts
    typed: Callable[[str], str] = str
    """Makes the commands in a text such that they work when they are typed; see App."""


class _Lazy(click.Group):
    """Imports a command's module only when that command is used or its help is shown."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"orderferry.cli.{name}")
        command: click.Command = module.command
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib  # noqa: PLC0415 - only for a typing error

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(f"{error.message}{hint}", ctx) from None


def default_config() -> Path:
    """Returns the configuration that is meant where --config names none."""
    return Path(os.environ.get("ORDERFERRY_CONFIG") or "config.toml")


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Exit status: 0 done; 1 done, but something needs you; 2 wrong usage;
75 try again later; 77 credentials refused; 78 configuration;
130, 143, 129 interrupted by Ctrl-C, SIGTERM, SIGHUP.
\b
Shell completion, also of merchants' names, for ~/.bashrc:
  eval "$(_ORDERFERRY_COMPLETE=bash_source orderferry)"
(zsh: zsh_source in ~/.zshrc; fish: fish_source piped into source)""",
)
@click.option(
    "--config",
    "-c",
    type=click.Path(dir_okay=False, path_type=Path),
    default=default_config,
    show_default="$ORDERFERRY_CONFIG, then config.toml",
    help="The configuration file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")
@click.option("--debug", is_flag=True, help="Log at the debug level; show tracebacks.")
@click.version_option(package_name="orderferry", message="%(package)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, config: Path, *, as_json: bool, debug: bool) -> None:
    """
    Carry shipped orders from Shopify and WooCommerce shops to the At Last returns platform.

    \b
    First steps:
      orderferry demo      everything at work, without an account
      orderferry init      asks for a shop, tries its keys, writes config.toml
      orderferry check     tests everything; one remedy per fault
      orderferry sync      one poll and one delivery
      orderferry run       the daemon
      orderferry status    is all well? otherwise: what to do
    """  # noqa: D301 - \b is click's mark for a block that keeps its lines
    from orderferry.cli.app import App  # noqa: PLC0415 - keeps --help fast

    process, ctx.obj = ctx.obj, App(config, as_json=as_json, debug=debug)
    if isinstance(process, _Process):
        process.typed = ctx.obj.typed
        if ctx.invoked_subcommand != "run":  # which has its own way
            process.interrupts.catch()


def main(argv: list[str] | None = None) -> NoReturn:
    """Runs the command line and exits with the documented status."""
    gc.set_threshold(*_COLLECTIONS)
    words = sys.argv[1:] if argv is None else argv
    debug, as_json = "--debug" in words, "--json" in words
    process = _Process(interrupts := Interrupts())
    try:
        _require_text(words)
        status: Any = cli.main(
            args=argv, prog_name="orderferry", standalone_mode=False, obj=process
        )
    except click.exceptions.Abort:
        _end(interrupts, as_json=as_json)
    except click.ClickException as error:
        error.show()
        tell_faults([error.format_message()], as_json=as_json)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        _drop_output()  # the reader of a pipe went away; nothing is left to say
        sys.exit(1)
    except Exception as error:  # the outermost boundary: a traceback is a bug
        if interrupts.begun:  # what the end of a shell took away could not be written to
            _end(interrupts, as_json=as_json)
        if debug:
            raise
        if (why := _unwritable()) is not None:
            _drop_output()
            click.echo(f"The result cannot be written: {why}. What was done is kept.", err=True)
            sys.exit(Exit.TRY_LATER)
        from orderferry.cli.app import fail  # noqa: PLC0415 - keeps --help fast

        sys.exit(fail(error, process.typed, as_json=as_json))
    sys.exit(status if isinstance(status, int) else 0)


def tell_faults(faults: Sequence[str], *, as_json: bool) -> None:
    """Prints the document of a command that could not do its work, if programs are to read it."""
    if as_json:
        document = {"ok": False, "faults": list(faults)}
        try:
            click.echo(json.dumps(document, ensure_ascii=False, indent=2))
        except OSError:  # a full disk; people have read it on standard error
            _drop_output()


def _require_text(words: Sequence[str]) -> None:
    """Refuses what cannot be an id, a name or a note; a file may have any name."""
    for before, word in zip(("", *words), words, strict=False):
        told = word.encode(errors="backslashreplace").decode()
        is_path = before in {"-c", "--config"} or word.startswith("--config=")
        if told != word and not is_path:
            raise click.UsageError(f"{told!r} is not UTF-8 text; correct it.")


def _unwritable() -> str | None:
    """Returns why standard output takes nothing, None if it does."""
    try:
        sys.stdout.flush()
    except OSError as error:
        return error.strerror
    return None


def _drop_output() -> None:
    """Gives what is not written yet to nobody, so that Python does not fail on it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _end(interrupts: Interrupts, *, as_json: bool) -> NoReturn:
    """Ends the process at once: a worker thread may wait for a slow shop; the state is durable."""
    words = "Interrupted; what was read and delivered so far is kept."
    with suppress(OSError):  # nobody may be there any more to read it
        click.echo(words, err=True)
        tell_faults([words], as_json=as_json)
        sys.stderr.flush()
    os._exit(interrupts.status)
