"""Note lists in all the shapes and with all the faults that they come with."""

import json
import lzma
import resource
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from papertally.errors import UsageError
from papertally.fetch.notes import newest_date, parse_notes, read_note_file
from papertally.models import Note
from tests.helpers.command import Run, Start
from tests.helpers.local_papers import (
    MINE,
    check_done,
    check_refused,
    make_note,
    nothing_stored,
    read_ledger,
    stored_rows,
    write_notes,
    write_paper,
)

V1 = {
    "id": "one",
    "forum": "one",
    "number": 7,
    "tmdate": 1509500000000,
    "readers": ["everyone"],
    "invitation": "ICLR.cc/2018/Conference/-/Blind_Submission",
    "content": {
        "title": "A title",
        "keywords": ["a", "b"],
        "abstract": "Words.",
        "TL;DR": "Short.",
        "authors": ["A. One"],
        "pdf": "/pdf/abc.pdf",
    },
}
V2 = {
    "id": "one",
    "number": 7,
    "tmdate": 1509500000000,
    "readers": ["everyone"],
    "invitations": ["X/-/Submission"],
    "content": {
        "title": {"value": "A title"},
        "keywords": {"value": ["a", "b"]},
        "abstract": {"value": "Words."},
        "TLDR": {"value": "Short."},
        "authors": {"value": ["A. One"]},
        "pdf": {"value": "/pdf/abc.pdf"},
        "venue": {"value": "ICLR 2024 poster"},
        "venueid": {"value": "ICLR.cc/2024/Conference"},
    },
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    [
        "title",
        "keywords",
        "abstract",
        "TL;DR",
        "TLDR",
        "authors",
        "pdf",
        "venue",
        "venueid",
        "decision",
    ]
)
NOTES = st.fixed_dictionaries(
    {},
    optional={
        "id": JSON | st.text(min_size=1),
        "number": JSON,
        "tmdate": JSON,
        "readers": JSON | st.just(["everyone"]),
        "invitation": JSON,
        "invitations": JSON,
        "license": JSON,
        "ddate": JSON,
        "original": JSON,
        "content": JSON | st.dictionaries(FIELDS, JSON | st.fixed_dictionaries({"value": JSON})),
    },
)


def check(parsed: Note) -> None:
    """Check that a note can be stored: valid Unicode texts and numbers."""
    for text in (
        parsed.id,
        parsed.title,
        parsed.abstract,
        parsed.tldr,
        parsed.pdf,
        parsed.status_raw,
        parsed.raw,
    ):
        assert isinstance(text, str)
        text.encode()
    for words in (parsed.keywords, parsed.authors):
        assert all(isinstance(word, str) and word for word in words)
    assert parsed.id
    assert "\n" not in parsed.id
    assert type(parsed.number) in (int, type(None))
    assert type(parsed.modified) in (int, type(None))
    assert isinstance(json.loads(parsed.raw), dict)


@given(st.lists(NOTES | JSON))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_json_is_read_without_an_exception(raw: list[object]) -> None:
    notes = parse_notes(raw)
    for parsed in notes:
        check(parsed)
    assert len({parsed.id for parsed in notes}) == len(notes)
    if day := newest_date(notes):
        date.fromisoformat(day)


@pytest.mark.parametrize("shape", [V1, V2], ids=["v1", "v2"])
@pytest.mark.parametrize("bare", [True, False])
@pytest.mark.parametrize("name", ["n.json", "n.json.xz", "N.JSON.XZ"])
def test_both_apis_bare_or_not_packed_or_not_give_the_same_note(
    tmp_path: Path, shape: dict[str, Any], bare: bool, name: str
) -> None:
    data = json.dumps([shape] if bare else {"notes": [shape], "count": 1}).encode()
    (tmp_path / name).write_bytes(lzma.compress(data) if name.lower().endswith("xz") else data)
    (parsed,) = read_note_file(tmp_path / name)
    assert (parsed.id, parsed.number, parsed.title, parsed.abstract) == (
        "one",
        7,
        "A title",
        "Words.",
    )
    assert (parsed.keywords, parsed.authors, parsed.tldr) == (("a", "b"), ("A. One",), "Short.")
    assert (parsed.pdf, parsed.modified) == ("/pdf/abc.pdf", 1509500000000)


