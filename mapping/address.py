"""Who received the parcel and where, as the contract wants it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mapping.customs import country_code
from mapping.ingest import Address, Customer, is_email
from mapping.policy import Policy
from mapping.raw import Unmappable

WITH_PROVINCE = frozenset({"US", "CA", "AU"})
"""Where At Last needs the state. Elsewhere shops hold codes of their own ("JP13", "DE-BE")."""

US_TERRITORIES = frozenset({"AS", "GU", "MP", "PR", "VI"})
"""Countries by ISO 3166-1, states by the postal service, under the same two letters."""

_HIDDEN = "AE AO BO BS BW BZ CW MZ NG SR ST UG WS ZW BD BH CL CO GH GT HK JM KN NP VN"
"""Where a checkout hides the post code or does not ask for it (WooCommerce's table)."""
_SELDOM = (
    "AG AW BF BI BJ BQ CD CF CG CI CK CM DJ DM ER FJ GA GD GM GQ GY IE KI KM KP LY ML MO MR MW NR"
    " NU PA QA RW SB SC SL SO SS SX SY TD TF TG TK TL TO TT TV TZ VC VU YE"
)
"""Where the post has none, or people do without theirs, as in Ireland."""
WITHOUT_POST_CODE = frozenset(f"{_HIDDEN} {_SELDOM}".split())
"""Where an order may lack a post code without being wrong."""


_CITY_STATES = {"GI": "Gibraltar", "MC": "Monaco", "SG": "Singapore", "VA": "Vatican City"}
"""Where a checkout does not insist on a city, because there is only one."""


@dataclass(frozen=True, slots=True)
class Party:
    """One address block; each text is clean, and empty where unknown."""

    fields: Mapping[str, str]
    """Path in the raw order of last_name, street, city, post_code and country."""
    first_name: str
    last_name: str
    company: str
    street: tuple[str, ...]
    """Lines between name and city."""
    city: str
    state: str
    post_code: str
    country: str


def customer(party: Party, *, phone: str, policy: Policy) -> Customer:
    """Returns the contract's customer; raises Unmappable for what is missing beyond fall-back."""
    last_name, first_name = _names(party)
    country = country_code(party.country) or party.country
    line1, line2, line3 = _street(party)
    return Customer(
        last_name=last_name,
        first_name=first_name or None,
        phone=phone or None,
        address=Address(
            line1=line1,
            line2=line2 or None,
            line3=line3 or None,
            city=_required(party.city or _CITY_STATES.get(country, ""), party, "city"),
            post_code=_post_code(party, country, policy),
            company=party.company or None,
            country=_required(country, party, "country"),
            province=_province(party.state, country) or None,
        ),
    )


def email(value: str) -> str:
    """
    Returns *value* if At Last can write to it, else an empty text.

    Masked addresses ("j***@example.com") and the eraser's `.invalid` ones are
    left out: the contract prefers none to an obfuscated one.
    """
    usable = is_email(value) and "*" not in value and not value.lower().endswith(".invalid")
    return value if usable else ""


def _names(party: Party) -> tuple[str, str]:
    # the contract requires the last name; a single name is one, wherever it was typed
    if party.last_name:
        return party.last_name, party.first_name
    name = party.first_name or party.company
    if not name:
        raise Unmappable(
            party.fields["last_name"],
            "is empty, and so are first name and company; add a name to the order.",
        )
    return name, ""


def _street(party: Party) -> tuple[str, str, str]:
    line1, line2, *more = (*party.street, "", "")
    return _required(line1, party, "street"), line2, ", ".join(filter(None, more))


def _post_code(party: Party, country: str, policy: Policy) -> str:
    if party.post_code:
        return party.post_code
    field = party.fields["post_code"]
    if country not in WITHOUT_POST_CODE:
        raise Unmappable(field, "is empty; add the post code to the order.")
    if not policy.post_code_placeholder:
        raise Unmappable(
            field,
            f"is empty, as is usual in {country}, but At Last requires one;"
            " set post_code_placeholder in the merchant's [orders] table.",
        )
    return policy.post_code_placeholder


def _province(state: str, country: str) -> str:
    if country in US_TERRITORIES:
        return state or country
    return state if country in WITH_PROVINCE else ""


def _required(value: str, party: Party, name: str) -> str:
    if not value:
        raise Unmappable(party.fields[name], f"is empty; add the {name} to the order.")
    return value
