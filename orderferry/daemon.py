"""The long-lived process: a schedule, signals, and an orderly end."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from orderferry import alerting, retention
from orderferry.calls import LEASE_LOST, Calls
from orderferry.clock import Stopping
from orderferry.config import Config, Merchant
from orderferry.deliver import deliver
from orderferry.errors import Exit
from orderferry.idle import rests
from orderferry.jobs import DRAIN_SECONDS
from orderferry.leases import TTL, Held, hold
from orderferry.notify import Notify
from orderferry.reloading import tell_refused, tell_reloaded
from orderferry.runs import where
from orderferry.services import Services
from orderferry.sweep import KIND, is_due, sweep
from orderferry.sync import poll
from orderferry.watchdog import Watchdog
from orderferry.workers import Workers
from state import LeaseLost, RunOutcome, StateError

log = structlog.get_logger()

DELIVER_EVERY = timedelta(minutes=1)
"""The outbox is emptied right after a poll that filled it; this is for what was left over."""


SWEEPERS = 2
"""Merchants swept at the same time: slow passes that must not take the polls' places."""

_RECENT = 20
"""Runs that tell when the next is due."""

TICK_SECONDS = 30.0
"""How often the schedule is held against a clock that may have been set back."""


class Daemon:
    """Runs polls and deliveries until it is told to stop."""

    def __init__(
        self, services: Services, reload: Callable[[], Config], notify: Notify | None = None
    ) -> None:
        self._services = services
        self._reload = reload
        self._started_with = services.config.daemon
        self._notify = notify or Notify()
        self._watchdog = Watchdog(self._notify, services.clock.jobs)
        self._teller = alerting.Teller(services, services.clock.now())
        self._sweeping: set[str] = set()
        """Merchants whose sweep is at work or about to be."""
        self._queued: set[str] = set()
        """Merchants that are swept, or are to be as soon as there is room."""
        self._polls, self._deliveries = map(Workers, _numbers(services.config))
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={
                "polls": self._polls,
                # of their own, so that slow shops never hold up a delivery
                "deliveries": self._deliveries,
                "sweeps": ThreadPoolExecutor(SWEEPERS),
                # alone, so that a webhook that is slow holds up nothing else
                "alerts": ThreadPoolExecutor(1),
                # alone, so that nothing can keep the daemon's own lease from being renewed
                "lease": ThreadPoolExecutor(1),
            },
            # a late job runs late, once: the default drops it silently after one second
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def run(self) -> None:
        """
        Works until SIGTERM or SIGINT; SIGHUP re-reads the configuration.

        Raises:
            LeaseHeld: Another daemon works on the same state file.
            LeaseLost: Another daemon took over while this one was suspended.

        """
        services = self._services
        with (
            hold(services.store, "daemon", services.owner, services.clock.now) as held,
            ExitStack() as beside,
        ):
            calls = beside.enter_context(Calls())
            calls.catch((signal.SIGTERM, signal.SIGINT, signal.SIGHUP))
            beside.enter_context(self._status_page())
            self._keep(held, calls)
            self._schedule(services.config)
            self._scheduler.start()
            log.info(
                "daemon started",
                action="daemon_started",
                merchants=len(services.config.merchants),
                owner=str(services.owner),
            )
            self._notify.ready(self._status())
            status = Exit.TRY_LATER  # unless it ends because it was told to
            try:
                self._serve(calls)
                status = Exit.DONE
            finally:
                self._drain(status)

    def _status_page(self) -> AbstractContextManager[object]:
        if not self._services.config.daemon.status_listen:
            return nullcontext()
        from orderferry.web.server import serving  # noqa: PLC0415 - 0.1 s for nothing where there is no page

        return serving(self._services, self.deliver_soon)

    def deliver_soon(self, account: str) -> None:
        """Has the account's outbox delivered at once, as far as its back-off allows."""
        self._soon(f"deliver:{account}")

    def _serve(self, calls: Calls) -> None:
        every = min(TICK_SECONDS, self._notify.ping_seconds or TICK_SECONDS)
        while True:
            self._watchdog.look(self._hung_after, self._status())
            number = calls.wait(every)
            if number is None:
                self._mend_schedule()
            elif number == signal.SIGHUP:
                self._notify.reloading()
                self._reload_config()
                self._notify.ready(self._status())
            elif number == LEASE_LOST:
                raise LeaseLost("daemon")
            else:
                log.info("stopping", action="daemon_stopping", signal=signal.Signals(number).name)
                self._notify.stopping()
                return

    @property
    def _hung_after(self) -> float:
        return self._services.config.daemon.hung_after.total_seconds()

    def _status(self) -> str:
        number = sum(merchant.enabled for merchant in self._services.config.merchants.values())
        return f"Working for {number} {'merchant' if number == 1 else 'merchants'}."

    def _reload_config(self) -> None:
        """Puts the configuration as it is now into force, or leaves all as it was."""
        before = self._services.config
        try:
            config = self._reload()
            self._reschedule(config)
        except Exception as error:  # noqa: BLE001 - whatever it is, the old configuration works
            tell_refused(error)
        else:
            tell_reloaded(self._started_with, before, config)

    def _reschedule(self, config: Config) -> None:
        """Puts the configuration and its schedule into force; both stay if one cannot be."""
        before = self._services.config
        # a job that begins before its merchant is configured finds nothing to do
        self._scheduler.pause()
        try:
            self._schedule(config)
            self._services.replace_config(config)
            for pool, number in zip((self._polls, self._deliveries), _numbers(config), strict=True):
                pool.resize(number)
        except BaseException:
            self._schedule(before)
            raise
        finally:
            self._scheduler.resume()

    def _keep(self, held: Held, calls: Calls) -> None:
        def keep() -> None:
            self._watchdog.scheduled()
            try:
                held.keep()
            except LeaseLost:
                calls.call(LEASE_LOST)

        self._scheduler.add_job(
            self._guard(keep), "interval", seconds=TTL.total_seconds() / 4, executor="lease"
        )

    def _schedule(self, config: Config) -> None:
        """Brings the schedule in line with the configuration."""
        wanted: dict[str, tuple[Callable[[], None], str, timedelta]] = {}
        for name, merchant in config.merchants.items():
            if merchant.enabled:
                wanted[f"poll:{name}"] = (self._poll(name), "polls", config.daemon.poll_every)
        for account in config.accounts():
            wanted[f"deliver:{account}"] = (self._deliver(account), "deliveries", DELIVER_EVERY)
        if config.alerts is not None:
            every = min(alerting.EVERY, config.daemon.poll_every)
            wanted["alert:webhook"] = (self._teller.look, "alerts", every)
        wanted["tidy:state"] = (lambda: _tidy(self._services), "sweeps", retention.EVERY)
        for job in self._scheduler.get_jobs():
            if ":" in job.name and job.name not in wanted:
                job.remove()
        known = {job.name for job in self._scheduler.get_jobs()}
        start = datetime.now(UTC)
        for position, (job_id, (work, executor, every)) in enumerate(wanted.items()):
            if job_id in known:
                job = self._scheduler.get_job(job_id)
                if job.trigger.interval == every:
                    continue
                job.remove()  # to be added again, spread and with jitter like a new one
            self._scheduler.add_job(
                self._guard(work, job_id),
                "interval",
                id=job_id,
                name=job_id,
                executor=executor,
                seconds=every.total_seconds(),
                jitter=every.total_seconds() / 10,
                # spread over the interval, so that 500 shops are no burst
                next_run_time=start + min(every, position * timedelta(milliseconds=50)),
            )

    def _poll(self, name: str) -> Callable[[], None]:
        def work() -> None:
            merchant = self._services.config.merchants.get(name)
            if merchant is None or not due(self._services, name, "poll"):
                return  # a merchant may have been removed since this job was due
            if name in self._sweeping:
                return  # it holds the lease
            if self._rests(merchant):
                return
            report = poll(name, self._services)
            if report.counts.get("ready"):
                self._soon(f"deliver:{merchant.account}")
            if report.outcome is RunOutcome.DONE:
                self._sweep_if_due(name)

        return work

    def _rests(self, merchant: Merchant) -> bool:
        if not merchant.poll_idle_every:
            return False
        return rests(
            self._services.store.runs(merchant.name, limit=_RECENT),
            every=self._services.config.daemon.poll_every,
            idle_every=merchant.poll_idle_every,
            now=self._services.clock.now(),
        )

    def _sweep_if_due(self, name: str) -> None:
        """Begins a sweep behind a poll that went well: not beside it, nor while a shop is down."""
        store = self._services.store
        last, done = store.last_run(name, KIND), store.last_run(name, KIND, done=True)
        every = self._services.config.daemon.sweep_every
        now = self._services.clock.now()
        if name in self._queued or not is_due(name, every, last=last, done=done, now=now):
            return
        self._queued.add(name)
        self._scheduler.add_job(
            self._guard(self._sweep(name), f"sweep:{name}"),
            executor="sweeps",
            id=f"sweep {name}",
            name=f"sweep {name}",
            replace_existing=True,
        )

    def _sweep(self, name: str) -> Callable[[], None]:
        def work() -> None:
            # only now: polls go on while sweeps stand in a queue
            self._sweeping.add(name)
            try:
                merchant = self._services.config.merchants.get(name)
                if merchant is not None and sweep(name, self._services).counts.get("ready"):
                    self._soon(f"deliver:{merchant.account}")
            finally:
                self._sweeping.discard(name)
                self._queued.discard(name)

        return work

    def _mend_schedule(self) -> None:
        """Brings forward what a clock that was set back since has put off."""
        now = datetime.now(UTC)
        for job in self._scheduler.get_jobs():
            every = getattr(job.trigger, "interval", None)
            # jitter is a tenth
            if every is not None and job.next_run_time - now > every * 1.2:
                job.modify(next_run_time=now)

    def _deliver(self, account: str) -> Callable[[], None]:
        def work() -> None:
            if due(self._services, account, "deliver"):
                deliver(account, self._services)

        return work

    def _soon(self, job_id: str) -> None:
        if self._scheduler.get_job(job_id) is not None:
            self._scheduler.modify_job(job_id, next_run_time=datetime.now(UTC))

    def _guard(self, work: Callable[[], None], name: str = "lease") -> Callable[[], None]:
        def guarded() -> None:
            if self._services.clock.stop.is_set():
                return
            with self._services.clock.jobs.one(name):
                try:
                    work()
                except StateError as error:
                    # a full disk, say: nothing was changed, and the next run tries again
                    log.warning(
                        "state unusable", action="state_unusable", job=name, problem=str(error)
                    )
                except Exception as error:  # noqa: BLE001 - APScheduler would log the message, which can quote an order
                    log.error(  # noqa: TRY400 - the same
                        "job failed",
                        action="job_crashed",
                        job=name,
                        error=type(error).__name__,
                        at=where(error),
                    )

        return guarded

    def _drain(self, status: Exit) -> None:
        self._services.clock.stop.set()
        self._scheduler.shutdown(wait=False)
        left = self._services.clock.jobs.wait(DRAIN_SECONDS)
        log.info("daemon stopped", action="daemon_stopped", cut_short=left)
        if left:
            # a request that outlives the drain: its order is durably in doubt, and a
            # worker thread cannot be ended in any other way
            os._exit(status)


def _numbers(config: Config) -> tuple[int, int]:
    """Returns how many shops are polled, and to how many accounts is delivered, at a time."""
    workers = config.daemon.workers
    return workers, max(2, workers // 4)


def due(services: Services, subject: str, kind: str) -> bool:
    """Returns whether the back-off after the subject's last run of this kind is over."""
    runs = services.store.runs(subject, limit=_RECENT)
    last = next((run for run in runs if run.kind == kind and run.finished_at), None)
    now = services.clock.now()
    # a run that began in the future was that of a clock that was ahead, and so is its wait
    return last is None or last.retry_at is None or last.retry_at <= now or last.started_at > now


def _tidy(services: Services) -> None:
    with suppress(Stopping):
        retention.tidy(services)
