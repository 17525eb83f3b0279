"""Durable memory: what was seen, what is to be sent, who works on what."""

from state.copying import FileFacts, back_up, inspect
from state.operating import LedgerOrder, OperatorStore, ReadinessReport, ToFix, WatermarkChange
from state.overview import Day, OverviewStore, RunTotal, Stay
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
    "Day",
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
    "OverviewStore",
    "Readiness",
    "ReadinessReport",
    "Recognised",
    "Run",
    "RunOutcome",
    "RunTotal",
    "Settlement",
    "SqliteStore",
    "Standing",
    "StateError",
    "StateStore",
    "Stay",
    "ToFix",
    "Verdict",
    "WatermarkChange",
    "back_up",
    "inspect",
]
