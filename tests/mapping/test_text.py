from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping.text import clean, lines, web_address


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        pytest.param("Box „Ü“ <b>bold</b> &amp; Co", "Box „Ü“ bold & Co", id="entities and tags"),
        pytest.param("3 &eacute; 4", "3 é 4", id="named entity"),
        pytest.param("a < b > c", "a < b > c", id="signs that are no tag"),
        pytest.param("&lt;b&gt;", "<b>", id="escaped on purpose"),
        pytest.param(" two\t\n  words\u00a0 ", "two words", id="white space"),
        pytest.param("nul\x00 bell\x07", "nul bell", id="control characters"),
        pytest.param("cut \ud83c", "cut", id="half an emoji"),
        pytest.param("抹茶セット 🍵", "抹茶セット 🍵", id="whole emoji"),
        pytest.param("<br/>", "", id="nothing left"),
    ],
)
def test_text_loses_what_only_a_page_needs(raw: str, text: str) -> None:
    assert clean(raw) == text


@given(st.text())
def test_clean_text_can_be_written_as_utf8(raw: str) -> None:
    clean(raw).encode()


def test_lines_keep_their_breaks() -> None:
    assert lines("c/o Weiß\n\n 3. OG<br />links\r\n") == ("c/o Weiß", "3. OG", "links")


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        pytest.param("https://shop.example/a.png", "https://shop.example/a.png", id="plain"),
        pytest.param(
            "http://shop.example:8080/a b/ü.png?v=1 2",
            "http://shop.example:8080/a%20b/%C3%BC.png?v=1%202",
            id="spaces and umlauts",
        ),
        pytest.param(
            "https://shop.example/100%/a%20b.png",
            "https://shop.example/100%25/a%20b.png",
            id="percent signs",
        ),
        pytest.param("https://bücher.example/x", "https://xn--bcher-kva.example/x", id="host name"),
        pytest.param("https://shop.example/[1].png", "https://shop.example/%5B1%5D.png", id="[]"),
        pytest.param("https://shop.example/a\x07.png", "https://shop.example/a.png", id="a bell"),
        pytest.param(
            "https://shop.example/a.png#left half",
            "https://shop.example/a.png#left%20half",
            id="fragment",
        ),
        pytest.param("https://[::1]:8080/a.png", "https://[::1]:8080/a.png", id="IPv6"),
        pytest.param("https:///a.png", "", id="no host"),
        pytest.param("", "", id="empty"),
        pytest.param("/wp-content/a.png", "", id="relative"),
        pytest.param("//cdn.example/a.png", "", id="no scheme"),
        pytest.param("data:image/png;base64,AA", "", id="data"),
        pytest.param("https://user:word@shop.example/a.png", "", id="credentials"),
        pytest.param("https://[::1/a.png", "", id="broken host"),
        pytest.param("https://shop.example:99999/a", "", id="broken port"),
    ],
)
def test_an_image_address_is_absolute_ascii_or_left_out(raw: str, address: str) -> None:
    assert web_address(raw) == address


@given(st.text() | st.text().map("https://shop.example/".__add__))
def test_any_text_makes_an_address_in_ascii_or_none(raw: str) -> None:
    address = web_address(raw)

    assert address.isascii()
    assert " " not in address


@given(st.text(max_size=30))
def test_the_short_way_for_plain_text_gives_what_the_long_way_gives(value: str) -> None:
    """A space in front is none of the short way's; it is gone at the end."""
    assert clean(value) == clean(f" {value}")
