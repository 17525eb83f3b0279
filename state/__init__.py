"""Durable memory: what was seen, what is to be sent, who works on what."""

from state.operating import LedgerOrder, OperatorStore, WatermarkChange
from state.sqlite import SqliteStore
from state.store import (
    Backfill,
    Claimed,
    Counts,
    Decision,
    Lease,
    LeaseHeld,
    LeaseLost,
    MerchantState,
    OrderState,
    Run,
    RunOutcome,
    Settlement,
    StateError,
    StateStore,
    Verdict,
)

__all__ = [
    "Backfill",
    "Claimed",
    "Counts",
    "Decision",
    "Lease",
    "LeaseHeld",
    "LeaseLost",
    "LedgerOrder",
    "MerchantState",
    "OperatorStore",
    "OrderState",
    "Run",
    "RunOutcome",
    "Settlement",
    "SqliteStore",
    "StateError",
    "StateStore",
    "Verdict",
    "WatermarkChange",
]
