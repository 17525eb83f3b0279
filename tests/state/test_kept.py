"""Small values that connectors keep: private to a merchant, durable, forgotten on demand."""

from __future__ import annotations

from state import SqliteStore


def test_a_value_is_kept_for_its_merchant_alone(store: SqliteStore) -> None:
    store.keep("acme", "token", "one")
    store.keep("bolt", "token", "two")

    assert (store.kept("acme", "token"), store.kept("bolt", "token")) == ("one", "two")
    assert store.kept("acme", "other") is None


def test_a_new_value_replaces_the_old_one(store: SqliteStore) -> None:
    store.keep("acme", "token", "one")
    store.keep("acme", "token", "two")

    assert store.kept("acme", "token") == "two"


def test_a_value_can_be_forgotten(store: SqliteStore) -> None:
    store.keep("acme", "token", "one")
    store.keep("acme", "token", None)
    store.keep("acme", "token", None)  # twice is no error

    assert store.kept("acme", "token") is None
