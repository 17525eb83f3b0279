"""Made-up customers, one per country, with the gaps that real addresses have."""

from __future__ import annotations

from orderferry.sandbox.woocommerce.rest import Json

_FIELDS = (
    "first_name",
    "last_name",
    "company",
    "address_1",
    "address_2",
    "city",
    "state",
    "postcode",
)
# WooCommerce prefixes some states with the country (DE-BE) or runs them together (JP13),
# and has no post code in Hong Kong and the Emirates (measured)
_PEOPLE = {
    "US": ("Ada", "Miller", "", "12 Example Ave", "", "Austin", "TX", "73301", "+1 555 0100"),
    "CA": ("Noah", "Roy", "", "4 Maple Rd", "Apt 2", "Toronto", "ON", "M5V 2T6", "+1 555 0101"),
    "GB": ("Ivy", "Shaw", "", "1 Sample St", "", "London", "", "SW1A 1AA", "+44 20 7946 0000"),
    "DE": (
        "Jürgen",
        "Groß",
        "Groß & Söhne",
        "Beispielstraße 3",
        "2. OG",
        "Berlin",
        "DE-BE",
        "10115",
        "+49 30 23125 000",
    ),
    "FR": (
        "Zoé",
        "Lefèvre",
        "",
        "7 rue de l'Exemple",
        "",
        "Lyon",
        "",
        "69001",
        "+33 1 99 00 00 00",
    ),
    "JP": ("太郎", "山田", "", "千代田1-1", "", "千代田区", "JP13", "100-0001", "+81 3 0000 0000"),
    "HK": (
        "Mei",
        "Chan",
        "",
        "8 Example Road",
        "12/F",
        "Central",
        "HONG KONG",
        "",
        "+852 5550 0000",
    ),
    "AE": ("Omar", "Haddad", "", "1 Sample Street", "", "Dubai", "DU", "", "+971 4 000 0000"),
}
_ANYWHERE = ("Sam", "Doe", "", "1 Example Street", "", "Sampletown", "", "10000", "+00 000 0000")


def billing_address(country: str, email: str) -> Json:
    """Returns the `billing` object of an order: the address, then the e-mail, then the phone."""
    address = shipping_address(country)
    phone = address.pop("phone")
    return address | {"email": email, "phone": phone}


def shipping_address(country: str) -> Json:
    """Returns the `shipping` object of an order; it has a phone, but no e-mail."""
    *address, phone = _PEOPLE.get(country, _ANYWHERE)
    return dict(zip(_FIELDS, address, strict=True)) | {"country": country, "phone": phone}
