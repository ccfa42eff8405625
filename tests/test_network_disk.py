"""Network file systems are recognised by the mount that holds the workspace."""

from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from papertally.store.connection import disk_warning
from tests.helpers.command import Run
from tests.helpers.pdfs import FILLER


@dataclass(frozen=True)
class Mounted:
    mountpoint: str
    fstype: str


def judge(monkeypatch: pytest.MonkeyPatch, folder: str, *mounts: tuple[str, str]) -> str:
    """Return the file system that the warning for a folder names; empty without a warning."""
    partitions = [Mounted(*mount) for mount in mounts]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: partitions)
    warning = disk_warning(Path(folder))
    return warning.partition("(")[2].partition(")")[0]


def test_the_deepest_mount_above_the_folder_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    for mounts, kind in [
        ({"/": "ext4"}, ""),
        ({"/": "ext4", "/home": "nfs4"}, "nfs4"),
        ({"/home": "nfs4", "/": "ext4"}, "nfs4"),
        ({"/": "nfs", "/home/ann": "ext4"}, ""),
        ({"/": "ext4", "/home/an": "cifs"}, ""),
        ({"/": "ext4", "/home/ann/papers/deeper": "cifs"}, ""),
        ({"/": "apfs", "/home/ann/papers": "SMBFS"}, "smbfs"),
        ({"/home": "fuse.sshfs"}, "fuse.sshfs"),
        ({"/home": "fuse.encfs"}, ""),
        ({"/": "overlay"}, ""),
        ({"": "ext4", "relative": "nfs"}, ""),
        ({}, ""),
        *(
            ({"/": name}, name)
            for name in ("9p", "afpfs", "ceph", "glusterfs", "lustre", "smb3", "cifs", "nfs")
        ),
    ]:
        assert judge(monkeypatch, "/home/ann/papers", *mounts.items()) == kind, mounts


def test_of_two_mounts_on_one_place_the_later_lies_on_top(monkeypatch: pytest.MonkeyPatch) -> None:
    """An automounter's own mark comes before what it mounted."""
    assert judge(monkeypatch, "/home/ann", ("/home", "autofs"), ("/home", "nfs4")) == "nfs4"
    assert judge(monkeypatch, "/home/ann", ("/home", "nfs4"), ("/home", "tmpfs")) == ""


def test_any_folder_of_this_machine_is_judged_also_one_that_is_not_there_yet(
    tmp_path: Path,
) -> None:
    assert bool(disk_warning(tmp_path / "not" / "yet")) == bool(disk_warning(tmp_path))


def test_commands_that_write_warn_of_a_network_disk(
    run: Run, monkeypatch: pytest.MonkeyPatch, workspace: Path, tmp_path: Path
) -> None:
    mounts = [Mounted("/", "ext4"), Mounted(str(tmp_path), "nfs4")]
    monkeypatch.setattr(
        psutil, "disk_partitions", lambda **_: mounts
    )  # this machine has none to try with
    (tmp_path / "a.txt").write_text(FILLER)
    for words in (("add", "toy", 2020, tmp_path / "a.txt"), ("extract",), ("match",)):
        result = run(*words)
        assert result.code == 0
        assert (
            f"warning: the workspace {workspace} lies on a network file system (nfs4)" in result.err
        )
        assert "--workspace" in result.err
    assert "network" not in run("status").err
