"""
The schema, forward only.

A step is never edited once released: a change is a new step at the end. Each is
applied with its record in one transaction (sqlite-utils `Migrations`). A file
that holds a step unknown here was written by a newer version.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

_FIRST = (
    """
    CREATE TABLE orders (
        -- The ledger. Deleted by forget, long after At Last would take the order again: a row
        -- is the memory that an order was sent.
        -- About 400 bytes for an order, its indexes included.
        id INTEGER PRIMARY KEY,
        merchant TEXT NOT NULL,
        order_id TEXT NOT NULL,
        state TEXT NOT NULL CHECK (
            state IN ('pending', 'in_doubt', 'delivered', 'waiting', 'skipped', 'quarantined')
        ),
        reason TEXT,
        fingerprint TEXT,   -- of the payload, or of the last one that was stored
        accepted TEXT,      -- fingerprint that At Last accepted last
        modified_at TEXT,   -- in the shop, when the decision was made
        created_at TEXT,    -- in the shop
        wait_until TEXT,    -- when a waiting order stops waiting
        since_at TEXT NOT NULL,  -- in this state since then; pending and in doubt are one here
        due_at TEXT,        -- place in the outbox's queue; a failed push goes to the back
        cautions TEXT,      -- JSON array
        claim TEXT,         -- "generation:lease" of the push under way
        doubted INTEGER NOT NULL DEFAULT 0,  -- was in doubt before that push
        resend INTEGER NOT NULL DEFAULT 0,   -- changed during that push, to be sent again
        UNIQUE (merchant, order_id),
        CHECK (
            state NOT IN ('pending', 'in_doubt') OR (fingerprint IS NOT NULL AND due_at IS NOT NULL)
        )
    )
    """,
    """
    CREATE TABLE payloads (
        -- Deleted by the trigger below. A table of its own, because SQLite does not close
        -- the gaps that erased payloads would leave in the ledger (measured: 4,200 bytes
        -- for each delivered order instead of 400).
        order_row INTEGER PRIMARY KEY REFERENCES orders (id),
        body BLOB NOT NULL
    )
    """,
    # in the database, so that no path through the code can forget to erase
    """
    CREATE TRIGGER payload_not_needed AFTER UPDATE OF state ON orders
    WHEN NEW.state IN ('delivered', 'waiting', 'skipped') OR NEW.fingerprint IS NULL
    BEGIN
        DELETE FROM payloads WHERE order_row = NEW.id;
    END
    """,
    "CREATE INDEX orders_by_state ON orders (merchant, state)",
    """
    CREATE INDEX orders_outbox ON orders (merchant, due_at, since_at)
    WHERE state IN ('pending', 'in_doubt')
    """,
    "CREATE INDEX orders_waiting ON orders (merchant, since_at) WHERE state = 'waiting'",
    "CREATE INDEX orders_quarantine ON orders (merchant, reason) WHERE state = 'quarantined'",
    """
    CREATE TABLE watermarks (
        -- One row per merchant. Deleted by nobody: without it a merchant starts anew.
        merchant TEXT PRIMARY KEY,
        at TEXT NOT NULL,
        moved_at TEXT NOT NULL
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE leases (
        -- One row per name ever leased. Deleted by nobody: the generation must only grow.
        name TEXT PRIMARY KEY,
        owner TEXT,         -- NULL when given back
        expires_at TEXT NOT NULL,
        generation INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE backfills (
        -- Unfinished ones. Deleted by close_backfill, and by opening the store when abandoned.
        id INTEGER PRIMARY KEY,
        merchant TEXT NOT NULL,
        since_at TEXT NOT NULL,
        until_at TEXT NOT NULL,
        done_until TEXT NOT NULL,
        started_at TEXT NOT NULL,
        UNIQUE (merchant, since_at, until_at)
    )
    """,
    """
    CREATE TABLE runs (
        -- Deleted by start_run, which keeps a subject's newest, and by opening the store.
        id INTEGER PRIMARY KEY,
        subject TEXT NOT NULL,
        kind TEXT NOT NULL,
        started_at TEXT NOT NULL,
        finished_at TEXT,
        outcome TEXT,
        counts TEXT NOT NULL DEFAULT '{}',  -- JSON object
        problem TEXT,
        retry_at TEXT
    )
    """,
    "CREATE INDEX runs_by_subject ON runs (subject)",
    "CREATE INDEX runs_done ON runs (subject, finished_at) WHERE outcome = 'done'",
)


def m0001_first(db: Database) -> None:
    """Creates the ledger, watermarks, leases, backfills and runs."""
    for statement in _FIRST:
        db.conn.execute(statement)


def m0002_watermark_changes(db: Database) -> None:
    """Creates the record of watermarks that were set by hand."""
    db.conn.execute(
        """
        CREATE TABLE watermark_changes (
            -- Deleted by nobody: a few rows a year that explain what was read when.
            id INTEGER PRIMARY KEY,
            merchant TEXT NOT NULL,
            changed_at TEXT NOT NULL,
            before_at TEXT,     -- NULL when there was none
            after_at TEXT NOT NULL,
            changed_by TEXT NOT NULL,
            note TEXT NOT NULL
        )
        """
    )


def m0003_kept(db: Database) -> None:
    """Creates the small values that connectors keep, such as rotating tokens."""
    db.conn.execute(
        """
        CREATE TABLE kept (
            -- Deleted by the connector that kept the value; a few rows per merchant.
            merchant TEXT NOT NULL,
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (merchant, name)
        )
        """
    )


def m0004_lone_failures(db: Database) -> None:
    """Counts per order the pushes that failed for it alone while others passed."""
    db.conn.execute("ALTER TABLE orders ADD COLUMN lone_failures INTEGER NOT NULL DEFAULT 0")


def m0005_sweeps(db: Database) -> None:
    """Remembers which version of a delivered order was not sent, and since when a shop is read."""
    db.conn.execute("ALTER TABLE orders ADD COLUMN latest TEXT")
    db.conn.execute("CREATE INDEX orders_changed ON orders (merchant) WHERE latest IS NOT NULL")
    db.conn.execute("ALTER TABLE watermarks ADD COLUMN since_at TEXT")


def m0006_beginnings(db: Database) -> None:
    """Remembers since when a merchant is to be read, however long its first poll takes."""
    db.conn.execute(
        """
        CREATE TABLE beginnings (
            -- One row per merchant that was ever polled. Deleted by nobody.
            merchant TEXT PRIMARY KEY,
            at TEXT NOT NULL
        ) WITHOUT ROWID
        """
    )


def m0007_readiness(db: Database) -> None:
    """Keeps with each order how ready it is for a return across a border, and what it lacks."""
    # some 100 bytes for an order that lacks something; they go with their row
    db.conn.execute("ALTER TABLE orders ADD COLUMN grade TEXT")
    db.conn.execute("ALTER TABLE orders ADD COLUMN missing TEXT")  # JSON: [[sku, name, [field]]]


def m0008_sources(db: Database) -> None:
    """Remembers from what each decision was made, so that the same need not be decided again."""
    db.conn.execute("ALTER TABLE orders ADD COLUMN source BLOB")


_HISTORY = (
    """
    CREATE TABLE stays (
        -- States that orders left. Deleted by forget with the order, and by the trigger below but
        -- for an order's newest 50. An order that goes straight through the outbox leaves none.
        id INTEGER PRIMARY KEY,
        order_row INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
        state TEXT NOT NULL,
        reason TEXT,
        since_at TEXT NOT NULL,
        until_at TEXT NOT NULL
    )
    """,
    "CREATE INDEX stays_by_order ON stays (order_row)",
    # in the database, so that no path through the code can forget to remember
    """
    CREATE TRIGGER state_left AFTER UPDATE OF state ON orders
    WHEN NEW.state IS NOT OLD.state AND (
        OLD.state IN ('waiting', 'skipped', 'quarantined', 'delivered')
        OR OLD.state = 'in_doubt' AND OLD.doubted AND NEW.state <> 'pending'
    )
    BEGIN
        INSERT INTO stays (order_row, state, reason, since_at, until_at)
        VALUES (OLD.id, OLD.state, OLD.reason, OLD.since_at, NEW.since_at);
        DELETE FROM stays WHERE order_row = OLD.id AND id <= (
            SELECT id FROM stays WHERE order_row = OLD.id ORDER BY id DESC LIMIT 1 OFFSET 50
        );
    END
    """,
    """
    CREATE TABLE days (
        -- What became of a merchant's orders, per UTC day. Deleted by forget like runs of that age.
        merchant TEXT NOT NULL,
        day TEXT NOT NULL,
        delivered INTEGER NOT NULL,
        quarantined INTEGER NOT NULL,
        PRIMARY KEY (merchant, day)
    ) WITHOUT ROWID
    """,
    # what the ledger still knows of the days before there was this table
    """
    INSERT INTO days (merchant, day, delivered, quarantined)
    SELECT merchant, substr(since_at, 1, 10), sum(state = 'delivered'), sum(state = 'quarantined')
    FROM orders WHERE state IN ('delivered', 'quarantined')
    GROUP BY merchant, substr(since_at, 1, 10)
    """,
    """
    CREATE TABLE run_totals (
        -- Counters that only grow, a few for each subject and kind of run. Deleted by nobody:
        -- monitors take a counter that shrinks for one that began anew.
        subject TEXT NOT NULL,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (subject, kind, name)
    ) WITHOUT ROWID
    """,
)


def m0009_history(db: Database) -> None:
    """Remembers the states that orders left, what each day came to, and the runs' totals."""
    for statement in _HISTORY:
        db.conn.execute(statement)


def m0010_shops(db: Database) -> None:
    """Remembers which shop each merchant is, and who said that it is another one now."""
    db.conn.execute(
        """
        CREATE TABLE shops (
            -- One row per merchant that was ever read: its ledger is about that shop's orders.
            -- Deleted by nobody; without it a name could be given to another shop.
            merchant TEXT PRIMARY KEY,
            platform TEXT NOT NULL,
            address TEXT NOT NULL,
            noted_at TEXT NOT NULL
        ) WITHOUT ROWID
        """
    )
    db.conn.execute(
        """
        CREATE TABLE shop_changes (
            -- Deleted by nobody: a few rows a year that explain whose orders these are.
            id INTEGER PRIMARY KEY,
            merchant TEXT NOT NULL,
            changed_at TEXT NOT NULL,
            kind TEXT NOT NULL,
            before TEXT,        -- a name or a shop; NULL when there was none
            after TEXT NOT NULL,
            changed_by TEXT NOT NULL,
            note TEXT NOT NULL
        )
        """
    )


_STEPS = (
    m0001_first,
    m0002_watermark_changes,
    m0003_kept,
    m0004_lone_failures,
    m0005_sweeps,
    m0006_beginnings,
    m0007_readiness,
    m0008_sources,
    m0009_history,
    m0010_shops,
)

KNOWN = frozenset(step.__name__ for step in _STEPS)
"""Names of the steps that this version knows."""

MIGRATIONS = Migrations("orderferry")
for _step in _STEPS:
    MIGRATIONS()(_step)
