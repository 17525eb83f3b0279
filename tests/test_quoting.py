"""What of At Last's words may be kept (R6)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderferry.quoting import WORDS_LIMIT, personal_words, plain

ORDER = json.dumps(
    {
        "id": "1001",
        "userEmail": "jane.doe@example.com",
        "orderNumber": "1001",
        "customer": {
            "firstName": "Jane",
            "lastName": "Doe",
            "address": {"line1": "1 High Street", "city": "Ipswich", "postCode": "IP1 1AA"},
        },
    }
).encode()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("createdAt must be at most 60 days old", None, id="plain words"),
        pytest.param("ORDER_TOO_OLD (E4012): createdAt", None, id="codes"),
        pytest.param("orders[3].items[0].price.value < 0", "items[0].price.value < 0", id="path"),
        pytest.param('"lastName" is required', "lastName is required", id="quoted field"),
        pytest.param("'items[0].hsCode' is empty", "items[0].hsCode is empty", id="quoted path"),
        pytest.param("outboundFulfilment.trackingNumber is empty", None, id="long field names"),
        pytest.param('got "Jane Doe"', "got …", id="quoted value"),
        pytest.param("got 'IP1 1AA' there", "got … there", id="single quotes"),
        pytest.param('got "Jane D', "got …", id="quoted value, cut off"),
        pytest.param("the order's id isn't unique", None, id="apostrophes"),
        pytest.param("no user jane@example.com.", "no user …", id="e-mail"),
        pytest.param("no user <jane@example.com", "no user …", id="e-mail, cut off"),
        pytest.param("call +44 20 7946 0000 now", "call … now", id="telephone"),
        pytest.param("see https://x.example/?key=1 there", "see … there", id="link"),
        pytest.param(
            "token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl is bad",
            "token … is bad",
            id="JWT",
        ),
        pytest.param("  two\n lines ", "two lines", id="white space"),
        pytest.param("for Jane Doe, Ipswich", "for …", id="the customer's own words"),
        pytest.param("for DOE and Janet", "for … and Janet", id="whole words in any case"),
        pytest.param("postCode 1AA is odd", "postCode … is odd", id="part of a post code"),
    ],
)
def test_words_are_kept_and_values_are_not(text: str, kept: str | None) -> None:
    assert plain(text, personal_words(ORDER)) == (text if kept is None else kept)


def test_long_words_are_cut() -> None:
    kept = plain("very bad " * 100)

    assert len(kept) == WORDS_LIMIT
    assert kept.endswith("…")


@pytest.mark.parametrize("text", ["x" * 200_000, "1-" * 100_000, '"' * 200_000, "…" * 200_000])
def test_words_of_any_length_are_read_in_no_time(text: str) -> None:
    assert len(plain(text)) <= WORDS_LIMIT


@given(st.text(max_size=300), st.sampled_from(["jane.doe@example.com", "Ipswich", "Doe", "Jane"]))
def test_the_customer_never_shows(text: str, value: str) -> None:
    kept = plain(f"{text} {value} {text}", personal_words(ORDER))

    assert value not in kept.replace("…", " ").split()
    assert len(kept) <= WORDS_LIMIT
