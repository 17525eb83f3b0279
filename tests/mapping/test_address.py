from __future__ import annotations

from typing import Any

import pytest

from mapping.outcome import Quarantined
from mapping.policy import Policy
from mapping.woocommerce.blocks import phone
from tests.mapping.shop import block, mapped, order, payload, ready

EMPTY = dict.fromkeys(block(), "")


def customer(**changes: Any) -> dict[str, Any]:
    sent: dict[str, Any] = payload(order(**changes))["customer"]
    return sent


def test_no_telephone_is_an_empty_text() -> None:
    assert phone({}) == ""
    assert phone({"shipping": {"phone": ""}, "billing": {"phone": None}}) == ""


def test_an_address_is_the_shipping_blocks() -> None:
    shipping = block(address_2="Flat 2", company="Engines &amp; Sons", phone="0113 1")

    assert customer(shipping=shipping, billing=block(city="York", phone="0113 2")) == {
        "lastName": "Byron",
        "firstName": "Ada",
        "phone": "0113 1",
        "address": {
            "line1": "12 High Street",
            "line2": "Flat 2",
            "city": "Leeds",
            "postCode": "LS1 4DY",
            "company": "Engines & Sons",
            "country": "GB",
        },
    }


@pytest.mark.parametrize(
    "shipping",
    [
        pytest.param(EMPTY, id="empty"),
        pytest.param(EMPTY | {"first_name": "Only", "country": "GB"}, id="a name and a country"),
        pytest.param(None, id="null"),
        pytest.param([], id="an empty PHP array"),
    ],
)
def test_without_a_shipping_address_the_billing_block_counts_as_a_whole(shipping: Any) -> None:
    sent = customer(shipping=shipping, billing=block(first_name="Bill", city="York"))

    assert (sent["firstName"], sent["address"]["city"]) == ("Bill", "York")


@pytest.mark.parametrize(
    ("one", "two", "sent"),
    [
        pytest.param("1 St", "", ("1 St", None, None), id="one line"),
        pytest.param("1 St", "Flat 2", ("1 St", "Flat 2", None), id="two fields"),
        pytest.param(
            "Straße 135",
            "c/o Weiß, Hinterhaus\n3. OG links",
            ("Straße 135", "c/o Weiß, Hinterhaus", "3. OG links"),
            id="a break in the second",
        ),
        pytest.param("a\r\nb", "c\nd", ("a", "b", "c, d"), id="four lines"),
        pytest.param("", "Flat 2", ("Flat 2", None, None), id="second field only"),
    ],
)
def test_line_breaks_become_lines(one: str, two: str, sent: tuple[str | None, ...]) -> None:
    address = customer(shipping=block(address_1=one, address_2=two))["address"]

    assert tuple(address.get(name) for name in ("line1", "line2", "line3")) == sent


@pytest.mark.parametrize(
    ("changes", "last", "first"),
    [
        pytest.param({}, "Byron", "Ada", id="both"),
        pytest.param({"last_name": ""}, "Ada", None, id="first name only"),
        pytest.param({"first_name": ""}, "Byron", None, id="last name only"),
        pytest.param(
            {"first_name": " ", "last_name": "", "company": "Big LLC"},
            "Big LLC",
            None,
            id="company",
        ),
        pytest.param({"last_name": "O&#039;Hara"}, "O'Hara", "Ada", id="entity"),
    ],
)
def test_the_last_name_is_never_empty(changes: Any, last: str, first: str | None) -> None:
    sent = customer(shipping=block(**changes))

    assert (sent["lastName"], sent.get("firstName")) == (last, first)


