"""Hostile and damaged archives: `add` refuses them whole, in one line and in little memory."""

import gzip
import io
import lzma
import resource
import stat
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.helpers.archives import make_zip
from tests.helpers.command import Run, Start
from tests.helpers.disks import small_disk
from tests.helpers.local_papers import (
    MINE,
    check_done,
    check_refused,
    kept_files,
    nothing_stored,
    paper_text,
    read_ledger,
)
from tests.helpers.pdfs import FILLER

HOSTILE_NAMES = [
    "../x.txt",
    "a/../../x.txt",
    "a/..",
    "/etc/x.txt",
    "C:/x.txt",
    "C:\\x.txt",
    "\\\\server\\share\\x.txt",
    "..\\x.txt",
    "a\\..\\..\\x.txt",
    "\\x.txt",
]
WRITERS = {"tar": "w:", "tar.gz": "w:gz", "tar.xz": "w:xz"}


def regular(name: str, text: str) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(text.encode())
    return info, text.encode()


def make_tar(path: Path, *members: tuple[tarfile.TarInfo, bytes], kind: str = "tar") -> Path:
    with tarfile.open(path, WRITERS[kind]) as archive:  # type: ignore[call-overload]
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return path


def plain(archive: bytes, kind: str) -> bytes:
    if kind == "tar":
        return archive
    return gzip.compress(archive) if kind == "tar.gz" else lzma.compress(archive)


