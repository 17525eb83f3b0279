"""`orderferry schema`: every configuration key, for editors and for people."""

from __future__ import annotations

import json

import click

from orderferry.config_reference import config_reference
from orderferry.config_schema import config_schema


@click.command("schema", epilog="Example: orderferry schema > config.schema.json")
@click.option("--markdown", is_flag=True, help="A reference for people instead.")
def command(*, markdown: bool) -> None:
    """
    Print the JSON Schema of the configuration, with the installed connectors' tables.

    Editors complete and check the TOML with it: begin the file with the line
    "#:schema ./config.schema.json".
    """
    click.echo(
        config_reference() if markdown else json.dumps(config_schema(), indent=2), nl=not markdown
    )
