"""
Reads every order with Airbyte's source-woocommerce; runs under that connector's own Python.

    python airbyte_orders.py woocommerce ADDRESS FOLDER

The connector's manifest is changed in one word, https to http; the messages are
made and counted, not printed. Nothing is mapped or delivered.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

SINCE = timedelta(days=55)  # every order of the server is younger


def main() -> None:
    """Reads the stream "orders" and prints how many records there were."""
    import source_woocommerce  # noqa: PLC0415 - only where the peer is installed
    import yaml  # noqa: PLC0415 - the same
    from airbyte_cdk.entrypoint import AirbyteEntrypoint  # noqa: PLC0415 - the same
    from airbyte_cdk.sources.declarative.manifest_declarative_source import (  # noqa: PLC0415 - the same
        ManifestDeclarativeSource,
    )

    _, address, place = sys.argv[1:]
    folder = Path(place)
    manifest = Path(source_woocommerce.__file__).with_name("manifest.yaml").read_text("utf-8")
    source = ManifestDeclarativeSource(
        source_config=yaml.safe_load(manifest.replace('url_base: "https:', 'url_base: "http:'))
    )
    config = {
        "api_key": "ck_bench",
        "api_secret": "cs_bench",
        "shop": address.removeprefix("http://"),
        "start_date": f"{(datetime.now(UTC) - SINCE).date()}",
    }
    stream = {"name": "orders", "json_schema": {}, "supported_sync_modes": ["full_refresh"]}
    chosen = {"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "append"}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "catalog.json").write_text(json.dumps({"streams": [chosen]}), encoding="utf-8")
    arguments = ["--config", str(folder / "config.json"), "--catalog", str(folder / "catalog.json")]
    parsed = AirbyteEntrypoint.parse_args(["read", *arguments])
    records = sum('"type":"RECORD"' in line for line in AirbyteEntrypoint(source).run(parsed))
    print(json.dumps({"orders": records}))


if __name__ == "__main__":
    main()
