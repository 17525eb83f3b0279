"""What anybody may see of an order: no part of the shopper's data (R6)."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from orderferry.masking import mask, shown

ORDER: dict[str, Any] = {
    "id": "1001",
    "userEmail": "ada@shopper.example",
    "orderTotal": {"value": 22.5, "currency": "GBP"},
    "items": [{"id": "7", "name": "Coffee Mug", "quantity": 1}],
    "customer": {
        "lastName": "Byron",
        "address": {"line1": "1 Ferry Road", "country": "GB", "postCode": "E1 6AN"},
    },
}

TEXTS = st.text("ÄØŁÑЖ漢", min_size=1)  # nothing that our own words hold
ADDRESSES = st.dictionaries(
    st.sampled_from(["line1", "line2", "city", "postCode", "company", "province", "newKey"]), TEXTS
)
CUSTOMERS = st.fixed_dictionaries({"lastName": TEXTS, "phones": st.lists(TEXTS)}) | ADDRESSES


def test_the_shopper_is_hidden_and_the_goods_are_shown() -> None:
    assert mask(ORDER) == ORDER | {
        "userEmail": "(hidden, 19 characters)",
        "customer": {
            "lastName": "(hidden, 5 characters)",
            "address": {
                "line1": "(hidden, 12 characters)",
                "country": "GB",
                "postCode": "(hidden, 6 characters)",
            },
        },
    }


def test_what_was_given_is_not_changed() -> None:
    before = json.dumps(ORDER)

    mask(ORDER)

    assert json.dumps(ORDER) == before


def test_with_personal_data_the_payload_is_shown_as_it_is_sent() -> None:
    payload = json.dumps(ORDER).encode()

    assert shown(payload, personal=True) == ORDER
    assert shown(payload, personal=False) == mask(ORDER)


@given(email=TEXTS, customer=CUSTOMERS, address=ADDRESSES)
def test_no_text_of_the_shopper_gets_through(
    email: str, customer: dict[str, Any], address: dict[str, str]
) -> None:
    order = {"userEmail": email, "customer": customer | {"address": address}}
    phones = customer.get("phones", [])
    texts = [value for value in customer.values() if isinstance(value, str)]

    told = json.dumps(mask(order), ensure_ascii=False)

    assert not [text for text in (email, *texts, *phones, *address.values()) if text in told]
