"""A small disk that a test may fill, or mount read-only."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class SmallDisk:
    """A disk of some megabytes in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / ".filler"

    def used(self) -> int:
        """Return how many bytes are used."""
        usage = os.statvfs(self.path)
        return (usage.f_blocks - usage.f_bfree) * usage.f_frsize

    def leave(self, free: int) -> None:
        """Fill the disk but for so many bytes."""
        self._filler.unlink(missing_ok=True)
        usage = os.statvfs(self.path)
        self._filler.write_bytes(bytes(max(usage.f_bavail * usage.f_frsize - free, 0)))

    def free(self) -> None:
        """Free the room that was filled."""
        self._filler.unlink(missing_ok=True)

    def remount(self, mode: str) -> None:
        """Mount the disk again, as `ro` or `rw`; a moment later if a file is being written."""
        command = ["mount", "-o", f"remount,{mode}", str(self.path)]
        for _ in range(50):
            if subprocess.run(command, capture_output=True).returncode == 0:
                return
            time.sleep(0.1)
        subprocess.run(command, check=True)


@contextmanager
def small_disk(path: Path, size: str = "3m") -> Iterator[SmallDisk]:
    """Mount a small disk while the context lasts; skip the test if that is not allowed."""
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only root on Linux may mount a disk in memory")
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", "-l", path], check=True)
        path.rmdir()
