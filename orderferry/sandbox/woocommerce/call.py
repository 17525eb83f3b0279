"""One request to the REST API: who asks, for what, and how lists and objects are answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from orderferry.sandbox.woocommerce.keys import ApiKey
from orderferry.sandbox.woocommerce.listing import Slice
from orderferry.sandbox.woocommerce.params import Params
from orderferry.sandbox.woocommerce.php_query import PhpQuery, add_query_arg
from orderferry.sandbox.woocommerce.rest import Answer, Json, RestError, select

if TYPE_CHECKING:
    from orderferry.sandbox.woocommerce.shop import WooCommerceShop

_SENTENCES = {
    "list": "Sorry, you cannot list resources.",
    "view": "Sorry, you cannot view this resource.",
}


@dataclass(frozen=True, slots=True)
class Call:
    """What an endpoint gets to see."""

    shop: WooCommerceShop
    key: ApiKey | None
    params: Params
    home: str
    route: str
    """For example /wc/v3/orders/100."""

    @property
    def permitted(self) -> bool:
        """Whether the key's owner may read what is not public."""
        return self.key is not None and self.key.staff

    def require(self, what: Literal["list", "view"]) -> None:
        """Raises 401 without a key that counts, 403 for an owner without the role."""
        if not self.permitted:
            status = 401 if self.key is None else 403
            raise RestError(status, "woocommerce_rest_cannot_view", _SENTENCES[what], allowed=False)

    def href(self, path: str) -> str:
        """Returns the address of a route of wc/v3."""
        return f"{self.home}/{self.shop.rest_prefix}/wc/v3/{path}"

    def links(self, path: str, collection: str, allow: str, **more: str) -> Json:
        """Returns the `_links` of an object."""
        hints = {"allow": allow.split(", ")}
        links: Json = {
            "self": [{"href": self.href(path), "targetHints": hints}],
            "collection": [{"href": self.href(collection)}],
        }
        return links | {name: [{"href": self.href(to)}] for name, to in more.items()}

    def one(self, body: Json, links: Json | None = None) -> Answer:
        """Answers one object; `_fields` never takes its `_links` away."""
        shown = select(body, self.params.text("_fields"))
        return Answer(shown | {"_links": links} if links else shown)

    def page(
        self,
        found: Sequence[Json],
        part: Slice,
        render: Callable[[Json], Json],
        echo: Mapping[str, str | dict[str, str]],
    ) -> Answer:
        """
        Answers a page of what was found, with its totals and the links to its neighbours.

        *echo* names the parameters that rendering adds to the request: they come back in
        the links. Past the end the totals are 0, not what there is (measured).
        """
        fields = self.params.text("_fields")
        rows = [select(render(row), fields) for row in part.of(found)]
        total = len(found) if rows else 0
        pages = -(-total // part.per_page)
        heads = {"X-WP-Total": str(total), "X-WP-TotalPages": str(pages)}
        query = dict(self.params.query)
        if rows:
            query |= {name: value for name, value in echo.items() if name not in query}
        links = self._neighbours(query, part.page, pages)
        return Answer(rows, heads | ({"Link": ", ".join(links)} if links else {}))

    def _neighbours(self, query: PhpQuery, page: int, pages: int) -> list[str]:
        url = f"{self.home}/{self.shop.rest_prefix}{self.route}"
        links = []
        if page > 1:
            links.append(f'<{add_query_arg(url, query, min(page - 1, pages))}>; rel="prev"')
        if page < pages:
            links.append(f'<{add_query_arg(url, query, page + 1)}>; rel="next"')
        return links
