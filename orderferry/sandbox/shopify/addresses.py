"""Made-up customers, one per country, with the gaps that real addresses have."""

from __future__ import annotations

from typing import Final

from orderferry.sandbox.shopify.json_types import Json

_FIELDS: Final = (
    "firstName",
    "lastName",
    "company",
    "address1",
    "address2",
    "city",
    "zip",
    "province",
    "provinceCode",
    "country",
    "phone",
)
# the platform knows provinces in some countries only, and Ireland, Hong Kong and the Emirates
# often come without a post code
_PEOPLE: Final = {
    "GB": (
        *("Ada", "Shaw", None, "1 Sample Street", None, "London", "E1 6AN"),
        *("England", "ENG", "United Kingdom", "+442079460000"),
    ),
    "US": (
        *("Grace", "Miller", "Miller Example Inc", "12 Example Ave", "Apt 2", "Austin", "73301"),
        *("Texas", "TX", "United States", "+15125550100"),
    ),
    "CA": (
        *("Noah", "Roy", None, "4 Maple Road", None, "Toronto", "M5V 2T6"),
        *("Ontario", "ON", "Canada", "+14165550101"),
    ),
    "DE": (
        *("Jürgen", "Groß", "Groß & Söhne", "Beispielstraße 3", "2. OG", "Berlin", "10115"),
        *(None, None, "Germany", "+493023125000"),
    ),
    "FR": (
        *("Zoé", "Lefèvre", None, "7 rue de l'Exemple", None, "Lyon", "69001"),
        *(None, None, "France", None),
    ),
    "JP": (
        *("太郎", "山田", None, "千代田1-1", None, "千代田区", "100-0001"),
        *("Tōkyō", "JP-13", "Japan", "+81300000000"),
    ),
    "HK": (
        *("Mei", "Chan", None, "8 Example Road", "12/F", "Central", None),
        *("Hong Kong Island", "HK", "Hong Kong SAR", "+85255500000"),
    ),
    "IE": (
        *("Niamh", "Byrne", None, "3 Sample Quay", None, "Dublin", None),
        *("Dublin", "D", "Ireland", None),
    ),
}
_ANYWHERE: Final = (
    *("Sam", "Doe", None, "1 Example Street", None, "Sampletown", "10000"),
    *(None, None, "Elsewhere", None),
)


def address(country: str, number: int) -> Json:
    """Returns a MailingAddress in a country."""
    found: Json = dict(zip(_FIELDS, _PEOPLE.get(country, _ANYWHERE), strict=True))
    name = f"{found['firstName']} {found['lastName']}"
    return found | {
        "id": f"gid://shopify/MailingAddress/{number}?model_name=Address",
        "name": name,
        "countryCodeV2": country,
    }
