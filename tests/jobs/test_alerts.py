"""What is told to the webhook: each thing once when it begins, and once when it is over."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from orderferry.alert_settings import AlertSettings
from orderferry.alerts import Facts, Memory, Notice, look, memorise, open_alerts, recall
from orderferry.config import Config, load
from orderferry.errors import ConfigError
from orderferry.webhook import message
from state import MerchantState, OrderState, Run, RunOutcome

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SETTINGS = AlertSettings(url=SecretStr(""))
WEBHOOK = "https://hooks.example.com/T1/hush-7"
TABLE = """
[merchants.{name}]
platform = "woocommerce"
merchant_id = "{name}"
[merchants.{name}.woocommerce]
url = "{name}.example.com"
consumer_key = "env:KEY"
consumer_secret = "env:KEY"
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return configured(tmp_path_factory.mktemp("alerts"))


def configured(folder: Path, alerts: str = "") -> Config:
    path = folder / "config.toml"
    head = '[atlast]\nclient_id = "env:ID"\nclient_secret = "env:KEY"\n'
    tables = "".join(TABLE.format(name=name) for name in ("acorn", "bolt", "cove"))
    path.write_text(head + alerts + tables)
    return load(path, {"ID": "id", "KEY": "hush", "URL": WEBHOOK})


def state(name: str = "bolt", **known: object) -> MerchantState:
    """A merchant with which all is well, unless something else is known of it."""
    run = Run(1, name, "poll", NOW, NOW, RunOutcome.DONE)
    well = MerchantState(
        merchant=name,
        orders={},
        watermark=NOW,
        oldest_pending_at=None,
        last_run=run,
        last_success_at=NOW,
        quarantined={},
    )
    return dataclasses.replace(well, **known)  # type: ignore[arg-type]  # fields by name


def ended(outcome: RunOutcome | None, problem: str | None = None) -> Run:
    return Run(1, "bolt", "poll", NOW, NOW if outcome else None, outcome, {}, problem)


def holding(number: int) -> MerchantState:
    return state(orders={OrderState.QUARANTINED: number})


Told = Sequence[tuple[str, str, Sequence[str]]]


class Watch:
    """Looks again and again, and remembers in between as the state file does."""

    def __init__(self, config: Config, settings: AlertSettings = SETTINGS) -> None:
        self.config = config
        self.settings = settings
        self.memory: Memory = {}
        self.since = NOW - 7 * HOUR
        self.accounts: dict[str, Run | None] = {}

    def notices(self, states: Iterable[MerchantState], at: datetime = NOW) -> tuple[Notice, ...]:
        facts = Facts(self.config, tuple(states), self.accounts, at, self.since)
        after, notices = look(self.settings, facts, self.memory)
        self.memory = recall(memorise(after))
        return notices

    def told(self, *states: MerchantState, at: datetime = NOW) -> Told:
        return [
            (notice.kind, "over" if notice.over else "begun", notice.subjects)
            for notice in self.notices(states, at)
        ]


SWEPT = Run(2, "bolt", "sweep", NOW - HOUR, NOW, RunOutcome.DONE)
SWEPT_LONG_AGO = dataclasses.replace(SWEPT, started_at=NOW - 37 * HOUR)
REFUSED = ended(RunOutcome.CREDENTIALS, "The key was refused. Make a new one.")
TROUBLES = [
    pytest.param(state(last_run=REFUSED), "credentials", id="credentials refused"),
    pytest.param(state(last_success_at=NOW - 26 * MINUTE), "no_success", id="no success"),
    pytest.param(state(last_success_at=None), "no_success", id="never a success"),
    pytest.param(state(first_seen_at=NOW - 37 * HOUR), "no_sweep", id="never swept"),
    pytest.param(state(last_sweep=SWEPT_LONG_AGO), "no_sweep", id="sweeps fail"),
    pytest.param(holding(1), "quarantine", id="quarantine grows"),
    pytest.param(state(oldest_pending_at=NOW - 61 * MINUTE), "outbox", id="outbox too old"),
]


@pytest.mark.parametrize(("trouble", "kind"), TROUBLES)
def test_a_trouble_is_told_once_and_once_more_when_it_is_over(
    config: Config, trouble: MerchantState, kind: str
) -> None:
    watch = Watch(config)
    well = state(last_sweep=SWEPT)

    told = [watch.told(of) for of in (state(), trouble, trouble, well, well)]

    assert told == [[], [(kind, "begun", ("bolt",))], [], [(kind, "over", ("bolt",))], []]
    assert list(open_alerts(watch.memory)) == []


@pytest.mark.parametrize(("trouble", "kind"), TROUBLES)
def test_only_what_was_asked_for_is_told(config: Config, trouble: MerchantState, kind: str) -> None:
    others = tuple(one for one in SETTINGS.on if one != kind)
    watch = Watch(config, SETTINGS.model_copy(update={"on": others}))

    assert watch.told(trouble) == []