@pytest.mark.parametrize(
    ("country", "state", "province"),
    [
        pytest.param("US", "CA", "CA", id="USA"),
        pytest.param("CA", "ON", "ON", id="Canada"),
        pytest.param("AU", "NSW", "NSW", id="Australia"),
        pytest.param("DE", "DE-BE", None, id="Germany has WooCommerce's own codes"),
        pytest.param("JP", "JP13", None, id="Japan too"),
        pytest.param("GB", "West Yorkshire", None, id="free text"),
        pytest.param("PR", "", "PR", id="a territory is its own state"),
        pytest.param("us", "TX", "TX", id="lower-case country"),
    ],
)
def test_a_province_is_sent_where_at_last_needs_it(
    country: str, state: str, province: str | None
) -> None:
    address = customer(shipping=block(country=country, state=state))["address"]

    assert address.get("province") == province
    assert address["country"] == country.upper()


def test_a_missing_state_is_sent_with_a_caution() -> None:
    outcome = ready(order(shipping=block(country="US", state="")))

    assert [caution.code for caution in outcome.cautions] == ["province_missing"]


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        pytest.param(
            {"first_name": "", "last_name": ""},
            "shipping.last_name",
            "is empty, and so are first name and company; add a name to the order.",
            id="no name",
        ),
        pytest.param(
            {"address_1": ""}, "shipping.address_1", "is empty; add the street to the order.",
            id="no street",
        ),
        pytest.param(
            {"city": ""}, "shipping.city", "is empty; add the city to the order.", id="no city"
        ),
        pytest.param(
            {"country": ""}, "shipping.country", "is empty; add the country to the order.",
            id="no country",
        ),
        pytest.param(
            {"postcode": ""},
            "shipping.postcode",
            "is empty; add the post code to the order.",
            id="no post code",
        ),
        pytest.param(
            {"postcode": "", "country": "HK"},
            "shipping.postcode",
            "is empty, as is usual in HK, but At Last requires one;"
            " set post_code_placeholder in the merchant's [orders] table.",
            id="no post codes there",
        ),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(changes: Any, field: str, problem: str) -> None:
    assert mapped(order(shipping=block(**changes))) == Quarantined(field, problem)


def test_a_field_of_the_billing_block_is_named_as_such() -> None:
    outcome = mapped(order(shipping=EMPTY, billing=block(city="")))

    assert isinstance(outcome, Quarantined)
    assert outcome.field == "billing.city"


@pytest.mark.parametrize(
    ("country", "code"),
    [
        pytest.param("HK", "00000", id="a country without"),
        pytest.param("AE", "00000", id="another"),
        pytest.param("GB", None, id="a country with post codes"),
    ],
)
def test_a_placeholder_stands_only_where_there_are_no_post_codes(
    country: str, code: str | None
) -> None:
    raw = order(shipping=block(country=country, postcode=""))
    policy = Policy(post_code_placeholder="00000")

    if code is None:
        assert isinstance(mapped(raw, policy=policy), Quarantined)
    else:
        assert payload(raw, policy=policy)["customer"]["address"]["postCode"] == code


def test_a_city_state_is_its_own_city() -> None:
    assert customer(shipping=block(country="SG", city=""))["address"]["city"] == "Singapore"


def test_uk_is_written_gb() -> None:
    assert customer(shipping=block(country="UK"))["address"]["country"] == "GB"


def test_the_telephone_falls_back_to_billing_and_is_then_left_out() -> None:
    assert customer(billing=block(phone="0113 2"))["phone"] == "0113 2"
    assert "phone" not in customer(billing=block())


@pytest.mark.parametrize(
    ("email", "sent"),
    [
        pytest.param("Ada@Example.com", "Ada@Example.com", id="as written"),
        pytest.param(" ada@example.com ", "ada@example.com", id="blanks"),
        pytest.param("", None, id="empty"),
        pytest.param(None, None, id="null"),
        pytest.param("a***@example.com", None, id="masked"),
        pytest.param("deleted@site.invalid", None, id="erased"),
        pytest.param("ada at example.com", None, id="no address"),
    ],
)
def test_an_email_is_sent_if_it_can_be_written_to(email: Any, sent: str | None) -> None:
    raw = order(billing=block(email=email))

    assert payload(raw).get("userEmail") == sent
    codes = [caution.code for caution in ready(raw).cautions]
    assert codes == ([] if sent else ["email_missing"])
