"""Durable memory: what was seen, what is to be sent, who works on what."""

from state.copying import FileFacts, back_up, inspect
from state.operating import LedgerOrder, OperatorStore, ReadinessReport, ToFix, WatermarkChange
from state.records import (
    Backfill,
    Claimed,
    Counts,
    Decision,
    Forgotten,
    Lease,
    LeaseHeld,
    LeaseLost,
    MerchantState,
    Missing,
    OrderState,
    Readiness,
    Recognised,
    Run,
    RunOutcome,
    Settlement,
    Standing,
    StateError,
    Verdict,
)
from state.sqlite import SqliteStore
from state.store import StateStore

__all__ = [
    "Backfill",
    "Claimed",
    "Counts",
    "Decision",
    "FileFacts",
    "Forgotten",
    "Lease",
    "LeaseHeld",
    "LeaseLost",
    "LedgerOrder",
    "MerchantState",
    "Missing",
    "OperatorStore",
    "OrderState",
    "Readiness",
    "ReadinessReport",
    "Recognised",
    "Run",
    "RunOutcome",
    "Settlement",
    "SqliteStore",
    "Standing",
    "StateError",
    "StateStore",
    "ToFix",
    "Verdict",
    "WatermarkChange",
    "back_up",
    "inspect",
]
