"""Products and variations, and what an order shows of them."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from orderferry.sandbox.woocommerce import LineFields, WooCommerceShop
from tests.sandbox.woocommerce_client import ids, problem, serving, shop_at

PICTURE = "https://shop.example.com/mug.png"


@pytest.fixture
def shop() -> WooCommerceShop:
    return shop_at()


@pytest.fixture
def client(shop: WooCommerceShop) -> Iterator[httpx.Client]:
    with serving(shop) as client:
        yield client


@pytest.fixture
def hoodie(shop: WooCommerceShop) -> tuple[int, int]:
    """Returns (product, variation); the variation has no weight, sku or picture of its own."""
    parent = shop.add_product(name="Hoodie", sku="HOOD", weight="0.9", image=PICTURE)
    return parent, shop.add_variation(parent, attributes={"Size": "L", "Color": "Blue"})


def test_include_leaves_out_missing_products_and_variations_in_silence(
    shop: WooCommerceShop, client: httpx.Client, hoodie: tuple[int, int]
) -> None:
    gone = shop.add_product()
    shop.delete_product(gone)
    parent, variation = hoodie

    answer = client.get("products", params={"include": f"{parent},{variation},{gone},99999"})

    assert ids(answer) == [parent]
    assert (answer.headers["X-WP-Total"], answer.headers["X-WP-TotalPages"]) == ("1", "1")


def test_ten_products_come_by_default_however_many_are_asked_for(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    products = [shop.add_product() for _ in range(12)]
    include = ",".join(map(str, products))

    assert len(ids(client.get("products", params={"include": include}))) == 10
    assert len(ids(client.get("products", params={"include": include, "per_page": 100}))) == 12


def test_only_a_search_by_sku_finds_variations(shop: WooCommerceShop, client: httpx.Client) -> None:
    mug = shop.add_product(sku="MUG")
    small = shop.add_variation(mug, sku="MUG-S")

    assert ids(client.get("products")) == [mug]
    assert sorted(ids(client.get("products", params={"sku": "MUG,MUG-S"}))) == [mug, small]


def test_a_variations_id_works_as_a_product(client: httpx.Client, hoodie: tuple[int, int]) -> None:
    parent, variation = hoodie

    shown = client.get(f"products/{variation}").json()

    assert (shown["type"], shown["parent_id"]) == ("variation", parent)
    assert shown["name"] == "Hoodie - L, Blue"
    assert shown["images"][0]["src"] == PICTURE
    assert "image" not in shown


@pytest.mark.parametrize("route", ["variations", "products/{parent}/variations"])
def test_the_variations_routes_show_one_image_and_the_options(
    client: httpx.Client, hoodie: tuple[int, int], route: str
) -> None:
    parent, variation = hoodie

    answer = client.get(route.format(parent=parent), params={"include": f"{variation},99999"})

    (shown,) = answer.json()
    assert (shown["id"], shown["type"], shown["name"]) == (variation, "variation", "L, Blue")
    assert shown["image"]["src"] == PICTURE
    assert "images" not in shown
    assert (shown["weight"], shown["sku"], shown["parent_id"]) == ("0.9", "HOOD", parent)


def test_variations_of_any_parent_come_in_one_call(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    first, second = (shop.add_variation(shop.add_product()) for _ in range(2))

    found = ids(client.get("variations", params={"include": f"{first},{second}"}))

    assert sorted(found) == [first, second]


@pytest.mark.parametrize(
    ("version", "status"),
    [
        pytest.param("10.3.0", 200, id="since 10.3"),
        pytest.param("10.2.9", 404, id="before"),
        pytest.param("9.9.5", 404, id="long before"),
    ],
)
def test_the_common_variations_route_came_with_10_3(
    shop: WooCommerceShop, client: httpx.Client, version: str, status: int
) -> None:
    shop.version = version

    assert client.get("variations").status_code == status


def test_a_variations_own_values_win(shop: WooCommerceShop, client: httpx.Client) -> None:
    parent = shop.add_product(weight="0.9", sku="HOOD")
    variation = shop.add_variation(parent, weight="1.1", sku="HOOD-XL")

    shown = client.get(f"products/{variation}").json()

    assert (shown["weight"], shown["sku"]) == ("1.1", "HOOD-XL")


def test_weight_is_text_and_empty_when_unset(shop: WooCommerceShop, client: httpx.Client) -> None:
    heavy, unset = shop.add_product(weight="0.35"), shop.add_product()

    assert client.get(f"products/{heavy}").json()["weight"] == "0.35"
    assert client.get(f"products/{unset}").json()["weight"] == ""


def test_a_deleted_product_is_an_invalid_id(shop: WooCommerceShop, client: httpx.Client) -> None:
    product = shop.add_product()
    shop.delete_product(product)

    expected = (404, "woocommerce_rest_product_invalid_id", "Invalid ID.")
    assert problem(client.get(f"products/{product}")) == expected


def test_a_products_meta_data_comes_with_it(shop: WooCommerceShop, client: httpx.Client) -> None:
    product = shop.add_product(meta_data={"_hs_code": "6912.00", "_country_of_origin": "CN"})

    rows = client.get(f"products/{product}", params={"_fields": "meta_data"}).json()["meta_data"]

    assert [(row["key"], row["value"]) for row in rows] == [
        ("_hs_code", "6912.00"),
        ("_country_of_origin", "CN"),
    ]


def test_names_come_as_html(shop: WooCommerceShop, client: httpx.Client) -> None:
    product = shop.add_product(name="Box <b>bold</b> & Co \\ 5")
    order = shop.add_order(lines=[{"product_id": product}])

    name = "Box <b>bold</b> &amp; Co  5"
    assert client.get(f"products/{product}").json()["name"] == name
    assert client.get(f"orders/{order}").json()["line_items"][0]["name"] == name


# what an order shows of them ----------------------------------------------------------------


def test_a_line_shows_the_old_name_and_todays_sku(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    product = shop.add_product(name="Old Name", sku="OLD", price="25.00", image=PICTURE)
    order = shop.add_order(lines=[{"product_id": product}])
    shop.edit_product(product, name="New Name", sku="NEW")

    (line,) = client.get(f"orders/{order}").json()["line_items"]

    assert (line["name"], line["sku"], line["price"]) == ("Old Name", "NEW", 25)


def test_a_line_of_a_deleted_product_keeps_its_name_only(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    product = shop.add_product(name="Gone", image=PICTURE)
    order = shop.add_order(lines=[{"product_id": product}])
    shop.delete_product(product)

    (line,) = client.get(f"orders/{order}").json()["line_items"]

    assert (line["name"], line["product_id"], line["variation_id"]) == ("Gone", 0, 0)
    assert (line["sku"], line["image"]) == (None, {"id": 0, "src": ""})


def test_the_type_of_an_image_id_varies(
    shop: WooCommerceShop, client: httpx.Client, hoodie: tuple[int, int]
) -> None:
    parent, variation = hoodie
    plain = shop.add_product()
    order = shop.add_order(
        lines=[
            {"product_id": parent},
            {"product_id": parent, "variation_id": variation},
            {"product_id": plain},
            {"name": "Engraving"},
        ]
    )

    images = [line["image"] for line in client.get(f"orders/{order}").json()["line_items"]]

    picture = parent + 1
    assert images == [
        {"id": str(picture), "src": PICTURE},
        {"id": picture, "src": PICTURE},
        {"id": "", "src": ""},
        {"id": 0, "src": ""},
    ]


def test_a_variations_line_names_its_parent(
    shop: WooCommerceShop, client: httpx.Client, hoodie: tuple[int, int]
) -> None:
    parent, variation = hoodie
    line = LineFields(product_id=parent, variation_id=variation, meta_data={"pa_size": "l"})
    order = shop.add_order(lines=[line])

    (shown,) = client.get(f"orders/{order}").json()["line_items"]

    assert (shown["name"], shown["parent_name"]) == ("Hoodie - L, Blue", "Hoodie")
    (row,) = shown["meta_data"]
    assert (row["display_key"], row["display_value"]) == ("pa_size", "l")


def test_an_order_of_virtual_goods_needs_no_processing(
    shop: WooCommerceShop, client: httpx.Client
) -> None:
    book = shop.add_product(virtual=True)
    mug = shop.add_product()
    only, mixed = (
        shop.add_order(lines=[{"product_id": product} for product in products])
        for products in ((book,), (book, mug))
    )

    assert client.get(f"orders/{only}").json()["needs_processing"] is False
    assert client.get(f"orders/{mixed}").json()["needs_processing"] is True
