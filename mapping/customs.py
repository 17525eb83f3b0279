"""What customs ask of a product, out of what merchants type."""

from __future__ import annotations

import re

from mapping.raw import as_text

_HS_CODE = re.compile(r"[A-Za-z:# ]*([0-9][0-9. \-]*)")
_SHORTEST_HS_CODE = 4
"""A heading; less is a chapter or a plugin's way of saying "unset" ("0")."""
_ALPHA_2 = re.compile(r"[A-Z]{2}")


def hs_code(value: object) -> str:
    """Returns the digits of a Harmonized System code ("HS 6912.00" is "691200"), empty if none."""
    match = _HS_CODE.fullmatch(as_text(value))
    digits = re.sub(r"[^0-9]", "", match[1]) if match else ""
    return digits if len(digits) >= _SHORTEST_HS_CODE else ""


def country_code(value: object) -> str:
    """Returns an ISO 3166-1 alpha-2 code in upper case, empty if *value* is none; UK is GB."""
    code = as_text(value).upper()
    if code == "UK":
        return "GB"
    return code if _ALPHA_2.fullmatch(code) else ""