def tar_bytes(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    with tarfile.open(fileobj=(buffer := io.BytesIO()), mode="w") as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def add_in_little_memory(start: Start, path: Path, limit: int = 700 << 20) -> tuple[int, str]:
    """Run `add` in a process that may map only `limit` bytes."""
    process = start(
        "add",
        *MINE,
        path,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )
    _, err = process.communicate()
    return process.returncode, err


class TestHostile:
    def test_a_name_that_leads_out_is_refused_and_nothing_added(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        for name in HOSTILE_NAMES:
            for kind in ["zip", *WRITERS]:
                path = tmp_path / f"in.{kind}"
                if kind == "zip":
                    make_zip(path, ("good.txt", paper_text("good")), (name, paper_text("bad")))
                else:
                    make_tar(
                        path,
                        regular("good.txt", paper_text("good")),
                        regular(name, paper_text("bad")),
                        kind=kind,
                    )
                assert "has a path outside the archive" in check_refused(
                    run("add", *MINE, path), (name, kind)
                ), (
                    name,
                    kind,
                )
                assert nothing_stored(workspace), (name, kind)

    @pytest.mark.parametrize(
        ("kind", "word"),
        [
            (tarfile.SYMTYPE, "link"),
            (tarfile.LNKTYPE, "link"),
            (tarfile.CHRTYPE, "special file"),
            (tarfile.BLKTYPE, "special file"),
            (tarfile.FIFOTYPE, "special file"),
        ],
    )
    def test_links_and_devices_in_a_tar_are_refused(
        self, run: Run, tmp_path: Path, workspace: Path, kind: bytes, word: str
    ) -> None:
        odd = tarfile.TarInfo("odd.txt")
        odd.type, odd.linkname = kind, "good.txt"
        path = make_tar(tmp_path / "in.tar", regular("good.txt", paper_text("good")), (odd, b""))
        assert f"'odd.txt' is a {word}" in check_refused(run("add", *MINE, path))
        assert nothing_stored(workspace)

    @pytest.mark.parametrize(
        ("mode", "word"),
        [(stat.S_IFLNK, "link"), (stat.S_IFCHR, "special file"), (stat.S_IFBLK, "special file"),
         (stat.S_IFIFO, "special file"), (stat.S_IFSOCK, "special file")],
    )  # fmt: skip
    def test_links_and_devices_in_a_zip_are_refused(
        self, run: Run, tmp_path: Path, workspace: Path, mode: int, word: str
    ) -> None:
        odd = zipfile.ZipInfo("odd.txt")
        odd.create_system, odd.external_attr = 3, (mode | 0o644) << 16
        path = make_zip(tmp_path / "in.zip", ("good.txt", paper_text("good")), (odd, "/etc/passwd"))
        assert f"'odd.txt' is a {word}" in check_refused(run("add", *MINE, path))
        assert nothing_stored(workspace)

    def test_an_encrypted_zip_is_refused_and_no_file_of_it_kept(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = make_zip(tmp_path / "in.zip", ("a.txt", paper_text("a")), ("b.txt", paper_text("b")))
        data = bytearray(path.read_bytes())
        central = data.rindex(b"PK\x01\x02")
        data[central + 8] |= 1  # the flag of encryption, of the second member alone
        local = struct.unpack_from("<L", data, central + 42)[0]
        data[local + 6] |= 1
        path.write_bytes(data)
        assert "encrypted" in check_refused(run("add", *MINE, path))
        assert nothing_stored(workspace)

    @pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_a_zip_packed_by_a_method_that_cannot_be_unpacked_by_pieces_is_refused(
        self, run: Run, tmp_path: Path, workspace: Path, method: int
    ) -> None:
        with zipfile.ZipFile(tmp_path / "in.zip", "w", method) as archive:
            archive.writestr("a.txt", paper_text("a"))
        assert "unsupported compression" in check_refused(run("add", *MINE, tmp_path / "in.zip"))
        assert nothing_stored(workspace)

    def test_members_without_a_name_are_refused(self, run: Run, tmp_path: Path) -> None:
        for name in ["", "."]:
            path = make_zip(tmp_path / "in.zip", ("good.txt", paper_text("good")))
            data = path.read_bytes().replace(b"good.txt", f"{name:\0<8}".encode())
            path.write_bytes(data)
            check_refused(run("add", *MINE, path), name)
        path = make_tar(tmp_path / "in.tar", regular("", "nothing"))
        assert "a member without a name" in check_refused(run("add", *MINE, path))

    def test_control_characters_in_a_members_name_stay_in_one_line(
        self, run: Run, tmp_path: Path
    ) -> None:
        path = make_tar(tmp_path / "in.tar", regular("../a\nb\x1b[31m.txt", "x"))
        assert "\x1b" not in check_refused(run("add", *MINE, path))

    def test_an_earlier_archive_is_not_added_when_a_later_one_is_refused(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        good = make_zip(tmp_path / "good.zip", ("good.txt", paper_text("good")))
        bad = make_tar(tmp_path / "bad.tar", regular("../x.txt", paper_text("bad")))
        assert "bad.tar" in check_refused(run("add", *MINE, good, bad))
        assert nothing_stored(workspace)

    def test_a_refused_archive_costs_nothing_that_was_there(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        good = make_zip(tmp_path / "good.zip", ("good.txt", paper_text("good")))
        check_done(run("add", *MINE, good))
        files = kept_files(workspace)
        bad = make_tar(tmp_path / "bad.tar", regular("../x.txt", paper_text("bad")))
        check_refused(run("add", *MINE, good, bad))
        assert kept_files(workspace) == files
        check_done(run("extract", *MINE))
        assert str(read_ledger(workspace)["good"].ledger) == "ok"

    def test_a_fault_elsewhere_is_not_blamed_on_an_archive(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        workspace.mkdir()
        (workspace / "files").write_text("in the way")
        result = run("add", *MINE, make_zip(tmp_path / "in.zip", ("a.txt", paper_text("a"))))
        assert "in.zip" not in check_refused(result)


class TestBombs:
    BIG = 70 << 20
    """More than is always allowed."""

    def test_a_zip_bomb_is_refused_before_it_is_unpacked(
        self, start: Start, tmp_path: Path, workspace: Path
    ) -> None:
        path = make_zip(tmp_path / "in.zip", ("a.txt", bytes(self.BIG)))
        code, err = add_in_little_memory(start, path)
        assert (code, "unpacks to more than" in err, err.count("\n")) == (2, True, 1)
        assert nothing_stored(workspace)

    def test_many_small_members_are_summed_up(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = make_zip(
            tmp_path / "in.zip", *((f"{number}.txt", bytes(1 << 20)) for number in range(70))
        )
        assert "unpacks to more than" in check_refused(run("add", *MINE, path))
        assert nothing_stored(workspace)

    def test_all_archives_together_may_unpack_to_what_is_allowed(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        paths = [
            make_zip(tmp_path / f"{name}.zip", (f"{name}.txt", bytes(600 << 10))) for name in "ab"
        ]
        refused = check_refused(run("add", *MINE, *paths, "--max-unpacked", "1M"))
        assert "--max-unpacked" in refused
        assert nothing_stored(workspace)
        check_done(run("add", *MINE, *paths, "--max-unpacked", "2M"))

    def test_archives_are_refused_that_the_disk_cannot_take(self, run: Run, tmp_path: Path) -> None:
        path = make_zip(tmp_path / "in.zip", ("a.txt", bytes(20 << 20)))
        with small_disk(tmp_path / "disk", "12m") as disk:
            place = disk.path / "workspace"
            refused = check_refused(run("add", *MINE, path, "--workspace", place))
            assert "GB that are free" in refused
            assert not list(place.rglob("*.txt"))

    @pytest.mark.parametrize("kind", ["tar.gz", "tar.xz"])
    def test_a_tar_bomb_is_refused_in_little_memory(
        self, start: Start, tmp_path: Path, workspace: Path, kind: str
    ) -> None:
        raw = tar_bytes((regular("a.txt", "")[0], b""))
        info = tarfile.TarInfo("b.txt")
        info.size = self.BIG
        opener = gzip.open if kind == "tar.gz" else lzma.open
        with opener(path := tmp_path / f"in.{kind}", "wb") as handle:
            handle.write(raw[:512] + info.tobuf())
            for _ in range(self.BIG >> 20):
                handle.write(bytes(1 << 20))
            handle.write(bytes(1024))
        code, err = add_in_little_memory(start, path)
        assert (code, "unpacks to more than" in err, err.count("\n")) == (2, True, 1)
        assert nothing_stored(workspace)

    def test_headers_count_as_well_as_contents(
        self, start: Start, tmp_path: Path, workspace: Path
    ) -> None:
        path = tmp_path / "in.tar.gz"
        info = tarfile.TarInfo("a.txt")
        info.pax_headers = {"comment": "x" * 1_000_000}
        member = info.tobuf(tarfile.PAX_FORMAT)
        with gzip.open(path, "wb", compresslevel=1) as handle:
            for _ in range(150):
                handle.write(member)
            handle.write(bytes(1024))
        code, err = add_in_little_memory(start, path)
        assert (code, "unpacks to more than" in err, err.count("\n")) == (2, True, 1)
        assert nothing_stored(workspace)

    def test_a_list_of_more_members_than_are_taken_is_not_read(
        self, start: Start, tmp_path: Path, workspace: Path
    ) -> None:
        path = make_zip(tmp_path / "in.zip", ("a", ""))
        data = path.read_bytes()
        at, end = data.index(b"PK\1\2"), data.index(b"PK\5\6")
        count, member = 1_500_000, data[at:end]
        size = count * len(member)
        with path.open("wb") as file:
            file.write(data[:at] + member * count)
            file.write(
                struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, count, count, size, at)
            )
            file.write(struct.pack("<IIQI", 0x07064B50, 0, at + size, 1))
            file.write(
                struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, *[0xFFFF] * 2, *[0xFFFFFFFF] * 2, 0)
            )
        code, err = add_in_little_memory(start, path, 400 << 20)
        assert (code, "more than 200,000 members" in err, err.count("\n")) == (2, True, 1)
        assert nothing_stored(workspace)

    @pytest.mark.parametrize("kind", [b"x", b"g", b"L", b"K"])
    def test_a_giant_header_is_refused_without_reading_it(
        self, start: Start, tmp_path: Path, workspace: Path, kind: bytes
    ) -> None:
        info = tarfile.TarInfo("header")
        info.type, info.size = kind, 4 << 30
        (tmp_path / "in.tar").write_bytes(info.tobuf() + bytes(10_240))
        code, err = add_in_little_memory(start, tmp_path / "in.tar")
        assert (code, "impossible size" in err, err.count("\n")) == (2, True, 1)

    def test_a_sparse_giant_is_refused(self, run: Run, tmp_path: Path, workspace: Path) -> None:
        info = tarfile.TarInfo("a.txt")
        info.pax_headers = {
            "GNU.sparse.major": "0",
            "GNU.sparse.minor": "1",
            "GNU.sparse.size": str(1 << 40),
            "GNU.sparse.map": "0,0",
        }
        (tmp_path / "in.tar").write_bytes(info.tobuf(tarfile.PAX_FORMAT) + bytes(1024))
        check_refused(run("add", *MINE, tmp_path / "in.tar"))
        assert nothing_stored(workspace)

    def test_endless_zeros_after_the_end_are_not_read_for_ever(
        self, start: Start, tmp_path: Path, workspace: Path
    ) -> None:
        with lzma.open(tmp_path / "in.tar.xz", "wb", preset=0) as handle:
            handle.write(tar_bytes(regular("a.txt", paper_text("a"))))
            for _ in range(self.BIG >> 20):
                handle.write(bytes(1 << 20))
        code, err = add_in_little_memory(start, tmp_path / "in.tar.xz")
        assert (code, "unpacks to more than" in err, err.count("\n")) == (2, True, 1)


class TestDamaged:
    @pytest.mark.parametrize("kind", ["zip", *WRITERS])
    def test_an_archive_cut_off_anywhere_is_refused_and_adds_nothing(
        self, run: Run, tmp_path: Path, workspace: Path, kind: str
    ) -> None:
        members = [(f"{name}.txt", paper_text(name) + FILLER * 3) for name in "abc"]
        path = tmp_path / f"in.{kind}"
        if kind == "zip":
            make_zip(path, *members)
        else:
            make_tar(path, *(regular(*member) for member in members), kind=kind)
        whole = path.read_bytes()
        # what follows a plain tar's end is padding, which need not be there
        end = len(whole) if kind != "tar" else tarfile.open(path).getmembers()[-1].offset_data + 512  # noqa: SIM115
        for part in range(20):
            path.write_bytes(whole[: end * part // 20])
            check_refused(run("add", *MINE, path))
        assert nothing_stored(workspace)

    @pytest.mark.parametrize("kind", list(WRITERS))
    def test_a_tar_cut_off_between_two_members_is_refused(
        self, run: Run, tmp_path: Path, workspace: Path, kind: str
    ) -> None:
        tar = tar_bytes(regular("one.txt", paper_text("one")))
        length = 512 + (len(paper_text("one").encode()) + 511) // 512 * 512
        for tail in (b"", bytes(100), b"\1" * 512, b"\1" * 300):
            (tmp_path / f"in.{kind}").write_bytes(plain(tar[:length] + tail, kind))
            check_refused(run("add", *MINE, tmp_path / f"in.{kind}"))
        assert nothing_stored(workspace)

    def test_two_tars_joined_are_refused_instead_of_half_read(
        self, run: Run, tmp_path: Path
    ) -> None:
        both = tar_bytes(regular("one.txt", paper_text("one"))) + tar_bytes(
            regular("two.txt", paper_text("two"))
        )
        (tmp_path / "in.tar").write_bytes(both)
        assert "after its end" in check_refused(run("add", *MINE, tmp_path / "in.tar"))

    @pytest.mark.parametrize("kind", ["tar.gz", "tar.xz"])
    def test_a_wrong_checksum_is_refused(
        self, run: Run, tmp_path: Path, workspace: Path, kind: str
    ) -> None:
        data = bytearray(plain(tar_bytes(regular("one.txt", paper_text("one"))), kind))
        place = len(data) - 8 if kind == "tar.gz" else len(data) - 34  # in the sum of the content
        data[place] ^= 0xFF
        (tmp_path / f"in.{kind}").write_bytes(data)
        check_refused(run("add", *MINE, tmp_path / f"in.{kind}"))
        assert nothing_stored(workspace)

    def test_what_is_no_archive_gets_one_line(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        for kind in ["zip", "tar", "tar.gz", "tgz", "tar.xz", "txz"]:
            for data in [
                b"",
                b"\n",
                b"This is no archive.\n" * 100,
                b"PK\x05\x06",
                b"\x1f\x8b",
                b"\xfd7zXZ\0",
            ]:
                (tmp_path / f"in.{kind}").write_bytes(data)
                assert f"in.{kind}" in check_refused(run("add", *MINE, tmp_path / f"in.{kind}")), (
                    kind,
                    data,
                )
                assert nothing_stored(workspace), (kind, data)

    @pytest.mark.parametrize(("field", "size"), [(24, 10), (24, 1 << 20), (24, 0xFFFFFFF0)])
    def test_a_zip_that_lies_about_a_size_is_refused(
        self, run: Run, tmp_path: Path, workspace: Path, field: int, size: int
    ) -> None:
        path = make_zip(
            tmp_path / "in.zip", ("first.txt", paper_text("1")), ("a.txt", paper_text("a"))
        )
        data = bytearray(path.read_bytes())
        struct.pack_into("<L", data, data.rindex(b"PK\x01\x02") + field, size)
        path.write_bytes(data)
        check_refused(run("add", *MINE, path))
        assert nothing_stored(workspace)

    @pytest.mark.parametrize("size", [-512, -1, 1 << 62])
    def test_a_tar_that_lies_about_a_size_is_refused(
        self, run: Run, tmp_path: Path, workspace: Path, size: int
    ) -> None:
        info, data = regular("a.txt", paper_text("a"))
        bad = tarfile.TarInfo("b.txt")
        bad.size = size
        raw = tar_bytes((info, data)).rstrip(b"\0")
        raw += bytes(-len(raw) % 512) + bad.tobuf(tarfile.GNU_FORMAT) + bytes(1024)
        (tmp_path / "in.tar").write_bytes(raw)
        check_refused(run("add", *MINE, tmp_path / "in.tar"))
        assert nothing_stored(workspace)

    def test_a_pax_header_with_a_negative_size_is_refused(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        info = tarfile.TarInfo("a.txt")
        info.pax_headers = {"size": "-1024"}
        (tmp_path / "in.tar").write_bytes(info.tobuf(tarfile.PAX_FORMAT) + bytes(1024))
        check_refused(run("add", *MINE, tmp_path / "in.tar"))
        assert nothing_stored(workspace)


class TestHonest:
    @pytest.mark.parametrize("kind", ["zip", *WRITERS])
    def test_two_members_of_one_name_are_each_read(
        self, run: Run, tmp_path: Path, workspace: Path, kind: str
    ) -> None:
        path, texts = (
            tmp_path / f"in.{kind}",
            [paper_text("first"), paper_text("second"), paper_text("first")],
        )
        if kind == "zip":
            with pytest.warns(UserWarning, match="Duplicate"):
                make_zip(path, *(("a.txt", text) for text in texts))
        else:
            make_tar(path, *(regular("a.txt", text) for text in texts), kind=kind)
        message = check_done(run("add", *MINE, path))
        assert set(read_ledger(workspace)) == {"a", "a-2"}
        assert sorted(copy.read_text() for copy in kept_files(workspace)) == sorted(set(texts))
        assert "warning: " in message
        assert "one paper" in message

    @pytest.mark.parametrize("kind", ["zip", "tar"])
    def test_the_side_files_of_a_mac_are_no_papers(
        self, run: Run, tmp_path: Path, workspace: Path, kind: str
    ) -> None:
        names = ["a.txt", "._a.txt", "__MACOSX/._a.txt", "sub/._x.pdf"]
        path = tmp_path / f"in.{kind}"
        if kind == "zip":
            make_zip(path, *((name, paper_text(name)) for name in names))
        else:
            make_tar(path, *(regular(name, paper_text(name)) for name in names))
        assert "3 members" in check_done(run("add", *MINE, path))
        assert set(read_ledger(workspace)) == {"a"}

    def test_names_of_any_letters_are_read(self, run: Run, tmp_path: Path, workspace: Path) -> None:
        long = "long " * 50 + "end"
        check_done(
            run(
                "add",
                *MINE,
                make_zip(
                    tmp_path / "in.zip",
                    ("Ünï cödé/名前.txt", paper_text("a")),
                    (f"{long}.txt", paper_text("b")),
                ),
            )
        )
        check_done(
            run(
                "add",
                *MINE,
                make_tar(tmp_path / "in.tar", regular("sub/caf\udce9.txt", paper_text("c"))),
            )
        )
        assert set(read_ledger(workspace)) == {"名前", long, "caf\ufffd"}

    def test_a_zip_made_on_windows_with_backslashes_gives_the_ids_without_folders(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = make_zip(tmp_path / "in.zip", ("2018\\papers\\abc.txt", paper_text("a")))
        check_done(run("add", *MINE, path))
        assert set(read_ledger(workspace)) == {"abc"}

    def test_an_archive_without_papers_adds_nothing(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        check_done(run("add", *MINE, make_zip(tmp_path / "in.zip", ("a.md", "x"))))
        check_done(run("add", *MINE, make_tar(tmp_path / "in.tar")))
        assert nothing_stored(workspace)

    def test_a_large_honest_archive_of_much_alike_papers_is_taken(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        path = make_zip(
            tmp_path / "in.zip",
            *((f"{number}.txt", paper_text(str(number)) * 200) for number in range(50)),
        )
        check_done(run("add", *MINE, path))
        assert len(read_ledger(workspace)) == 50

    def test_members_stay_inside_the_workspace(
        self, run: Run, tmp_path: Path, workspace: Path
    ) -> None:
        before = set(tmp_path.rglob("*"))
        check_done(
            run(
                "add",
                *MINE,
                make_zip(
                    tmp_path / "in.zip",
                    ("a/b/c.txt", paper_text("c")),
                    ("%2e%2e%2fx.txt", paper_text("x")),
                ),
            )
        )
        made = {path for path in set(tmp_path.rglob("*")) - before if workspace not in path.parents}
        assert made == {workspace, tmp_path / "in.zip"}


def test_names_without_end_make_no_lines_without_end(run: Run, tmp_path: Path) -> None:
    names = [f"{letter * 60_000}.txt" for letter in "ab"]
    result = run("add", *MINE, make_zip(tmp_path / "in.zip", *((name, FILLER) for name in names)))
    assert result.code == 0
    assert "a': two papers" in result.err
    assert max(map(len, result.err.splitlines())) < 2100
