"""What a merchant's WooCommerce settings tell mapping."""

from __future__ import annotations

from typing import Literal, Protocol


class Rules(Protocol):
    """The part of the table [merchants.NAME.woocommerce] that decides what an order becomes."""

    @property
    def shipped_statuses(self) -> tuple[str, ...]:
        """Order statuses that mean shipped."""

    @property
    def tracking_meta_keys(self) -> tuple[str, ...]:
        """Order meta keys that hold a tracking number."""

    @property
    def carrier_meta_key(self) -> str:
        """Order meta key that holds the carrier; empty for none."""

    @property
    def hs_code_meta_keys(self) -> tuple[str, ...]:
        """Product meta keys that hold the HS code."""

    @property
    def origin_meta_keys(self) -> tuple[str, ...]:
        """Product meta keys that hold the country of origin."""

    @property
    def sub_orders(self) -> Literal["skip", "send"]:
        """What happens to orders with a parent."""
