"""The products and variations that order lines name."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from connectors.woocommerce.client import Answer, Json, ShopClient
from connectors.woocommerce.isolation import isolate
from connectors.woocommerce.refusals import Forbidden, Missing, NoRoute

_MOST: Final = 5_000  # products kept per shop, some kB each; more than a page of orders names
_LONGEST_META: Final = 1000  # characters; page builders keep whole pages in a product's meta data
_FIELDS: Final = (
    "id,type,parent_id,sku,virtual,downloadable,weight,image,images,meta_data,hs_code,"
    "manufacture_country,attributes"
)

_LOG: Final = logging.getLogger(__name__)


class ProductCache:
    """Products by id for a limited time, those that are gone too; the least used make room."""

    def __init__(
        self, now: Callable[[], datetime], age_limit: timedelta, most: int = _MOST
    ) -> None:
        self._now = now
        self._age_limit = age_limit
        self._most = most
        self._entries: OrderedDict[int, tuple[datetime, Json | None]] = OrderedDict()

    def put(self, product_id: int, product: Json | None) -> None:
        """Keeps a product; None says that the shop does not have it."""
        self._entries[product_id] = (self._now(), product)
        self._entries.move_to_end(product_id)
        while len(self._entries) > self._most:
            self._entries.popitem(last=False)

    def unknown(self, ids: Iterable[int]) -> list[int]:
        """Returns those of the ids that are not kept or too old, sorted."""
        oldest = self._now() - self._age_limit
        return sorted(
            {i for i in ids if (entry := self._entries.get(i)) is None or entry[0] <= oldest}
        )

    def get(self, product_id: int) -> Json | None:
        """Returns a product that is kept, None if the shop does not have it."""
        entry = self._entries.get(product_id)
        if entry is None:
            return None
        self._entries.move_to_end(product_id)
        return entry[1]


class ProductReader:
    """
    Reads the products and variations that order lines name.

    Attributes:
        forbidden: The key's owner may not read products; orders come without them.

    """

    def __init__(self, client: ShopClient, cache: ProductCache) -> None:
        self.forbidden = False
        self._client = client
        self._cache = cache
        self._flat_variations = True

    def of(self, orders: Sequence[Mapping[str, Any]]) -> None:
        """Reads into the cache what these orders' lines name, in batches over all of them."""
        lines = [line for order in orders for line in named_products(order)]
        try:
            self._read_products(self._cache.unknown(product for product, _ in lines))
            unknown = set(self._cache.unknown(variation for _, variation in lines if variation))
            self._read_variations([line for line in lines if line[1] in unknown])
        except Forbidden as error:
            if not self.forbidden:
                _LOG.warning("%s", error, extra={"action": "products_forbidden"})
            self.forbidden = True

    def for_order(self, order: Mapping[str, Any]) -> dict[str, Json]:
        """Returns the order's products and variations by id as text; those deleted are absent."""
        ids = {i for line in named_products(order) for i in line if i}
        return {str(i): product for i in sorted(ids) if (product := self._cache.get(i)) is not None}

    def _read_products(self, ids: Sequence[int]) -> None:
        self._keep(ids, lambda batch: self._list("wc/v3/products", batch))

    def _read_variations(self, lines: Sequence[tuple[int, int]]) -> None:
        if self._flat_variations and lines:
            try:
                self._keep(
                    sorted({variation for _, variation in lines}),
                    lambda batch: self._list("wc/v3/variations", batch),
                )
            except NoRoute:
                self._flat_variations = False  # the shop is older than 10.3
            else:
                return
        for parent in sorted({product for product, _ in lines}):
            path = f"wc/v3/products/{parent}/variations"
            ids = sorted({variation for product, variation in lines if product == parent})
            try:
                self._keep(ids, lambda batch, path=path: self._list(path, batch))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            except Missing:  # the parent is deleted, and its variations with it
                for variation in ids:
                    self._cache.put(variation, None)

    def _keep(self, ids: Sequence[int], read: Callable[[Sequence[int]], Answer]) -> None:
        rows, fatal = isolate(self._client, ids, read)
        found = {row["id"]: trimmed(row) for row in rows if isinstance(row, dict) and "id" in row}
        for product_id in ids:
            # one that the shop fails to render is as good as gone until the entry is too old
            self._cache.put(product_id, found.get(product_id))
        if fatal:
            _LOG.warning(
                "The shop fails on products %s with a PHP error.",
                ", ".join(map(str, fatal)),
                extra={"action": "products_unreadable"},
            )

    def _list(self, path: str, ids: Sequence[int]) -> Answer:
        include = ",".join(map(str, ids))
        return self._client.rows(path, {"include": include, "per_page": 100, "_fields": _FIELDS})


def named_products(order: Mapping[str, Any]) -> list[tuple[int, int]]:
    """Returns (product id, variation id or 0) of each line that still names a product."""
    lines = order.get("line_items")
    named = [
        (_id(line.get("product_id")), _id(line.get("variation_id")))
        for line in (lines if isinstance(lines, list) else [])
        if isinstance(line, dict)
    ]
    return [(product, variation) for product, variation in named if product]


def _id(value: object) -> int:
    """Returns a positive integer, 0 for everything else."""
    return value if isinstance(value, int) and value is not True and value > 0 else 0


def trimmed(product: Json) -> Json:
    """Returns a product without what grows large: picture variants, long meta data."""
    kept = {name: value for name, value in product.items() if name != "_links"}
    if isinstance(kept.get("image"), dict):
        kept["image"] = _picture(kept["image"])
    if isinstance(kept.get("images"), list):
        kept["images"] = [_picture(i) for i in kept["images"][:1] if isinstance(i, dict)]
    if isinstance(kept.get("meta_data"), list):
        kept["meta_data"] = [
            row
            for row in kept["meta_data"]
            if isinstance(row, dict) and len(str(row.get("value"))) <= _LONGEST_META
        ]
    return kept


def _picture(image: Json) -> Json:
    return {name: image[name] for name in ("id", "src") if name in image}
