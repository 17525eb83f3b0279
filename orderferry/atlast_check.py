"""What `check` says of an At Last account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from connectors.base import Cause, CheckResult, Surroundings, Verdict
from orderferry.answer import Accepted, Denied, Misconfigured, NotSent
from orderferry.atlast import Account, AtLastClient, Token, TokenProbe, probe_tokens

_AGAIN = "Try again; if it stays, correct base_url and token_url, or ask At Last."


def check_account(account: Account, surroundings: Surroundings) -> list[CheckResult]:
    """
    Returns facts about the token address and the interface; nothing is created at At Last.

    At Last documents two token addresses. What is configured is tried first; if
    it fails, the others are tried on the same hosts and the one that works is
    named. The interface is tried with the token that was got.
    """
    probes = list(probe_tokens(account, surroundings))
    results = [_token(probes)]
    way, token = probes[-1], probes[-1].result
    if isinstance(token, Token):
        account = replace(account, token_url=way.token_url, token_style=way.token_style)
        results.append(_interface(account, surroundings, token))
    return results


def _token(probes: Sequence[TokenProbe]) -> CheckResult:
    first, last = probes[0], probes[-1]
    if isinstance(first.result, Token):
        return CheckResult("token", Verdict.OK, f"{first.token_url} ({first.token_style})")
    if last.works:
        return CheckResult(
            "token",
            Verdict.FAULT,
            first.result.problem,
            f'Set token_url = "{last.token_url}" and token_style = "{last.token_style}":'
            " that pair works.",
            Cause.SET_UP,
        )
    faults = [probe.result for probe in probes if not isinstance(probe.result, Token)]
    # who refuses the credentials is the right address, whatever the others say
    told = next((fault for fault in faults if isinstance(fault, Denied)), first.result)
    if isinstance(told, Denied):
        return CheckResult(
            "token",
            Verdict.FAULT,
            told.problem,
            "No documented token address accepted the credentials; correct client_id and"
            " client_secret, or ask At Last for the address.",
            Cause.CREDENTIALS,
        )
    return _fault("token", told)


def _interface(account: Account, surroundings: Surroundings, token: Token) -> CheckResult:
    client = AtLastClient(account, surroundings, token)
    try:
        answer = client.probe()
    finally:
        client.close()
    if isinstance(answer, Accepted):
        return CheckResult("interface", Verdict.OK, account.base_url)
    return _fault("interface", answer)


def _fault(name: str, answer: Denied | Misconfigured | NotSent) -> CheckResult:
    match answer:
        case Denied():
            cause, remedy = Cause.CREDENTIALS, answer.remedy
        case Misconfigured():
            cause, remedy = Cause.SET_UP, answer.remedy
        case NotSent():
            cause, remedy = Cause.TEMPORARY, _AGAIN
    return CheckResult(name, Verdict.FAULT, answer.problem, remedy, cause)
