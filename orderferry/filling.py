"""Batches out of an outbox: whole ones for as long as it is still being filled."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from state import Claimed

_LOOK_EVERY: Final = 0.2  # seconds; of a page's time


@dataclass(frozen=True, slots=True)
class Filling:
    """The reading that goes on while what it has found is delivered."""

    over: threading.Event
    patience: float
    """Seconds that a part of a batch waits for the rest."""


Claim = Callable[[bool], Sequence[Claimed]]
"""Takes a batch out of the outbox; with True a part of one will do."""


def batches(claim: Claim, filling: Filling | None) -> Iterator[Sequence[Claimed]]:
    """Yields batches until the outbox is empty, and is filled no more."""
    waited = 0.0
    while True:
        # before the claim: what was stored until then is seen by it
        ends = filling is None or filling.over.is_set()
        if batch := claim(filling is None or ends or waited >= filling.patience):
            waited = 0.0
            yield batch
        elif filling is None or ends:
            return
        else:
            filling.over.wait(_LOOK_EVERY)
            waited += _LOOK_EVERY
