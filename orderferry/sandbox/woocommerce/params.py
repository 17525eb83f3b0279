"""Parameters of a list request, refused with WordPress's own sentences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from orderferry.sandbox.woocommerce.php_query import PhpQuery
from orderferry.sandbox.woocommerce.rest import RestError
from orderferry.sandbox.woocommerce.site_time import SiteTime


class Params:
    """
    Reads parameters by type and collects what is wrong with them.

    Unknown parameters are ignored, as WordPress does. Call `check` after the last
    one was read and before any value is used. What was read is put back clean, lists
    as arrays: that is how it comes out again in the links to other pages.
    """

    def __init__(self, query: PhpQuery) -> None:
        self.query = query
        self._problems: dict[str, tuple[str, str]] = {}

    def text(self, name: str, default: str = "") -> str:
        """Returns a string; an array counts as not given."""
        value = self.query.get(name, default)
        return value if isinstance(value, str) else default

    def integer(self, name: str, default: int, *, low: int, high: int | None = None) -> int:
        """Returns a whole number inside the bounds."""
        if name not in self.query:
            return default
        try:
            value = int(self.text(name))
        except ValueError:
            self._refuse(name, "rest_invalid_type", f"{name} is not of type integer.")
            return default
        if high is not None and not low <= value <= high:
            span = f"between {low} (inclusive) and {high} (inclusive)"
            self._refuse(name, "rest_out_of_bounds", f"{name} must be {span}")
        elif value < low:
            self._refuse(
                name, "rest_out_of_bounds", f"{name} must be greater than or equal to {low}"
            )
        return value

    def boolean(self, name: str) -> bool:
        """Returns a flag; false when it is not given."""
        value = self.text(name, "false").lower()
        if value not in {"true", "false", "1", "0"}:
            self._refuse(name, "rest_invalid_type", f"{name} is not of type boolean.")
        flag = value in {"true", "1"}
        if name in self.query:
            self.query[name] = "1" if flag else "0"
        return flag

    def choice(self, name: str, default: str, allowed: Sequence[str]) -> str:
        """Returns one of the allowed words."""
        value = self.text(name, default)
        if value not in allowed:
            self._refuse(name, "rest_not_in_enum", f"{name} is not one of {_series(allowed)}.")
        return value

    def choices(self, name: str, default: Sequence[str], allowed: Sequence[str]) -> list[str]:
        """Returns several of the allowed words; one unknown word refuses them all."""
        values = self.words(name) if name in self.query else list(default)
        for index, value in enumerate(values):
            if value not in allowed:
                problem = f"{name}[{index}] is not one of {_series(allowed)}."
                self._refuse(name, "rest_not_in_enum", problem)
                break
        return self._keep(name, values)

    def words(self, name: str) -> list[str]:
        """Returns a list, given as `a,b` or as `name[]=a&name[]=b`."""
        value = self.query.get(name, "")
        if isinstance(value, dict):
            return list(value.values())
        return value.replace(",", " ").split()

    def ids(self, name: str) -> list[int]:
        """Returns a list of whole numbers."""
        words = self.words(name)
        for index, word in enumerate(words):
            if not word.lstrip("-").isdigit():
                problem = f"{name}[{index}] is not of type integer."
                self._refuse(name, "rest_invalid_type", problem)
                return []
        return [int(word) for word in self._keep(name, words)]

    def instant(self, name: str, site: SiteTime) -> datetime | None:
        """Returns an instant, None if it is not given; a bare date is refused."""
        if name not in self.query:
            return None
        at = site.parse(self.text(name))
        if at is None:
            self._refuse(name, "rest_invalid_date", "Invalid date.")
        return at

    def check(self) -> None:
        """Raises the 400 that names every refused parameter."""
        if not self._problems:
            return
        raise RestError(
            400,
            "rest_invalid_param",
            f"Invalid parameter(s): {', '.join(self._problems)}",
            {
                "params": {name: message for name, (_, message) in self._problems.items()},
                "details": {
                    name: {"code": code, "message": message, "data": None}
                    for name, (code, message) in self._problems.items()
                },
            },
        )

    def _keep(self, name: str, values: list[str]) -> list[str]:
        if name in self.query:
            self.query[name] = {str(index): value for index, value in enumerate(values)}
        return values

    def _refuse(self, name: str, code: str, message: str) -> None:
        self._problems[name] = (code, message)


def _series(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])}, and {words[-1]}"