@pytest.mark.parametrize(
    "of",
    [
        pytest.param(state(first_seen_at=NOW - 36 * HOUR), id="new, and not swept yet"),
        pytest.param(state(last_success_at=NOW - 25 * MINUTE), id="five polls are not over yet"),
        pytest.param(state(oldest_pending_at=NOW - HOUR), id="an hour in the outbox"),
        pytest.param(state(last_run=ended(RunOutcome.TRANSIENT, "503")), id="a failed poll"),
        pytest.param(state(last_run=None), id="never polled, but just started"),
    ],
)
def test_what_may_yet_pass_is_not_told(config: Config, of: MerchantState) -> None:
    assert Watch(config).told(of) == []


@pytest.mark.parametrize(
    "outcome",
    [
        pytest.param(RunOutcome.STOPPED, id="stopped"),
        pytest.param(RunOutcome.TRANSIENT, id="the shop is down"),
        pytest.param(None, id="still running"),
    ],
)
def test_what_proves_nothing_does_not_end_an_alert(
    config: Config, outcome: RunOutcome | None
) -> None:
    watch = Watch(config)
    watch.told(state(last_run=REFUSED))

    assert watch.told(state(last_run=ended(outcome))) == []
    assert watch.told(state()) == [("credentials", "over", ("bolt",))]


def test_a_daemon_that_was_stopped_over_night_polls_before_it_complains(config: Config) -> None:
    watch = Watch(config)
    watch.since = NOW
    quiet = state(last_success_at=NOW - 9 * HOUR)

    assert watch.told(quiet, at=NOW + 25 * MINUTE) == []
    assert watch.told(quiet, at=NOW + 26 * MINUTE) == [("no_success", "begun", ("bolt",))]


def test_sweeps_that_became_due_while_no_daemon_ran_stand_in_a_queue_first(config: Config) -> None:
    watch = Watch(config, SETTINGS.model_copy(update={"on": ("no_sweep",)}))
    watch.since = NOW
    unswept = state(last_sweep=SWEPT_LONG_AGO)

    assert watch.told(unswept, at=NOW + 6 * HOUR) == []
    assert watch.told(unswept, at=NOW + 6 * HOUR + MINUTE) == [("no_sweep", "begun", ("bolt",))]


def test_a_shop_that_is_down_does_not_end_the_alert_that_it_is_not_swept(config: Config) -> None:
    watch = Watch(config, SETTINGS.model_copy(update={"on": ("no_sweep",)}))
    unswept = state(last_sweep=SWEPT_LONG_AGO)
    watch.told(unswept)

    assert watch.told(unswept, at=NOW + DAY) == []
    assert watch.told(state(last_sweep=SWEPT)) == [("no_sweep", "over", ("bolt",))]


def test_a_restart_neither_tells_again_nor_forgets_to_tell_the_end(config: Config) -> None:
    watch = Watch(config)
    quiet = state(last_success_at=NOW - HOUR)
    watch.told(quiet)
    watch.since = NOW

    assert watch.told(quiet) == []
    assert watch.told(state()) == [("no_success", "over", ("bolt",))]


def test_merchants_with_the_same_trouble_are_told_together(config: Config) -> None:
    watch = Watch(config)
    old = [state(name, last_success_at=NOW - HOUR) for name in ("acorn", "bolt", "cove")]

    (notice,) = watch.notices(old)

    assert notice.subjects == ("acorn", "bolt", "cove")
    assert notice.words == (
        "No poll has succeeded for 5 times the interval (25m). See: orderferry status"
    )


def test_refused_at_last_credentials_name_the_account(config: Config) -> None:
    watch = Watch(config)
    watch.accounts = {"api.example.com#1f": REFUSED}

    (notice,) = watch.notices([state()])

    assert notice.subjects == ("At Last (api.example.com#1f)",)
    assert notice.words == "The key was refused. Make a new one."


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        pytest.param([0, 9, 10, 30], ["", "", "begun", ""], id="begins with the tenth, once"),
        pytest.param([10, 9, 1, 0], ["begun", "", "", "over"], id="over when it is as before"),
        pytest.param([10, 0, 10], ["begun", "over", "begun"], id="what comes back is news"),
        pytest.param([3, 6, 9, 12], ["", "", "", "begun"], id="slow growth adds up"),
    ],
)
def test_growth_is_counted_from_where_the_quarantine_was(
    config: Config, sizes: list[int], expected: list[str]
) -> None:
    watch = Watch(config, SETTINGS.model_copy(update={"quarantine_grows_by": 10}))

    told = [watch.told(holding(size)) for size in sizes]

    assert ["".join(status for _, status, _ in one) for one in told] == expected


