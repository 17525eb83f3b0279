"""
Reads every order with dlt's rest_api source; runs under the peers' Python, not ours.

    python dlt_orders.py woocommerce|shopify ADDRESS FOLDER

Prints how many orders were extracted. Extraction only: dlt reads the pages and
writes the rows, untouched, into its load packages; nothing is normalised,
mapped or delivered.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

PAGE = 100

WHOLE = """query Whole($first: Int!, $after: String) {
  orders(first: $first, after: $after, sortKey: UPDATED_AT) {
    nodes { id }
    pageInfo { hasNextPage endCursor }
  }
}"""
"""The server answers it with the orders as orderferry asks for them, whole."""


def woocommerce(address: str) -> dict[str, Any]:
    """Returns the configuration of a shop's order list: offset pages by the Link header."""
    return {
        "client": {
            "base_url": f"{address}/wp-json/wc/v3/",
            "auth": {"type": "http_basic", "username": "ck_bench", "password": "cs_bench"},
            "paginator": {"type": "header_link"},
        },
        "resources": [
            {
                "name": "orders",
                "endpoint": {
                    "path": "orders",
                    "params": {"per_page": PAGE, "orderby": "id", "order": "asc"},
                },
            }
        ],
    }


def shopify(address: str) -> dict[str, Any]:
    """Returns the configuration of a shop's orders by GraphQL, paged by cursor."""
    return {
        "client": {
            "base_url": f"{address}/admin/api/2026-10/",
            "headers": {"X-Shopify-Access-Token": "shpat_bench"},
        },
        "resources": [
            {
                "name": "orders",
                "endpoint": {
                    "path": "graphql.json",
                    "method": "POST",
                    "json": {
                        "query": WHOLE.replace("{", "{{").replace("}", "}}"),
                        "variables": {"first": PAGE},
                    },
                    "data_selector": "data.orders.nodes",
                    "paginator": {
                        "type": "cursor",
                        "cursor_path": "data.orders.pageInfo.endCursor",
                        "cursor_body_path": "variables.after",
                        "has_more_path": "data.orders.pageInfo.hasNextPage",
                    },
                },
            }
        ],
    }


def main() -> None:
    """Extracts and prints the number of rows."""
    platform, address, folder = sys.argv[1:]
    os.environ |= {
        "DLT_DATA_DIR": folder,
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "EXTRACT__WORKERS": "1",
    }
    import dlt  # noqa: PLC0415 - it reads the environment when it is imported
    from dlt.sources.rest_api import rest_api_source  # noqa: PLC0415 - the same

    config = woocommerce(address) if platform == "woocommerce" else shopify(address)
    pipeline = dlt.pipeline("bench", destination="filesystem", pipelines_dir=folder)
    info = pipeline.extract(rest_api_source(config))
    rows = sum(
        count.items_count
        for package in info.metrics.values()
        for metrics in package
        for name, count in metrics["table_metrics"].items()
        if name == "orders"
    )
    print(json.dumps({"orders": rows, "folder": len(list(Path(folder).iterdir()))}))


if __name__ == "__main__":
    main()
