"""What flags and environment are read as: sizes, shares, base URLs, cores."""

import os
import pickle
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papertally.errors import UsageError
from papertally.settings import (
    MAX_JOBS,
    Extraction,
    Hosts,
    Settings,
    default_jobs,
    hosts_from_environment,
    parse_bytes,
    parse_share,
    parse_venue,
    parse_years,
)


def test_sizes_are_read_as_people_write_them() -> None:
    for word, size in [
        ("1048576", 1 << 20),
        ("2G", 2 << 30),
        ("2g", 2 << 30),
        ("2GiB", 2 << 30),
        ("2 GB", 2 << 30),
        ("500M", 500 << 20),
        ("1.5M", 3 << 19),
        (" 1024k ", 1 << 20),
        ("1T", 1 << 40),
    ]:
        assert parse_bytes(word) == size, word


def test_only_what_is_to_stay_free_may_be_nothing() -> None:
    assert parse_bytes("0G", may_be_zero=True) == 0
    with pytest.raises(UsageError, match="is not a size"):
        parse_bytes("1", may_be_zero=True)


@pytest.mark.parametrize(
    "word", ["", "x", "0", "0G", "-1G", "1025T", "G", "1e9", "٢G", "nan", "inf", "1,5G", "0x10"]
)
def test_what_is_no_size_is_refused(word: str) -> None:
    with pytest.raises(UsageError, match="is not a size"):
        parse_bytes(word)


def test_shares_are_read_as_people_write_them() -> None:
    for word, share in [
        ("5%", 0.05),
        ("0.05", 0.05),
        ("0", 0),
        ("100%", 1),
        ("1", 1),
        ("0.5 %", 0.005),
        ("1.0", 1),
    ]:
        assert parse_share(word) == pytest.approx(share), word


@pytest.mark.parametrize("word", ["", "%", "x", "-1%", "200%", "1.01", "5", "nan", "inf", "٥%"])
def test_what_is_no_share_is_refused(word: str) -> None:
    with pytest.raises(UsageError, match="is not a share"):
        parse_share(word)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.org", "https://example.org/v1/", "http://127.0.0.1:8080/v1", "http://localhost:1",
        "http://[::1]:8000/x", "http://127.1.2.3",
    ],
)  # fmt: skip
def test_base_urls_keep_their_path(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("PAPERTALLY_OPENREVIEW_V1", url)
    assert hosts_from_environment() == Hosts(v1=url.rstrip("/"))


@pytest.mark.parametrize(
    "url",
    [
        "http://api.openreview.net", "http://127.0.0.1.evil.org", "http://localhost@evil.org", "http://localhost.evil.org",
        "https://user:secret@example.org", "ftp://example.org", "file:///etc/passwd", "example.org",
        "https://",
        "http://127.0.0.1:80@evil.org",
    ],
)  # fmt: skip
def test_plain_http_is_for_loopback_only_and_no_url_holds_a_password(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("PAPERTALLY_OPENREVIEW_SITE", url)
    with pytest.raises(UsageError, match="PAPERTALLY_OPENREVIEW_SITE"):
        hosts_from_environment()


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERTALLY_OPENREVIEW_V2", "")
    assert hosts_from_environment() == Hosts()


@pytest.mark.parametrize(("cores", "jobs"), [(1, 1), (3, 3), (4, 4), (64, MAX_JOBS)])
def test_jobs_are_the_cores_this_process_may_use_at_most_four(
    monkeypatch: pytest.MonkeyPatch, cores: int, jobs: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: set(range(cores)), raising=False)
    assert default_jobs() == jobs
    assert MAX_JOBS == 4


def test_settings_can_be_given_to_a_child_process() -> None:
    settings = Settings(
        Path("x"), (Path("a.toml"),), extraction=Extraction(2, 1.5, 1 << 30, "pdfium")
    )
    assert pickle.loads(pickle.dumps(settings)) == settings  # noqa: S301 - our own bytes


@given(st.sets(st.integers(1900, 2199), min_size=1, max_size=8))
def test_years_come_sorted_and_once(years: set[int]) -> None:
    words = [str(year) for year in years]
    assert parse_years(words + words) == parse_years([",".join(words)]) == tuple(sorted(years))


@given(st.text(max_size=6))
def test_any_word_is_years_or_one_clear_error(word: str) -> None:
    try:
        fine = all(1900 <= year <= 2199 for year in parse_years([word]))
    except UsageError as error:
        fine = "is not a year" in str(error)
    assert fine


@given(st.integers(1900, 2199), st.integers(0, 2199))
def test_a_range_that_is_suggested_can_be_typed(first: int, last: int) -> None:
    word = f"{first}-{last:02}"
    try:
        years = parse_years([word])
    except UsageError as error:
        meant = re.search(r"did you mean (\d{4}-\d{4})\?", str(error))
        years = parse_years([meant[1]]) if meant else (first,)
    assert first in years, word


@given(st.text(max_size=70))
def test_any_word_is_a_venue_or_one_clear_error(word: str) -> None:
    try:
        fine = parse_venue(word) == word.lower()
    except UsageError as error:
        fine = "is not a venue's name" in str(error)
    assert fine