def test_titles_statuses_keywords_and_dates_reach_the_ledger(
    run: Run, tmp_path: Path, workspace: Path
) -> None:
    check_done(run("add", *MINE, "--notes", write_notes(tmp_path / "n.json", [V2])))
    row = read_ledger(workspace)["one"]
    assert (row.title, row.number, row.keywords) == ("A title", 7, "a; b")
    assert (str(row.status), row.status_raw, row.listing_date) == (
        "accepted",
        "ICLR 2024 poster",
        "2017-11-01",
    )


def test_a_status_is_read_from_the_venues_words() -> None:
    for fields, status in [
        ({"venue": "ICLR 2024 poster", "venueid": "ICLR.cc/2024/Conference"}, "accepted"),
        ({"venue": "ICLR 2023 notable top 5%"}, "accepted"),
        (
            {
                "venue": "Submitted to ICLR 2024",
                "venueid": "ICLR.cc/2024/Conference/Rejected_Submission",
            },
            "rejected",
        ),
        ({"venueid": "ICLR.cc/2024/Conference/Withdrawn_Submission"}, "withdrawn"),
        ({"venueid": "ICLR.cc/2024/Conference/Desk_Rejected_Submission"}, "desk-rejected"),
        ({}, "unknown"),
        ({"venue": 7, "venueid": ["x"]}, "unknown"),
    ]:
        wrapped = {key: {"value": value} for key, value in fields.items()}
        for content in (fields, wrapped):
            (parsed,) = parse_notes([{"id": "a", "content": content}])
            assert str(parsed.status) == status, fields


@pytest.mark.parametrize(
    ("invitation", "status"),
    [
        ("ICLR.cc/2019/Conference/-/Withdrawn_Submission", "withdrawn"),
        ("ICLR.cc/2020/Conference/-/Desk_Rejected_Submission", "desk-rejected"),
        ("ICLR.cc/2019/Conference/-/Blind_Submission", "unknown"),
    ],
)
def test_a_status_is_read_from_the_invitation(invitation: str, status: str) -> None:
    (parsed,) = parse_notes([{"id": "a", "invitation": invitation}])
    assert str(parsed.status) == status


