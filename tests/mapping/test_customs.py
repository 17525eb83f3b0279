from __future__ import annotations

from typing import Any

import pycountry
import pytest

from mapping.customs import country_code, hs_code


@pytest.mark.parametrize(
    ("value", "code"),
    [
        pytest.param("GB", "GB", id="code"),
        pytest.param(" gb ", "GB", id="blanks, small letters"),
        pytest.param("UK", "GB", id="UK"),
        pytest.param("EL", "GR", id="the Commission's Greece"),
        pytest.param("XK", "XK", id="Kosovo"),
        pytest.param("CHN", "CN", id="three letters"),
        pytest.param("BU", "MM", id="Burma's old code"),
        pytest.param("ZR", "CD", id="Zaire's old code"),
        pytest.param("BY", "BY", id="an old code of another that is in use today"),
        pytest.param("YU", "", id="an old code of many"),
        pytest.param("AN", "", id="Netherlands Antilles, three islands today"),
        pytest.param("China", "CN", id="name"),
        pytest.param("VIETNAM", "VN", id="common name"),
        pytest.param("Viet Nam", "VN", id="official name"),
        pytest.param("Moldova, Republic of", "MD", id="name with its title behind"),
        pytest.param("Moldova", "MD", id="name without it"),
        pytest.param("Hellenic Republic", "GR", id="the state's own name"),
        pytest.param("The Netherlands", "NL", id="article"),
        pytest.param("United States (US)", "US", id="brackets"),
        pytest.param("C\u00f4te d'Ivoire", "CI", id="accent and apostrophe"),
        pytest.param("Curacao", "CW", id="accent left out"),
        pytest.param("South Korea", "KR", id="colloquial"),
        pytest.param("Turkey", "TR", id="the name before"),
        pytest.param("Korea", "", id="two countries"),
        pytest.param("Congo", "", id="two countries, one of them by its full name"),
        pytest.param("ZZ", "", id="no country's code"),
        pytest.param("Made in China", "", id="sentence"),
        pytest.param("\u4e2d\u56fd", "", id="another script"),
        pytest.param("0", "", id="unset in PostNL's way"),
        pytest.param("156", "", id="number"),
        pytest.param("", "", id="empty"),
        pytest.param(None, "", id="null"),
        pytest.param(["CN"], "", id="list"),
        pytest.param("C" * 100_000, "", id="huge"),
    ],
)
def test_a_country_is_two_letters_or_none(value: Any, code: str) -> None:
    assert country_code(value) == code


def test_every_code_of_today_is_itself() -> None:
    codes = [country.alpha_2 for country in pycountry.countries]

    assert [country_code(code) for code in codes] == codes


@pytest.mark.parametrize(
    ("value", "digits"),
    [
        pytest.param("6912.00", "691200", id="dots"),
        pytest.param("0902 10 00", "09021000", id="blanks, leading zero"),
        pytest.param("HS: 6912-00", "691200", id="prefix"),
        pytest.param(691200, "691200", id="number"),
        pytest.param("6912", "6912", id="heading"),
        pytest.param("6912.00.23.10", "6912002310", id="ten digits of a tariff"),
        pytest.param("69", "", id="chapter"),
        pytest.param("4006381333931", "", id="bar code"),
        pytest.param("mugs (2)", "", id="words"),
        pytest.param("0", "", id="unset"),
        pytest.param("", "", id="empty"),
        pytest.param(None, "", id="null"),
        pytest.param(6912.0, "", id="a number with a point has lost its zeros"),
    ],
)
def test_an_hs_code_is_its_digits_or_none(value: Any, digits: str) -> None:
    assert hs_code(value) == digits


def test_a_field_for_codes_alone_may_hold_longer_ones_than_meta_data() -> None:
    assert hs_code("6109100010123", longest=13) == "6109100010123"
    assert hs_code("61091000101234", longest=13) == ""
