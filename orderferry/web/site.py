"""What every answer of the status page is made of: the outside world, and templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from orderferry.services import Services
from orderferry.web.facts import Facts, read_facts
from orderferry.web.guard import Guard, Session
from orderferry.wording import last, span
from state import OverviewStore


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("orderferry.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["quoted"] = lambda text: quote(text, safe="")
    environment.filters["words"] = lambda text: str(text).replace("_", " ")
    environment.filters["number"] = lambda number: f"{number:,}"
    environment.globals |= {"span": span, "last": last, "version": version("orderferry")}
    return environment


@dataclass(frozen=True, slots=True)
class Site:
    """The page's surroundings."""

    services: Services
    """The daemon's own: only what is changed goes through its store."""
    store: OverviewStore
    """Opened for reading, so that looking never waits for the daemon nor holds it up."""
    guard: Guard
    deliver_soon: Callable[[str], None]
    """Has the account's outbox delivered without waiting for the next turn."""
    templates: Environment

    @classmethod
    def of(
        cls,
        services: Services,
        store: OverviewStore,
        guard: Guard,
        deliver_soon: Callable[[str], None],
    ) -> Site:
        """Returns the site with its templates."""
        return cls(services, store, guard, deliver_soon, _environment())

    def facts(self, names: Sequence[str] | None = None) -> Facts:
        """Returns what is known of these merchants, None for all."""
        return read_facts(self.store, self.services.config, self.services.clock.now, names)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request, found to be allowed."""

    site: Site
    session: Session
    path: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, Sequence[str]]
    """Of a POST that was sent by a page of ours; empty otherwise."""

    @property
    def may_see_personal(self) -> bool:
        """
        Whether it may be shown a shopper's data.

        The state file is readable by its owner alone; a page without a token is
        open to every user of the machine.
        """
        return bool(self.site.guard.token) and self.session.signed_in

    def field(self, name: str) -> str:
        """Returns a field of the form, "" if it is not there."""
        return next(iter(self.form.get(name, ())), "")

    def render(self, template: str, *, status: int = 200, **values: object) -> Response:
        """Returns the page."""
        text = self.site.templates.get_template(template).render(
            form_token=self.site.guard.form_token(self.session),
            can_sign_out=bool(self.site.guard.token) and self.session.signed_in,
            may_see_personal=self.may_see_personal,
            now=self.site.services.clock.now(),
            **values,
        )
        return HTMLResponse(text, status)

    def message(self, title: str, words: str, *, status: int, back: str = "/") -> Response:
        """Returns a page that says one thing."""
        return self.render("message.html", status=status, title=title, words=words, back=back)
