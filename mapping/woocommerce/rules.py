"""What a merchant's WooCommerce settings tell mapping."""

from __future__ import annotations

from typing import Literal, Protocol


class Rules(Protocol):
    """
    The part of the table [merchants.NAME.woocommerce] that decides what an order becomes.

    Whether order notes are searched for a tracking number is not asked here:
    they are if the connector hands them over as `related["notes"]`.
    """

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
        """Product meta keys or attributes that hold the HS code."""

    @property
    def origin_meta_keys(self) -> tuple[str, ...]:
        """Product meta keys or attributes that hold the country of origin."""

    @property
    def sub_orders(self) -> Literal["skip", "send"]:
        """What happens to orders with a parent."""