class TestTypeDrift:
    def one(self, **fields: Any) -> Note:
        (parsed,) = parse_notes([{"id": "a", **fields}])
        check(parsed)
        return parsed

    def test_a_number_that_is_none_is_left_out(self) -> None:
        for number in [None, "7", True, float("nan"), float("inf"), 7.5, 1e300, 10**30, [], {}]:
            assert self.one(number=number).number is None, number

    @pytest.mark.parametrize("number", [7, 7.0])
    def test_a_whole_number_is_kept_however_written(self, number: object) -> None:
        assert self.one(number=number).number == 7

    def test_content_of_another_type_gives_empty_fields(self) -> None:
        for content in [
            None,
            [],
            "text",
            7,
            {},
            {"title": None},
            {"title": {"value": None}},
            {"title": ["x"]},
        ]:
            assert self.one(content=content).title == "", content

    def test_authors_of_any_shape_are_names(self) -> None:
        for authors, expected in [
            ("A. One", ("A. One",)),
            (["A", None, 7, "B"], ("A", "B")),
            ([{"fullname": "A"}, {"name": "B"}, {"fullname": 7}], ("A",)),
            (None, ()),
            ({"value": {"fullname": "A"}}, ("A",)),
            ([["nested"]], ()),
        ]:
            assert self.one(content={"authors": authors}).authors == expected, authors

    def test_lone_surrogates_and_control_characters_are_made_storable(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        content = '{"title": "x\\udfff\\u0000\\u001by", "keywords": ["\\ud83d"]}'
        text = f'[{{"id": "a\\ud800", "content": {content}}}]'
        (tmp_path / "n.json").write_text(text)
        check_done(run("add", *MINE, "--notes", tmp_path / "n.json", "--listed-on", "2020-01-01"))
        (row,) = read_ledger(workspace).values()
        assert row.title.isprintable()

    def test_notes_without_a_usable_id_are_passed_over(self) -> None:
        odd: tuple[object, ...] = (None, 7, "", " \n", [], {"value": "x"}, True)
        raw: list[object] = [{"id": identifier} for identifier in odd]
        assert parse_notes([*raw, {}, [], None, "x", 7]) == []

    def test_of_two_notes_with_one_id_the_first_is_kept(self) -> None:
        raw = [{"id": "a", "number": 1}, {"id": "a", "number": 2}]
        assert [parsed.number for parsed in parse_notes(raw)] == [1]

    @pytest.mark.parametrize(
        ("readers", "public"),
        [
            (["everyone"], True),
            (["a", "everyone"], True),
            (["a/Authors"], False),
            ([], True),
            (None, True),
        ],
    )
    def test_notes_that_not_everyone_may_read_are_passed_over(
        self, readers: object, public: bool
    ) -> None:
        assert bool(parse_notes([{"id": "a", "readers": readers}])) == public

    @pytest.mark.parametrize(
        "value", ["deep", 10**40, float("nan"), {"a": [1, {"b": None}]}, ["x", 7, ["y"]]]
    )
    def test_odd_status_fields_do_no_harm(self, value: object) -> None:
        for _ in range(5000 if value == "deep" else 0):
            value = [value]
        self.one(
            license=value,
            ddate=value,
            original=value,
            invitations=value,
            content={"venueid": value},
        )


class TestDates:
    def listed(self, workspace: Path) -> list[str]:
        return sorted(row[3] for row in stored_rows(workspace)["listing"])

    def test_the_newest_tmdate_dates_the_listing(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        notes = [
            make_note("a", tmdate=1509500000000),
            make_note("b", tmdate=1546300799000),
            make_note("c", tmdate=1),
        ]
        check_done(run("add", *MINE, "--notes", write_notes(tmp_path / "n.json", notes)))
        assert self.listed(workspace) == ["2018-12-31"]

    def test_a_date_given_goes_before(self, run: Run, tmp_path: Path, workspace: Path) -> None:
        notes = write_notes(tmp_path / "n.json", [make_note("a")])
        check_done(run("add", *MINE, "--notes", notes, "--listed-on", "2019-02-28"))
        assert self.listed(workspace) == ["2019-02-28"]
        assert read_ledger(workspace)["a"].listing_date == "2019-02-28"

    @pytest.mark.parametrize("day", ["2019-02-30", "28.2.2019", "yesterday", "2019", "0"])
    def test_what_is_no_date_gets_one_line(self, run: Run, tmp_path: Path, day: str) -> None:
        notes = write_notes(tmp_path / "n.json", [make_note("a")])
        assert "is not a date" in check_refused(
            run("add", *MINE, "--notes", notes, "--listed-on", day)
        )

    @pytest.mark.parametrize("value", [None, "2018", -1, 1e300, float("nan"), 10**18, True])
    def test_a_list_without_dates_is_dated_today_with_a_warning(
        self, run: Run, tmp_path: Path, workspace: Path, value: object
    ) -> None:
        notes = write_notes(tmp_path / "n.json", [make_note("a", tmdate=value)])
        assert "so the listing gets today's" in check_done(run("add", *MINE, "--notes", notes))
        (day,) = self.listed(workspace)
        date.fromisoformat(day)

    def test_the_newest_listing_counts_whichever_came_last(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        new = write_notes(tmp_path / "new.json", [make_note("a", "New title")])
        old = write_notes(tmp_path / "old.json", [make_note("a", "Old title")])
        check_done(run("add", *MINE, "--notes", new, "--listed-on", "2019-01-02"))
        check_done(run("add", *MINE, "--notes", old, "--listed-on", "2019-01-01"))
        assert read_ledger(workspace)["a"].title == "New title"

    def test_the_same_list_twice_is_nothing_new(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        notes = write_notes(tmp_path / "n.json", [make_note("a")])
        assert "listing stored" in check_done(run("add", *MINE, "--notes", notes))
        before = stored_rows(workspace)
        assert "nothing new" in check_done(run("add", *MINE, "--notes", notes))
        assert stored_rows(workspace) == before


class TestFilesThatAreNoLists:
    def test_it_gets_one_line_and_adds_nothing(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        for data in [
            b"",
            b"{",
            b"null",
            b"7",
            b'"text"',
            b"{}",
            b"[]",
            b'{"notes": []}',
            b'{"notes": null}',
            b'{"notes": {}}',
            b"[1, 2]",
            b'[{"id": 7}]',
            b'[{"id": "a", "readers": ["x"]}]',
            b"\xff\xfe\xfa",
            b"[" * 100_000,
            b'[{"id": "a", "number": ' + b"9" * 5000 + b"}]",
            b"<html>\nnot\nJSON</html>",
            b"\0" * 100,
        ]:
            for packed in [False, True]:
                path = tmp_path / ("n.json.xz" if packed else "n.json")
                path.write_bytes(lzma.compress(data) if packed else data)
                assert path.name in check_refused(
                    run("add", *MINE, write_paper(tmp_path / "one.txt"), "--notes", path)
                ), (data, packed)
                assert not (workspace / "papertally.db").exists() or nothing_stored(workspace), (
                    data,
                    packed,
                )

    def test_a_list_cut_off_in_its_packing_gets_one_line(self, run: Run, tmp_path: Path) -> None:
        whole = lzma.compress(
            json.dumps([make_note(str(number)) for number in range(100)]).encode()
        )
        for part in range(10):
            (tmp_path / "n.json.xz").write_bytes(whole[: len(whole) * part // 10])
            check_refused(run("add", *MINE, "--notes", tmp_path / "n.json.xz"))

    def test_a_packed_bomb_is_refused_in_little_memory(self, start: Start, tmp_path: Path) -> None:
        with lzma.open(tmp_path / "n.json.xz", "wb", preset=0) as handle:
            for _ in range(400):
                handle.write(b" " * (1 << 20))
        limit = 500 << 20
        process = start(
            "add", *MINE, "--notes", tmp_path / "n.json.xz",
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
        )  # fmt: skip
        _, err = process.communicate()
        assert (process.returncode, "too large" in err, err.count("\n")) == (2, True, 1)

    def outcome(self, path: Path) -> str:
        try:
            return f"{len(read_note_file(path))} note"
        except UsageError as error:
            return "no list" if "is not a list of notes" in str(error) else str(error)

    def test_a_list_is_read_or_refused_however_deep_it_nests(self, tmp_path: Path) -> None:
        for depth in range(700, 1100):
            deep = "[" * depth + "]" * depth
            (tmp_path / "n.json").write_text(
                f'[{{"id": "a", "license": {deep}, "content": {{"venueid": {deep}}}}}]'
            )
            assert self.outcome(tmp_path / "n.json") in ("1 note", "no list")

    @pytest.mark.parametrize("name", ["absent.json", "folder", "x" * 300])
    def test_a_path_that_cannot_be_read_gets_one_line(
        self, run: Run, tmp_path: Path, name: str
    ) -> None:
        (tmp_path / "folder").mkdir()
        assert "cannot be read" in check_refused(run("add", *MINE, "--notes", tmp_path / name))

    def test_a_byte_order_mark_is_no_fault(self, tmp_path: Path) -> None:
        (tmp_path / "n.json").write_bytes(b"\xef\xbb\xbf" + json.dumps([V1]).encode())
        assert len(read_note_file(tmp_path / "n.json")) == 1
