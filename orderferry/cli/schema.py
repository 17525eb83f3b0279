"""`orderferry schema`: the JSON Schema of the configuration."""

from __future__ import annotations

import json

import click

from orderferry.config_schema import config_schema


@click.command("schema", epilog="Example: orderferry schema > config.schema.json")
def command() -> None:
    """
    Print the JSON Schema of the configuration, with the installed connectors' tables.

    Editors complete and check the TOML with it: begin the file with the line
    "#:schema ./config.schema.json".
    """
    click.echo(json.dumps(config_schema(), indent=2))
