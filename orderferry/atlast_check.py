"""What `check` says of an At Last account."""

from __future__ import annotations

from connectors.base import CheckResult, Surroundings, Verdict
from orderferry.answer import Accepted, Denied, Misconfigured
from orderferry.atlast import Account, AtLastClient, probe_tokens


def check_account(account: Account, surroundings: Surroundings) -> list[CheckResult]:
    """
    Returns facts about the token address and the interface; nothing is created at At Last.

    At Last documents two token addresses. What is configured is tried first; if
    it fails, the others are tried on the same hosts and the one that works is named.
    """
    results = [_token(account, surroundings)]
    if results[0].verdict is Verdict.OK:
        results.append(_interface(account, surroundings))
    return results


def _token(account: Account, surroundings: Surroundings) -> CheckResult:
    probes = list(probe_tokens(account, surroundings))
    first = probes[0]
    if first.works:
        return CheckResult("token", Verdict.OK, f"{first.token_url} ({first.token_style})")
    working = next((probe for probe in probes if probe.works), None)
    if working is not None:
        return CheckResult(
            "token",
            Verdict.FAULT,
            first.words,
            f'Set token_url = "{working.token_url}" and token_style = "{working.token_style}":'
            " that pair works.",
        )
    return CheckResult(
        "token",
        Verdict.FAULT,
        first.words,
        "No documented token address accepted the credentials; correct client_id and"
        " client_secret, or ask At Last for the address.",
    )


def _interface(account: Account, surroundings: Surroundings) -> CheckResult:
    client = AtLastClient(account, surroundings)
    try:
        answer = client.probe()
    finally:
        client.close()
    match answer:
        case Accepted():
            return CheckResult("interface", Verdict.OK, account.base_url)
        case Denied() | Misconfigured():
            return CheckResult("interface", Verdict.FAULT, answer.problem, answer.remedy)
        case _:
            return CheckResult(
                "interface",
                Verdict.FAULT,
                answer.problem,
                "Try again; if it stays, correct base_url or ask At Last.",
            )
