"""Logging in: when it is done, what is kept of it, and that no secret goes anywhere else."""

import base64
import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from subprocess import Popen
from typing import Any
from urllib.parse import quote, urlencode

import psutil
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

Start = Callable[..., "Popen[str]"]


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENREVIEW_USERNAME", USER)
    monkeypatch.setenv("OPENREVIEW_PASSWORD", PASSWORD)


@pytest.fixture
def server(serve: Serve, tmp_path: Path) -> Server:
    """A server that wants a login."""
    server = serve(invent_year(tmp_path / "served", 3, pdfs=3))
    server.tokens.add("nobody's")
    return server


def test_without_a_login_the_cure_is_said(server: Server, run: Run) -> None:
    result = run("fetch", "sample", "2102")
    assert (result.code, result.err.count("\n")) == (4, 1)
    assert "papertally login" in result.err


@pytest.mark.usefixtures("password")
def test_one_login_serves_all_runs_and_is_kept_for_the_user_alone(
    server: Server, run: Run, token_file: Path
) -> None:
    assert "until" in run("login").err
    assert token_file.stat().st_mode & 0o777 == 0o600
    assert run("fetch", "sample", "2102", "--contact", "ann@example.org").code == 0
    assert len(server.logins) == 1
    assert server.logins[0]["expiresIn"] == 7 * 86_400
    assert server.logins[0]["headers"]["User-Agent"].startswith("papertally/")
    assert all("(ann@example.org)" in headers["User-Agent"] for headers in server.headers)
    assert run("login", "--forget").code == 0
    assert not token_file.exists()
    assert run("login", "--forget").code == 0


def test_a_password_file_and_a_token_are_taken_too(
    server: Server, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token_file: Path
) -> None:
    (tmp_path / "secret").write_text(f"{PASSWORD}\n", encoding="utf-8")
    monkeypatch.setenv("OPENREVIEW_USERNAME", USER)
    monkeypatch.setenv("OPENREVIEW_PASSWORD_FILE", str(tmp_path / "secret"))
    assert run("fetch", "sample", "2102", "--sample", "1").code == 0
    monkeypatch.delenv("OPENREVIEW_USERNAME")
    token_file.unlink()
    monkeypatch.setenv("OPENREVIEW_TOKEN", next(iter(server.tokens - {"nobody's"})))
    assert run("fetch", "sample", "2102").code == 0
    assert len(server.logins) == 1
    assert not token_file.exists()


@pytest.mark.usefixtures("password")
def test_a_token_that_expires_in_a_run_is_renewed_once(
    server: Server, run: Run, token_file: Path
) -> None:
    old = make_token()
    write_token(token_file, server, old, time.time() + 9000)
    server.tokens.add(old)

    def expire(_handler: Handler, path: str, query: Query) -> bool:
        if path.endswith("/attachment") and "id" in query:
            server.tokens.discard(old)
        return False

    server.faults.append(expire)
    assert "3 PDFs fetched" in run("fetch", "sample", "2102").err
    assert len(server.logins) == 1


def test_a_token_that_cannot_be_renewed_ends_the_run(
    server: Server, run: Run, token_file: Path
) -> None:
    write_token(token_file, server, make_token(), time.time() + 9000)
    assert run("fetch", "sample", "2102").code == 4
    assert server.logins == []


@pytest.mark.parametrize(
    "content",
    [
        "{}",
        "nonsense",
        '{"token": 5, "expires": "x", "made": [], "host": "HOST"}',
        f'{{"token": "x", "expires": {10**400}, "made": 1, "host": "HOST"}}',
    ],
)
def test_a_damaged_token_file_is_no_token(
    server: Server, run: Run, token_file: Path, content: str
) -> None:
    token_file.parent.mkdir(parents=True)
    token_file.write_text(content.replace("HOST", server.v2), encoding="utf-8")
    assert run("fetch", "sample", "2102").code == 4


