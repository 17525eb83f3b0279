"""A platform that orderferry does not know: shops that keep their orders in a file."""

from .connector import PLATFORM
from .mapper import build_mapper

__all__ = ["PLATFORM", "build_mapper"]
