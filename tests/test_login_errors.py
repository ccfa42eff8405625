"""Messages about a login that is missing, incomplete or expired, with the right cure."""

import time
from pathlib import Path
from typing import Any

import pytest

from papertally.demo.server import Handler
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
)

FETCH = ("fetch", "sample", "2102")


@pytest.fixture
def server(serve: Serve, tmp_path: Path) -> Server:
    """A server that wants a login."""
    server = serve(invent_year(tmp_path / "served", 2, pdfs=2))
    server.tokens.add("nobody's")
    return server


def told(run: Run, code: int, *words: str) -> str:
    result = run(*(words or FETCH))
    assert (result.code, result.err.count("\n")) == (code, 1)
    return result.err


@pytest.mark.usefixtures("server")
def test_without_an_account_the_ways_are_named(run: Run) -> None:
    words = told(run, 4)
    for way in (
        "https://openreview.net/signup (may take up to two weeks without an institutional address)",
        "papertally login",
        "papertally add sample 2102 PATH",
    ):
        assert way in words
    assert len(words) < 270
    assert "OPENREVIEW_PASSWORD_FILE" in told(run, 4, "survey", "sample", "2102", "--cron")


@pytest.mark.parametrize(
    ("life", "what"), [(-100, "has expired"), (3 * 86_400, "is refused by OpenReview")]
)
@pytest.mark.usefixtures("server")
def test_a_given_token_that_is_no_longer_good(
    run: Run, monkeypatch: pytest.MonkeyPatch, life: float, what: str
) -> None:
    monkeypatch.setenv("OPENREVIEW_TOKEN", make_token(life))
    words = told(run, 4)
    assert f"the token in OPENREVIEW_TOKEN, of unknown age, {what}: set a new one" in words
    assert "signup" not in words


@pytest.mark.parametrize(
    ("left", "what"), [(-100, "has expired"), (3 * 86_400, "is refused by OpenReview")]
)
def test_a_kept_token_that_is_no_longer_good(
    server: Server, run: Run, token_file: Path, left: float, what: str
) -> None:
    write_token(token_file, server, make_token(left), time.time() + left, time.time() - 200_000)
    words = told(run, 4)
    assert f"the token of the last login, 2.3 days old, {what}: run `papertally login`" in words
    assert "signup" not in words


@pytest.mark.parametrize(
    ("given", "lacks"),
    [
        ({"OPENREVIEW_USERNAME": USER}, "without OPENREVIEW_PASSWORD or OPENREVIEW_PASSWORD_FILE"),
        (
            {"OPENREVIEW_PASSWORD": PASSWORD},
            "OPENREVIEW_PASSWORD is set without OPENREVIEW_USERNAME",
        ),
        (
            {"OPENREVIEW_PASSWORD_FILE": "FILE"},
            "OPENREVIEW_PASSWORD_FILE is set without OPENREVIEW_USERNAME",
        ),
        ({"OPENREVIEW_USERNAME": USER, "OPENREVIEW_PASSWORD_FILE": "FILE"}, "is empty"),
    ],
)
@pytest.mark.parametrize("command", [FETCH, ("login",), ("survey", "sample", "2102", "--cron")])
def test_half_a_login_is_a_wrong_setting(
    server: Server, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str,
    str], lacks: str,
    command: tuple[str, ...],
) -> None:  # fmt: skip
    (tmp_path / "empty").write_text("\n")
    for name, value in given.items():
        monkeypatch.setenv(name, value.replace("FILE", str(tmp_path / "empty")))
    words = told(run, 2, *command)
    assert lacks in words
    assert PASSWORD not in words
    assert server.logins == []
    shown = run("status")
    assert lacks in " ".join(f"{shown.out}{shown.err}".split())


@pytest.mark.parametrize("place", ["environment", "kept"])
def test_the_last_day_says_how_that_token_is_renewed(
    server: Server, run: Run, monkeypatch: pytest.MonkeyPatch, token_file: Path, place: str
) -> None:
    token = make_token(3600)
    server.tokens.add(token)
    if place == "kept":
        write_token(token_file, server, token, time.time() + 3600)
    else:
        monkeypatch.setenv("OPENREVIEW_TOKEN", token)
    words = run(*FETCH).err
    assert ("only: set a new OPENREVIEW_TOKEN before then" in words) == (place == "environment")
    assert ("only: run `papertally login` before then" in words) == (place == "kept")


@pytest.mark.parametrize("page", [True, False])
def test_a_challenge_at_the_login_is_told_as_that(
    server: Server, run: Run, monkeypatch: pytest.MonkeyPatch, page: bool
) -> None:
    monkeypatch.setenv("OPENREVIEW_USERNAME", USER)
    monkeypatch.setenv("OPENREVIEW_PASSWORD", PASSWORD)
    if page:

        def show(handler: Handler, _body: dict[str, Any]) -> None:
            handler.send(200, "text/html", b"<html><title>Verifying your browser</title></html>")

        server.log_in = show  # type: ignore[method-assign]
    else:
        answer_logins(
            server, 403, {"name": "ChallengeRequiredError", "message": "m", "status": 403}
        )
    words = told(run, 4, "login")
    assert "browser check" in words
    assert "password" not in words


def test_a_failure_of_tls_names_the_variable_for_certificates(
    server: Server, run: Run, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the stand-in speaks no TLS
    monkeypatch.setenv("PAPERTALLY_OPENREVIEW_V2", server.v2.replace("http:", "https:"))
    for command in (FETCH, ("login",)):
        words = told(run, 7, *command)
        assert "cannot be reached" in words
        assert "set REQUESTS_CA_BUNDLE" in words
        assert "HTTPS_PROXY" not in words
        monkeypatch.setenv("OPENREVIEW_USERNAME", USER)
        monkeypatch.setenv("OPENREVIEW_PASSWORD", PASSWORD)


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_certificates_that_do_not_exist_are_a_wrong_setting(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    monkeypatch.setenv(variable, str(tmp_path / "none.pem"))
    assert f"{variable}={tmp_path}/none.pem does not exist" in told(run, 2)


def test_a_second_factor_at_a_terminal_is_told_as_what_login_cannot_answer(
    server: Server, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_logins(server, 200, {"mfaPending": True, "mfaPendingToken": "secret-mfa"})
    typed = iter((USER, PASSWORD))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("click.prompt", lambda *_words, **_options: next(typed))
    words = told(run, 4, "login")
    assert "has two-factor login" in words
    assert "OPENREVIEW_TOKEN" in words
    assert "secret-mfa" not in words


def test_the_help_of_login_names_the_token(run: Run) -> None:
    assert "OPENREVIEW_TOKEN" in run("login", "--help").out
