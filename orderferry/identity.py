"""Whether a merchant is the shop that its ledger is about, and whether a ledger has one; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from connectors.settings import duration_text
from mapping.policy import OLDEST_ORDER
from orderferry.config import Merchant
from state import Shop, StateStore


@dataclass(frozen=True, slots=True)
class Known:
    """What the state knows of shops."""

    shops: Mapping[str, Shop]
    """By merchant, also of names that are in no table any more."""
    begun: frozenset[str]
    """The merchants that have something to lose: orders, or a watermark."""

    @classmethod
    def about(cls, store: StateStore, merchant: Merchant) -> Self:
        """Returns it as far as this merchant alone is concerned; costs no more beside thousands."""
        shops = {**store.shops(like=merchant.shop), **store.shops([merchant.name])}
        return cls(shops, store.begun([*{*shops, merchant.name}]))

    @classmethod
    def of(cls, store: StateStore, names: Iterable[str]) -> Self:
        """Returns it as far as these merchants, and all whose shop was noted, are concerned."""
        shops = store.shops()
        return cls(shops, store.begun([*{*shops, *names}]))


@dataclass(frozen=True, slots=True)
class Objection:
    """What is wrong between tables and ledgers: a sentence, and its remedy."""

    found: str
    remedy: str


def objection(
    merchant: Merchant, merchants: Mapping[str, Merchant], known: Known
) -> Objection | None:
    """
    Returns why reading the merchant would lose or double orders, None if it would not.

    An older state file knows of no shops, and a ledger that holds nothing can be
    about any: then the merchant is taken at its word.
    """
    was, shop = known.shops.get(merchant.name), merchant.shop
    if merchant.name in known.begun:
        if was is None or was == shop:
            return None
        return Objection(
            f"The table of {merchant.name} names the shop {_told(shop, was)}, but its ledger is"
            f" about {_told(was, shop)}: nothing is read or sent.",
            f"Correct a slip; if the shop moved, say so: orderferry adopt {merchant.name}; if it is"
            " another shop, give it a name of its own.",
        )
    for other in namesakes(merchant, merchants, known):
        return Objection(
            f"The shop {shop.address} is known as {other}: under the name {merchant.name}, all of"
            f" the last {duration_text(OLDEST_ORDER)} would be sent again.",
            f"Name the table {other} again, or take its ledger over: orderferry rename {other}"
            f" {merchant.name}",
        )
    return None


def nobodys(unsent: Mapping[str, int]) -> Objection | None:
    """
    Returns what to say of orders that nobody will send, None if there are none.

    Args:
        unsent: How many there are, by merchants that no table names.

    """
    if not unsent:
        return None
    number = sum(unsent.values())
    orders = f"{number:,} unsent {'order' if number == 1 else 'orders'}"
    if len(unsent) == 1:
        (name,) = unsent
        return Objection(
            f"The state holds {orders} of {name}, which no table names.",
            "Restore its table (with enabled = false, if nothing is to be sent), or give them to"
            f" the name that it has now: orderferry rename {name} NEW",
        )
    return Objection(
        f"The state holds {orders} of {len(unsent)} merchants that no table names.",
        "Restore their tables (with enabled = false, if nothing is to be sent), or give them to"
        " the names that they have now: orderferry rename OLD NEW",
    )


def namesakes(
    merchant: Merchant, merchants: Mapping[str, Merchant], known: Known
) -> tuple[str, ...]:
    """
    Returns the other names under which orders of the merchant's shop are in the ledger.

    But not of enabled merchants whose tables name the same shop: two of them beside
    each other are meant, and `check` says what that means.
    """

    def is_beside(name: str) -> bool:
        other = merchants.get(name)
        return other is not None and other.enabled and other.shop == merchant.shop

    return tuple(
        name
        for name, shop in known.shops.items()
        if shop == merchant.shop
        and name in known.begun
        and name != merchant.name
        and not is_beside(name)
    )


def _told(shop: Shop, beside: Shop) -> str:
    """Returns the address, with the platform where that is the difference."""
    return shop.address if shop.platform == beside.platform else str(shop)
