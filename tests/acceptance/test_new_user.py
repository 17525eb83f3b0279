"""
A new user's way, as the pages print it: every command is run, and what they say is printed is.

The pages' own text is the script. Only what differs from one machine or day to
the next is replaced: ports, times, and the date that a backfill begins.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import COMMAND, Result, eventually
from terminal import at_a_terminal

ROOT = Path(__file__).resolve().parents[2]
README, QUICK_START = ROOT / "README.md", ROOT / "docs" / "quick-start.md"

pytestmark = [
    pytest.mark.skipif(not QUICK_START.exists(), reason="the wheel comes without documents"),
    pytest.mark.timeout(300),  # a dozen commands one after the other, on a machine that is busy
]

ELSEWHERE = ("make ", "pip install ", "python3 -m venv ", ". .venv/")
"""What the commands begin with that build and install; `make wheel` does both."""
LASTING = {"orderferry sandbox": "Ctrl-C ends it.", "orderferry run": "daemon_started"}
"""Commands for a terminal of their own, and what they say once they work."""
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ADDRESSES = ("http://127.0.0.1:8331", "http://127.0.0.1:8332", "http://127.0.0.1:8333")
"""The shop, At Last and the Shopify shop of the sandbox, as the pages have them."""


@dataclass(frozen=True, slots=True)
class Step:
    """The commands of one block, and what the page says they print."""

    commands: tuple[str, ...]
    printed: str


def steps(page: Path) -> list[Step]:
    found: list[Step] = []
    for kind, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        if kind == "sh":
            lines = text.replace("\\\n", " ").splitlines()
            found.append(Step(tuple(line for line in lines if line.strip()), ""))
        elif kind == "text":
            found[-1] = Step(found[-1].commands, text)
    return found


def pattern(expected: str) -> str:
    """A regular expression: "..." is any text, times are any times, widths do not matter."""
    words = []
    for word in expected.split():
        text = re.escape(word)
        text = re.sub(r"\d{4}\\-\d\d\\-\d\d", r"\\d{4}-\\d\\d-\\d\\d", text)
        text = re.sub(r"\b\d\d:\d\d\b", r"\\d\\d:\\d\\d", text)
        text = re.sub(r"^\d+[smhd]$", r"\\d+[smhd]", text)
        text = re.sub(r"\\#[0-9a-f]{8}", r"\\#[0-9a-f]{8}", text)
        words.append(".*?" if word == "..." else text)
    return r"\s*".join(words)


@dataclass(slots=True)
class User:
    """Somebody with an empty folder who types what the page says."""

    folder: Path
    home: Path
    at: dict[str, str] = field(default_factory=dict)
    """The page's addresses -> those of this run's sandbox."""
    working: list[tuple[str, subprocess.Popen[bytes]]] = field(default_factory=list)

    @property
    def environ(self) -> dict[str, str]:
        path = f"{Path(COMMAND).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        return {"PATH": path, "HOME": str(self.home), "NO_COLOR": "1", "COLUMNS": "100"}

    def follow(self, step: Step) -> None:
        """Does one step, and compares what is printed."""
        out = ""
        for command in step.commands:
            if command.startswith(ELSEWHERE):
                continue
            if command.strip() == "orderferry init" or command.startswith("orderferry init "):
                out += self.init(command)
            elif command.partition("#")[0].strip() in LASTING:
                out += self.start(command.partition("#")[0].strip())
            else:
                out += self.run(command)
        if step.printed and "(hidden while you type" not in step.printed:
            shown = step.printed
            for theirs, ours in self.at.items():
                shown = shown.replace(theirs, ours).replace(theirs[7:], ours[7:])
            assert re.fullmatch(rf"\s*{pattern(shown)}\s*", out, re.DOTALL), (
                f"the page says:\n{shown}\nprinted was:\n{out}"
            )

    def run(self, command: str) -> str:
        for theirs, ours in self.at.items():
            command = command.replace(theirs, ours)
        lately = datetime.now(UTC) - timedelta(days=20)
        command = re.sub(r"(--from) \d{4}-\d\d-\d\d", rf"\1 {lately:%Y-%m-%d}", command)
        done = subprocess.run(
            ["bash", "-c", command],
            capture_output=True,
            text=True,
            env=self.environ,
            cwd=self.folder,
            timeout=60,
            check=False,
        )
        assert done.returncode in {0, 1}, f"{command}: {done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stdout

    def start(self, command: str) -> str:
        """Starts what goes on working; it is ended at the end, as with Ctrl-C."""
        log = self.home / f"terminal-{len(self.working)}.txt"
        line = command.replace("orderferry", COMMAND, 1).split()
        if command == "orderferry sandbox":  # other tests may use the usual ports
            line += ["--shop-port", "0", "--atlast-port", "0", "--shopify-port", "0"]
        else:
            config = self.folder / "config.toml"
            # the usual port may be another test's
            text = re.sub(
                r"^# status_listen = .*$",
                'status_listen = ""',
                config.read_text(),
                flags=re.MULTILINE,
            )
            config.write_text(text)
        with log.open("wb") as screen:
            process = subprocess.Popen(
                line, stdout=screen, stderr=screen, env=self.environ, cwd=self.folder
            )
        self.working.append((command, process))
        eventually(lambda: process.poll() is not None or LASTING[command] in log.read_text())
        text = log.read_text()
        if command == "orderferry sandbox":
            shop, shopify, atlast = re.findall(r"(http://127\S+|none)\n", text)[:3]
            self.at = dict(zip(ADDRESSES, (shop, atlast, shopify), strict=True))
        return text

    def init(self, command: str) -> str:
        """Runs init: with options as it is, without them as the dialogue of the page."""
        if "--merchant" in command:
            return self.run(command)
        secrets = self.folder / "sandbox" / "secrets"
        self.end("orderferry run")
        self.folder = self.home / "real"
        self.folder.mkdir()
        shop, atlast, _ = self.at.values()
        typed = {
            "url": shop,
            "consumer_key": (secrets / "shop-key").read_text(),
            "consumer_secret": (secrets / "shop-secret").read_text(),
            "client_id": (secrets / "atlast-id").read_text(),
            "client_secret": (secrets / "atlast-secret").read_text(),
        }
        dialogue = next(s.printed for s in steps(QUICK_START) if "(hidden while" in s.printed)
        answers = [
            (question, typed.get(question.split()[0], answer))
            for question, answer in re.findall(r"^(.+?):(?: (.*))?$", dialogue, re.MULTILINE)
        ]
        status, screen = at_a_terminal(
            # the only options: a real At Last is where the defaults lead
            [
                *(COMMAND, "init"),
                *("--atlast", f"base_url={atlast}/v1"),
                *("--atlast", f"token_url={atlast}/oauth2/token"),
            ],
            answers,
            environ=self.environ,
            folder=self.folder,
        )
        assert status == 0, screen
        asked = dialogue.replace("https://bolt.example.com", shop)
        assert re.match(rf"\s*{pattern(asked)}", screen), f"{asked}\nbut: {screen}"
        assert not [secret for key, secret in typed.items() if key != "url" and secret in screen]
        return str(screen)

    def end(self, command: str) -> None:
        for name, process in list(self.working):
            if name == command:
                process.send_signal(signal.SIGINT)
                assert process.wait(timeout=30) == 0
                self.working.remove((name, process))


@pytest.fixture
def user(tmp_path: Path) -> Iterator[User]:
    folder = tmp_path / "trial"
    folder.mkdir()
    user = User(folder, tmp_path)
    try:
        yield user
    finally:
        for _, process in user.working:
            process.kill()
            process.wait()


def states(user: User) -> dict[str, int]:
    result = Result(0, user.run("orderferry --json status"), "")
    (merchant,) = result.document["merchants"]
    return {state: number for state, number in merchant["orders"].items() if number}


def test_the_quick_start_leads_from_nothing_to_delivered_orders(user: User) -> None:
    pytest.importorskip("graphql", reason="the page's sandbox has a Shopify shop")

    delivered = []
    for step in steps(QUICK_START):
        user.follow(step)
        if "orderferry sync" in step.commands:
            delivered.append(states(user)["delivered"])

    assert delivered == [48, 48]
    assert [name for name, _ in user.working] == ["orderferry sandbox", "orderferry run"]
    user.end("orderferry run")
    user.end("orderferry sandbox")


def test_the_readme_leads_from_nothing_to_delivered_orders(user: User) -> None:
    user.start("orderferry sandbox")

    for step in steps(README):
        user.follow(step)

    assert states(user)["delivered"] > 20


@pytest.mark.parametrize(
    ("page", "merchant", "otherwise"),
    [
        pytest.param(
            "shopify.md", "acme", {"(client credentials)": "(access token)"}, id="Shopify"
        ),
        pytest.param(
            "woocommerce.md",
            "bolt",
            {"https://bolt.example.com": ADDRESSES[0], "(basic)": "(oauth)"},
            id="WooCommerce",
        ),
    ],
)
def test_the_pages_of_the_platforms_show_what_check_says(
    user: User, page: str, merchant: str, otherwise: dict[str, str]
) -> None:
    pytest.importorskip("graphql", reason="the sandbox needs it for its Shopify shop")
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    (shown,) = [block for kind, block in BLOCK.findall(text) if kind == "text"]
    for theirs, ours in otherwise.items():
        assert theirs in shown
        shown = shown.replace(theirs, ours)
    user.start("orderferry sandbox")
    for theirs, ours in user.at.items():
        shown = shown.replace(theirs, ours)

    checked = user.run(f"orderferry --config sandbox/config.toml check {merchant}")

    shown = re.sub(r"\b0 s\b", "1s", shown)  # a clock that ticked in between
    assert re.search(pattern(shown), re.sub(r"\b\d+ s\b", "1s", checked)), checked


def test_what_the_readme_makes_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    made = set(re.findall(r"^make (\w+)", README.read_text(), re.MULTILINE))

    assert made
    assert made <= targets


@pytest.mark.parametrize(
    ("page", "printed", "same"),
    [
        pytest.param("bolt  17s  0", "bolt 3m  0", True, id="a time"),
        pytest.param("bolt  17s  0", "bolt 17s 1", False, id="a number"),
        pytest.param("a\n...\nz", "a b c z", True, id="left out"),
        pytest.param("one two", "one\n   two", True, id="wrapped"),
        pytest.param("since 2026-11-23 14:50", "since 2027-01-02 03:04", True, id="a day"),
        pytest.param("1.5 (x)", "105 (x)", False, id="signs are signs"),
    ],
)
def test_printed_text_is_compared_but_for_times(page: str, printed: str, *, same: bool) -> None:
    assert bool(re.fullmatch(pattern(page), printed, re.DOTALL)) is same
