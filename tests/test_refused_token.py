"""Tokens that the server refuses: for a moment, because they are too old, or for good."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from papertally.demo.server import Handler, Query
from tests.helpers.command import Run
from tests.helpers.login import answer_logins, write_token
from tests.helpers.openreview import (
    PASSWORD,
    USER,
    Clock,
    Serve,
    Server,
    invent_year,
    make_token,
    only_once,
)

FETCH = ("fetch", "sample", "2102")
PAGE = b"<html><title>Verifying your browser</title></html>"
Answer = Callable[[Handler], None]


def challenge(handler: Handler) -> None:
    """Refuse a token as OpenReview refuses guests."""
    handler.send_json(403, {"name": "ChallengeRequiredError", "message": "m", "status": 403})


REFUSALS: dict[str, Answer] = {
    "401": lambda handler: handler.send_json(401, {"name": "TokenExpiredError"}),
    "challenge": challenge,
    "page": lambda handler: handler.send(200, "text/html", PAGE),
    "page with 403": lambda handler: handler.send(403, "text/html", PAGE),
    "redirect": lambda handler: handler.send(
        307, "text/plain", b"", {"Location": "/challenge?redirect=x"}
    ),
    "forbidden": lambda handler: handler.send_json(403, {"name": "ForbiddenError"}),
    "no reason": lambda handler: handler.send_json(403, {}),
}


@pytest.fixture
def server(serve: Serve, tmp_path: Path) -> Server:
    return serve(invent_year(tmp_path / "served", 3, pdfs=3))


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENREVIEW_USERNAME", USER)
    monkeypatch.setenv("OPENREVIEW_PASSWORD", PASSWORD)


def token_of(handler: Handler) -> str:
    return (handler.headers.get("Authorization") or "").removeprefix("Bearer ")


def refuse(server: Server, token: str, answer: Answer) -> None:
    """Answer each request with this token in this way."""

    def fault(handler: Handler, _path: str, _query: Query) -> bool:
        is_refused = token_of(handler) == token
        if is_refused:
            answer(handler)
        return is_refused

    server.faults.insert(0, fault)


def on_second_pdf(server: Server, answer: Answer, times: int) -> None:
    """Answer so many requests from the second PDF on in this way."""
    left = [None] * times

    def fault(handler: Handler, _path: str, query: Query) -> bool:
        is_due = bool(left) and "id" in query and len(server.downloads()) > 1
        if is_due:
            left.pop()
            answer(handler)
        return is_due

    server.faults.insert(0, fault)


@pytest.mark.usefixtures("password", "clock")
@pytest.mark.parametrize("way", REFUSALS)
def test_a_refused_token_is_replaced_by_one_login(
    server: Server, run: Run, token_file: Path, way: str
) -> None:
    old = make_token()
    write_token(token_file, server, old, time.time() + 9000)
    refuse(server, old, REFUSALS[way])
    result = run(*FETCH)
    assert (result.code, len(server.logins)) == (0, 1)
    assert "3 PDFs fetched" in result.err
    assert json.loads(token_file.read_text("utf-8"))["token"] != old
    assert run(*FETCH).code == 0
    assert len(server.logins) == 1


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("way", ["challenge", "page with 403", "forbidden", "no reason"])
@pytest.mark.parametrize("with_password", [True, False])
def test_a_passing_refusal_of_a_token_that_has_just_worked_costs_nothing(
    server: Server, run: Run, monkeypatch: pytest.MonkeyPatch, way: str, with_password: bool
) -> None:
    monkeypatch.setenv("OPENREVIEW_TOKEN", make_token())
    if with_password:
        monkeypatch.setenv("OPENREVIEW_USERNAME", USER)
        monkeypatch.setenv("OPENREVIEW_PASSWORD", PASSWORD)
    on_second_pdf(server, REFUSALS[way], times=1 if way == "forbidden" else 4)
    result = run(*FETCH)
    assert (result.code, len(server.logins)) == (0, 0)
    assert "3 PDFs fetched" in result.err


@pytest.mark.usefixtures("password", "clock")
def test_a_token_that_expires_in_a_run_and_is_refused_like_none_is_replaced_at_once(
    server: Server, run: Run, token_file: Path, clock: Clock
) -> None:
    old = make_token()
    write_token(token_file, server, old, clock.now + 50)

    def expire(handler: Handler, _path: str, query: Query) -> bool:
        is_over = "id" in query and token_of(handler) == old
        if is_over:
            clock.sleep(60)
            challenge(handler)
        return is_over

    server.faults.append(expire)
    assert "3 PDFs fetched" in run(*FETCH).err
    assert (len(server.logins), len(server.downloads())) == (1, 4)


@pytest.mark.usefixtures("clock")
def test_a_refusal_that_lasts_ends_the_run_with_the_tokens_age(
    server: Server, run: Run, token_file: Path, clock: Clock
) -> None:
    write_token(token_file, server, make_token(), clock.now + 2 * 86_400, clock.now - 3 * 86_400)
    on_second_pdf(server, challenge, times=99)
    result = run(*FETCH, "-q")
    assert (result.code, result.err.count("\n"), len(server.downloads())) == (4, 1, 7)
    assert "the token of the last login, 3 days old, is refused by OpenReview" in result.err
    assert token_file.exists()


@pytest.mark.usefixtures("password", "clock")
def test_a_refusal_that_lasts_is_met_by_one_login_and_one_more_try(
    server: Server, run: Run
) -> None:
    on_second_pdf(server, challenge, times=99)
    result = run(*FETCH, "-q")
    assert (result.code, result.err.count("\n")) == (4, 1)
    assert "check the account on openreview.net" in result.err
    assert (len(server.logins), len(server.downloads())) == (2, 8)


@pytest.mark.usefixtures("password", "clock")
def test_a_refused_token_is_not_kept_if_the_login_fails(
    server: Server, run: Run, token_file: Path
) -> None:
    old = make_token()
    write_token(token_file, server, old, time.time() + 9000)
    refuse(server, old, challenge)
    answer_logins(server, 503, {}, times=1)
    assert run(*FETCH).code == 7
    assert not token_file.exists()
    assert run(*FETCH).code == 0


def test_a_paper_that_is_forbidden_for_good_is_left_without_a_login(
    server: Server, run: Run, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setenv("OPENREVIEW_TOKEN", make_token())
    monkeypatch.setenv("OPENREVIEW_USERNAME", USER)
    monkeypatch.setenv("OPENREVIEW_PASSWORD", PASSWORD)
    on_second_pdf(server, REFUSALS["forbidden"], times=99)
    result = run(*FETCH)
    assert result.code == 0
    assert "1 PDF fetched, 2 could not be downloaded (the server answered 403" in result.err
    assert (len(server.logins), len(server.downloads())) == (0, 5)


def test_the_token_of_a_login_is_sent_if_the_given_one_is_refused(
    server: Server, run: Run, token_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, cached = make_token(mark="given"), make_token(mark="cached")
    monkeypatch.setenv("OPENREVIEW_TOKEN", given)
    write_token(token_file, server, cached, time.time() + 9000)
    refuse(server, given, challenge)
    assert run(*FETCH).code == 0
    assert server.logins == []


def test_a_guest_is_asked_for_a_login_at_once(server: Server, run: Run) -> None:
    server.faults.append(only_once(lambda handler, *_: challenge(handler) is None))
    assert run(*FETCH).code == 4
    assert len(server.asked) == 1
