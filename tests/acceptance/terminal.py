"""A command at a terminal of its own, and a person who answers its questions."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


def at_a_terminal(
    line: Sequence[str],
    answers: Sequence[tuple[str, str]],
    *,
    environ: Mapping[str, str],
    folder: Path,
) -> tuple[int, str]:
    """Runs the command and types an answer after each prompt; returns its status and the screen."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        line,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environ,
        cwd=folder,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - one system call, takes no lock
    )
    os.close(theirs)
    screen = ""
    try:
        for prompt, answer in answers:
            seen = len(screen)
            screen += read_until(ours, prompt)
            assert prompt in screen[seen:], f"{prompt!r} was not asked: {screen}"
            time.sleep(0.05)  # the echo is switched off just after a prompt for a secret
            os.write(ours, f"{answer}\n".encode())
        screen += read_until(ours, None)
        return process.wait(timeout=20), screen
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def read_until(terminal: int, words: str | None) -> str:
    """Returns what is printed until the words, or until the command ends."""
    text = ""
    ends = time.monotonic() + 20
    while (words is None or words not in text) and time.monotonic() < ends:
        if not select.select([terminal], [], [], 0.5)[0]:
            continue
        try:
            chunk = os.read(terminal, 4096)
        except OSError:  # the command ended and closed the terminal
            break
        if not chunk:
            break
        text += chunk.decode(errors="replace")
    return text
