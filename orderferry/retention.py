"""What is old is deleted once a day, so that the state file stays as large as its content."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import structlog

from orderferry.services import Services
from state import Forgotten

log = structlog.get_logger()

EVERY = timedelta(days=1)

AT_ONCE = 5_000
"""Rows deleted in one transaction; nobody else can write for the tenth of a second it takes."""


def tidy(services: Services, *, at_once: int = AT_ONCE) -> Forgotten:
    """
    Deletes old orders, payloads and runs, and gives the room back; returns what was deleted.

    Every step is a transaction of its own and can be interrupted; the next day
    goes on.
    """
    store, daemon = services.store, services.config.daemon
    forgotten = Forgotten()
    while True:
        services.clock.check()
        step = store.forget(
            now=services.clock.now(),
            keep_orders=daemon.keep_orders,
            keep_quarantined=daemon.keep_quarantined,
            limit=at_once,
        )
        forgotten += step
        if max(step.orders, step.payloads) < at_once:
            break
    given_back = 0
    while step_back := store.tidy():
        given_back += step_back
        services.clock.check()
    log.info(
        "state tidied",
        action="state_tidied",
        given_back_bytes=given_back,
        **dataclasses.asdict(forgotten),
    )
    return forgotten
