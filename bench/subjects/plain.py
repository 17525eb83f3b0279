"""
The plain loop: every page with httpx, decoded, counted, forgotten.

    python plain.py ADDRESS DECODER

DECODER is none (bytes only), json, orjson or pydantic (pydantic_core.from_json).
Imports nothing of the project, so that it runs under the peers' Python too.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import httpx


def decoder(name: str) -> Callable[[bytes], Any]:
    """Returns the function of that name."""
    if name == "orjson":
        import orjson  # noqa: PLC0415 - only where peers are

        return orjson.loads  # type: ignore[no-any-return]
    if name == "pydantic":
        from pydantic_core import from_json  # noqa: PLC0415 - only where it is asked for

        return from_json
    return json.loads if name == "json" else lambda page: [None] * page.count(b'"order_key"')


def main() -> None:
    """Reads the pages and prints how many orders there were."""
    address, name = sys.argv[1:]
    decode, orders, url = decoder(name), 0, f"{address}/wp-json/wc/v3/orders"
    asked: dict[str, str] | None = {"per_page": "100", "orderby": "id", "order": "asc"}
    with httpx.Client(auth=("ck_bench", "cs_bench")) as client:
        while url:
            answer = client.get(url, params=asked).raise_for_status()
            orders += len(decode(answer.content))
            url, asked = answer.links.get("next", {}).get("url", ""), None
    print(json.dumps({"orders": orders}))


if __name__ == "__main__":
    main()
