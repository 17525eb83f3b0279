"""
A simulator of At Last that takes nothing on trust.

It is written from the contract alone and shares no code with what it judges.
"""

from orderferry.sandbox.atlast.service import AtLast

__all__ = ["AtLast"]
