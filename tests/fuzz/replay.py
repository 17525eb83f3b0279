"""
Maps every document of a corpus, and prints the lines and branches of mapping that they reach.

python -m tests.fuzz.replay PLATFORM FOLDER; prints per cent.
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import coverage

_OTHER = {"shopify": "mapping/woocommerce/*", "woocommerce": "mapping/shopify/*"}


def main(platform: str, folder: Path) -> None:
    """Prints the share, without the other platform's modules."""
    measured = coverage.Coverage(
        data_file=None, config_file=False, branch=True, source=["mapping"], omit=[_OTHER[platform]]
    )
    with measured.collect():
        # what runs while a module is imported counts too
        from tests.fuzz.orders import mapped  # noqa: PLC0415
        from tests.fuzz.seeds import PLATFORMS  # noqa: PLC0415

        (known,) = (name for name in PLATFORMS if name == platform)
        for path in folder.iterdir():
            try:
                document = json.loads(path.read_bytes())
            except (ValueError, RecursionError):
                continue
            mapped(known, document if isinstance(document, dict) else {"order": document})
    print(f"{measured.report(file=io.StringIO()):.1f}")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