def test_a_quarantine_that_nobody_empties_does_not_hide_the_next_growth(config: Config) -> None:
    watch = Watch(config, SETTINGS.model_copy(update={"on": ("quarantine",)}))

    told = [
        watch.told(holding(number), at=NOW + after)
        for number, after in [
            (7, timedelta()),
            (8, HOUR),
            (8, DAY),  # grew within the last day
            (8, DAY + HOUR),
            (8, 2 * DAY),
            (9, 3 * DAY),
        ]
    ]

    begun, over = [("quarantine", "begun", ("bolt",))], [("quarantine", "over", ("bolt",))]
    assert told == [begun, [], [], over, [], begun]


def test_a_merchant_that_is_no_longer_watched_is_over(config: Config) -> None:
    watch = Watch(config)
    watch.told(state(last_run=REFUSED))

    (notice,) = watch.notices([])

    assert (notice.over, notice.subjects) == (True, ("bolt",))
    assert notice.words == "It is no longer watched: the configuration changed."


@given(
    looks=st.lists(
        st.tuples(
            st.sampled_from([*RunOutcome, None]),
            st.integers(0, 6),
            st.integers(0, 300),
            st.integers(-3, 90),
        ),
        max_size=30,
    )
)
def test_begun_and_over_alternate_whatever_happens(
    config: Config, looks: list[tuple[RunOutcome | None, int, int, int]]
) -> None:
    """Also when the clock goes back: nothing begins twice, nothing is over that had not begun."""
    watch = Watch(config)
    now = NOW
    told: dict[str, str] = dict.fromkeys(SETTINGS.on, "over")
    for outcome, quarantined, minutes, step in looks:
        now += step * MINUTE
        one = state(
            orders={OrderState.QUARANTINED: quarantined},
            last_run=ended(outcome, "x"),
            last_success_at=now - minutes * MINUTE,
            oldest_pending_at=now - minutes * MINUTE,
        )
        for kind, status, _ in watch.told(one, at=now):
            assert told[kind] != status
            told[kind] = status

    assert {kind for kind, _ in open_alerts(watch.memory)} == {
        kind for kind, status in told.items() if status == "begun"
    }


@pytest.mark.parametrize("text", [None, "", "{}", "nonsense", '{"flood": {"bolt": {}}}'])
def test_a_memory_of_another_version_is_none(text: str | None) -> None:
    assert recall(text) == {}


def test_a_message_for_people_names_a_few_and_counts_the_others() -> None:
    names = tuple(f"shop-{number}" for number in range(1, 13))
    notices = [
        Notice("no_success", over=False, words="Wait <10m> & see", subjects=names),
        Notice("outbox", over=True, words="Orders are delivered again.", subjects=("bolt",)),
    ]

    text = message("slack", notices, host="ferry-1", now=NOW)["text"]

    assert text == (
        "*orderferry* on ferry-1\n"
        "• *No successful poll*, shop-1, shop-2, shop-3, shop-4, shop-5, shop-6, shop-7, shop-8,"
        " shop-9, shop-10 and 2 more: Wait &lt;10m&gt; &amp; see\n"
        "• *Over: Orders are not delivered*, bolt: Orders are delivered again."
    )


def test_a_message_for_people_ends_before_nobody_reads_on() -> None:
    notices = [Notice("quarantine", over=False, words="x", subjects=(str(n),)) for n in range(40)]

    text = str(message("slack", notices, host="ferry-1", now=NOW)["text"])

    assert len(text.splitlines()) == 32
    assert text.endswith("and 10 more. See: orderferry status")


@pytest.mark.parametrize(
    ("url", "usable"),
    [
        pytest.param("https://hooks.example.com/T1/hush-7?sig=a%2Fb", True, id="https"),
        pytest.param("http://127.0.0.1:9000/hook", True, id="loopback"),
        pytest.param("http://hooks.example.com/hush-7", False, id="plain http"),
        pytest.param("hooks.example.com/hush-7", False, id="no scheme"),
        pytest.param("https://[hush-7", False, id="no address"),
    ],
)
def test_the_webhooks_address_is_checked_and_never_told(
    tmp_path: Path, url: str, *, usable: bool
) -> None:
    path = configured(tmp_path, '[alerts]\nurl = "env:URL"\n').path

    def faults() -> str:
        try:
            load(path, {"ID": "id", "KEY": "hush", "URL": url})
        except ConfigError as error:
            return str(error)
        return ""

    assert (faults() == "") is usable
    assert "hush-7" not in faults()
    if not usable:
        assert "alerts.url does not lead to an address that begins with https://" in faults()


def test_without_the_table_nobody_is_told(config: Config) -> None:
    assert config.alerts is None