def test_a_token_whose_end_is_no_moment_is_sent_as_it_is(
    server: Server, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = base64.urlsafe_b64encode(f'{{"exp": {10**400}}}'.encode()).decode()
    monkeypatch.setenv("OPENREVIEW_TOKEN", f"a.{claims}.b")
    assert run("fetch", "sample", "2102").code == 4
    assert any("Authorization" in headers for headers in server.headers)


def test_a_token_of_another_host_is_never_sent(server: Server, run: Run, token_file: Path) -> None:
    write_token(token_file, server, "sesame", 0)
    token_file.write_text(
        token_file.read_text("utf-8").replace(server.v2, "https://api2.example.org"), "utf-8"
    )
    run("fetch", "sample", "2102")
    assert not any("Authorization" in headers for headers in server.headers)


@pytest.mark.parametrize("token", ["to ken", "t\u00f6ken", "tok\u2192en", "tok\nen"])
def test_a_token_that_cannot_be_sent_is_a_wrong_setting(
    server: Server, run: Run, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("OPENREVIEW_TOKEN", token)
    result = run("fetch", "sample", "2102")
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert "OPENREVIEW_TOKEN" in result.err
    assert token not in result.err


def test_a_wrong_password_is_sent_once(
    server: Server, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENREVIEW_USERNAME", USER)
    monkeypatch.setenv("OPENREVIEW_PASSWORD", "wrong")
    result = run("login")
    assert (result.code, result.err.count("\n")) == (4, 1)
    assert "check user name and password" in result.err
    assert len(server.logins) == 1


@pytest.mark.usefixtures("clock")
def test_who_logs_in_again_at_once_is_told_why_it_takes_a_minute(
    server: Server, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENREVIEW_USERNAME", USER)
    monkeypatch.setenv("OPENREVIEW_PASSWORD", "wrong")
    assert "Invalid username or password" in run("login").err
    monkeypatch.setenv("OPENREVIEW_PASSWORD", PASSWORD)
    assert run("login").err.startswith(
        "waiting 60 seconds: papertally sends at most one login a minute"
    )


@pytest.mark.usefixtures("password", "clock")
def test_a_token_that_is_refused_for_ever_is_no_matter_of_settings(
    server: Server, run: Run
) -> None:
    server.faults.append(
        lambda handler, *_: bool(handler.send_json(401, {"name": "TokenExpiredError"})) or True
    )
    result = run("fetch", "sample", "2102", "-q")
    assert (result.code, result.err.count("\n")) == (4, 1)
    assert "OPENREVIEW_PASSWORD_FILE" not in result.err
    assert "check the account on openreview.net" in result.err


@pytest.mark.usefixtures("password", "clock")
@pytest.mark.parametrize(
    ("words", "asked"),
    [("expiresIn must be <= 86400 (2026-1)", 86_400), ("expiresIn is too long", None)],
)
def test_a_host_that_grants_shorter_lives_only_is_asked_for_its_longest(
    server: Server, run: Run, words: str, asked: int | None
) -> None:
    answer_logins(server, 400, {"message": words, "details": {"path": "expiresIn"}}, times=1)
    assert run("login").code == 0
    assert [body.get("expiresIn") for body in server.logins] == [7 * 86_400, asked]


@pytest.mark.usefixtures("password")
def test_a_token_that_does_not_tell_its_end_lives_as_long_as_was_asked_for(
    server: Server, run: Run, token_file: Path
) -> None:
    server.tokens.add("an-opaque-one")
    answer_logins(server, 200, {"token": "an-opaque-one", "user": {}})
    assert "logged in until 20" in run("login").err
    assert run("fetch", "sample", "2102").code == 0
    assert "token valid until 20" in run("status").out
    life = json.loads(token_file.read_text(encoding="utf-8"))["expires"] - time.time()
    assert 6 * 86_400 < life <= 7 * 86_400


@pytest.mark.usefixtures("password", "clock")
@pytest.mark.parametrize(
    ("code", "status", "document", "headers", "words", "most"),
    [
        (7, 429, {}, {"Retry-After": "3000"}, "in 50 minutes", 1),
        (
            4,
            400,
            {"message": "Your profile awaits moderation"},
            {},
            "400: Your profile awaits moderation): check this",
            1,
        ),
        (
            4,
            400,
            {"message": f"{PASSWORD} is no password"},
            {},
            "400: ... is no password): check user name",
            1,
        ),
        (
            4,
            400,
            {"message": f"id=ann&password={quote(PASSWORD).replace('-', '%2d')}&x=1 is wrong"},
            {},
            "400: id=ann&password=...&x=1 is wrong): check user name",
            1,
        ),
        (7, 429, {}, {}, "no more logins", 1),
        (7, 429, {}, {"Retry-After": "0"}, "no more logins", 3),
        (7, 503, {}, {}, "try again later", 1),
        (7, 403, "words", {}, "JSON", 1),
        (4, 200, {"mfaPending": True, "mfaPendingToken": "secret-mfa"}, {}, "two-factor login", 1),
        (7, 200, {"token": 5}, {}, "no token", 1),
        (4, 200, ["token"], {}, "refused", 1),
        (4, 307, {}, {"Location": "http://127.0.0.1:9/login"}, "refused", 1),
    ],
)
def test_a_login_that_fails_says_why_in_a_line(
    server: Server,
    run: Run,
    code: int,
    status: int,
    document: Any,
    headers: dict[str, str],
    words: str,
    most: int,
) -> None:
    answer_logins(server, status, document, headers)
    result = run("login", "-q")
    assert (result.code, result.err.count("\n")) == (code, 1)
    assert words in result.err
    assert "secret-mfa" not in result.err
    assert len(server.logins) <= most


@pytest.mark.usefixtures("password")
def test_a_short_refusal_of_a_login_is_sat_out(server: Server, run: Run, clock: Clock) -> None:
    answer_logins(server, 429, {}, {"Retry-After": "90"}, times=1)
    assert run("fetch", "sample", "2102").code == 0
    assert gaps(server) == [pytest.approx(90, abs=1)]


def gaps(server: Server) -> list[float]:
    """Return the time between each login and the next."""
    moments = [login["at"] for login in server.logins]
    return [later - earlier for earlier, later in pairwise(moments)]


def test_failed_logins_count_too_and_runs_of_every_kind_share_the_limits(
    server: Server, run: Run, clock: Clock, monkeypatch: pytest.MonkeyPatch, token_file: Path
) -> None:
    monkeypatch.setenv("OPENREVIEW_USERNAME", USER)
    monkeypatch.setenv("OPENREVIEW_PASSWORD", "wrong")
    for command in (["login"], ["fetch", "sample", "2102"], ["survey", "sample", "2102", "--cron"]):
        assert run(*command).code == 4
        clock.sleep(5)
    refused = run("fetch", "sample", "2102", "-q")
    assert (refused.code, refused.err.count("\n")) == (6, 1)
    assert "OpenReview's quota of logins is used up until" in refused.err
    monkeypatch.setenv("OPENREVIEW_PASSWORD", PASSWORD)
    told = run("login").err
    assert "at most one login a minute and three in ten minutes" in told
    assert "logged in until" in told
    for _ in range(3):
        token_file.unlink()
        assert run("login").code == 0
    moments = [login["at"] for login in server.logins]
    assert len(moments) == 7
    assert min(gaps(server)) >= 60
    assert all(later - earlier >= 600 for earlier, later in zip(moments, moments[3:], strict=False))
    assert moments[-1] - moments[0] == pytest.approx(1200, abs=15)


@pytest.mark.usefixtures("password")
def test_logins_of_a_clock_that_was_ahead_are_not_waited_for(
    server: Server, run: Run, clock: Clock
) -> None:
    clock.sleep(30 * 86_400)
    assert run("login").code == 0
    clock.sleep(-30 * 86_400)
    begun = clock.now
    assert run("login").code == 0
    assert (len(server.logins), clock.now) == (2, begun)


def test_a_login_that_is_not_allowed_yet_ends_a_run_with_less_time(
    server: Server, run: Run, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENREVIEW_USERNAME", USER)
    monkeypatch.setenv("OPENREVIEW_PASSWORD", "wrong")
    assert run("fetch", "sample", "2102", "--max-time", "30s").code == 4
    result = run("fetch", "sample", "2102", "--max-time", "30s")
    assert (result.code, result.err.count("\n")) == (6, 1)
    assert "logins" in result.err
    assert len(server.logins) == 1


@pytest.mark.usefixtures("password")
def test_logins_at_the_same_moment_wait_for_each_other(
    server: Server, start: Start, tmp_path: Path
) -> None:
    both = [
        start("fetch", "sample", "2102", "--max-time", "40s", "--workspace", tmp_path / name)
        for name in "ab"
    ]
    for process in both:
        process.communicate()
    assert {process.returncode for process in both} <= {
        0,
        6,
    }  # the later one may find the token of the other
    assert len(server.logins) == 1


@pytest.mark.usefixtures("password")
@pytest.mark.parametrize(
    "content", ["", "nonsense", "[]", '{"HOST": "x"}', '{"HOST": 9e99}', '{"HOST": NaN}', "\0"]
)
def test_the_moments_of_logins_are_for_the_user_alone_hold_no_secret_and_may_be_damaged(
    server: Server, run: Run, token_file: Path, content: str
) -> None:
    token_file.parent.mkdir(parents=True)
    moments = token_file.with_name("last-logins.json")
    moments.write_text(content.replace("HOST", server.v2), encoding="utf-8")
    assert run("login").code == 0
    assert moments.stat().st_mode & 0o777 == 0o600
    assert json.loads(moments.read_text("utf-8")).keys() == {server.v2}
    token = json.loads(token_file.read_text("utf-8"))["token"]
    assert not [word for word in (PASSWORD, USER, token) if word in moments.read_text("utf-8")]


@pytest.mark.usefixtures("password")
def test_a_place_where_no_token_can_be_kept_is_told_in_a_line(
    server: Server, run: Run, token_file: Path
) -> None:
    token_file.parent.parent.write_text("no folder", encoding="utf-8")
    result = run("login")
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert "OPENREVIEW_TOKEN" in result.err
    assert server.logins == []


@pytest.mark.parametrize("variable", ["HOME", "NETRC"])
def test_a_netrc_file_with_the_hosts_name_is_never_used(
    server: Server,
    run: Run,
    tmp_path: Path,
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    secret = "netrc-51c"  # noqa: S105 - a trap
    words = f"machine 127.0.0.1 login ann password {secret}\ndefault login ann password {secret}\n"
    (tmp_path / ".netrc").write_text(words, encoding="utf-8")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv(variable, str(tmp_path if variable == "HOME" else tmp_path / ".netrc"))

    def redirect(handler: Handler, path: str, query: Query) -> bool:
        handler.send(302, "text/plain", b"", {"Location": f"{path}?{urlencode(query)}"})
        return True

    server.faults.append(only_once(redirect))
    told = run("fetch", "sample", "2102", "-v")
    monkeypatch.setenv("OPENREVIEW_USERNAME", USER)
    monkeypatch.setenv("OPENREVIEW_PASSWORD", PASSWORD)
    told_too = run("fetch", "sample", "2102", "-v")
    assert (told.code, told_too.code) == (4, 0)
    sent = [*server.headers, *(login["headers"] for login in server.logins)]
    words = [headers.get("Authorization", "Bearer") for headers in sent]
    assert all(word.startswith("Bearer") for word in words)
    basic = base64.b64encode(f"ann:{secret}".encode()).decode()
    written = b"".join(path.read_bytes() for path in workspace.rglob("*") if path.is_file()).decode(
        "latin-1"
    )
    for leak in (secret, basic):
        assert leak not in f"{written}{told}{told_too}{sent}"


@pytest.mark.usefixtures("password")
def test_no_secret_is_written_printed_or_shown_anywhere(
    server: Server, start: Start, workspace: Path, token_file: Path
) -> None:
    def redirect(handler: Handler, _path: str, query: Query) -> bool:
        if "id" in query:
            handler.send(
                302, "text/plain", b"", {"Location": f"{away.v2}/attachment?id={query['id']}"}
            )
        return "id" in query

    with Server(token_file.parents[2] / "served") as away:
        server.faults.append(only_once(redirect))
        process = start("fetch", "sample", "2102", "-v")
        titles = []
        while process.poll() is None:
            with suppress(psutil.NoSuchProcess):  # it ended just now
                titles += psutil.Process(process.pid).cmdline()
            time.sleep(0.02)
        out, err = process.communicate()
        assert away.asked == []
    assert process.returncode == 0
    assert "fetch" in titles
    assert "another host" in (workspace / "papertally.log").read_text("utf-8") + err + _ledger(
        workspace
    )
    token = json.loads(token_file.read_text("utf-8"))["token"]
    written = b"".join(path.read_bytes() for path in workspace.rglob("*") if path.is_file())
    for secret in (PASSWORD, token, token.split(".")[-1]):
        assert secret not in out + err + " ".join(titles)
        assert secret.encode() not in written


def _ledger(workspace: Path) -> str:
    return "".join(path.read_bytes().decode("latin-1") for path in workspace.glob("*.db*"))


def test_the_last_day_of_a_token_is_warned_of(
    server: Server, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = make_token(3600)
    server.tokens.add(token)
    monkeypatch.setenv("OPENREVIEW_TOKEN", token)
    assert "warning: the OpenReview token is valid until" in run("fetch", "sample", "2102").err
    assert os.environ["OPENREVIEW_TOKEN"] == token
