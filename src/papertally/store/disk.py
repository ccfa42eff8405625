"""What kind of disk a workspace lies on: a database with a write-ahead log is unsafe on a network file system."""

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

_NETWORK = frozenset((
    "9p", "afpfs", "afs", "beegfs", "ceph", "cifs", "davfs", "fuse.ceph", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs",
    "fuse.sshfs", "glusterfs", "gpfs", "lustre", "macfuse.sshfs", "ncpfs", "nfs", "nfs4", "orangefs", "osxfuse.sshfs",
    "prl_fs", "smb", "smb2", "smb3", "smbfs", "vboxsf", "webdav",
))  # fmt: skip
"""Names of file systems as Linux and macOS give them; folders that a virtual machine shares are no better."""


class Partition(Protocol):
    """A mounted file system, as psutil gives it."""

    @property
    def mountpoint(self) -> str:
        """Where it is mounted."""

    @property
    def fstype(self) -> str:
        """Its kind."""


def network_file_system(folder: Path) -> str:
    """Name the network file system that a folder lies on, such as `nfs4`; empty for a disk of this machine.

    The folder need not exist yet. Empty also where the machine does not tell what is mounted.
    """
    import psutil  # here, because `papertally --help` has no use for it

    try:
        return network_kind(folder.resolve(), psutil.disk_partitions(all=True))
    except (OSError, RuntimeError):  # a mount table that cannot be read, a loop of links
        return ""


def disk_warning(folder: Path) -> str:
    """Say what is wrong with a workspace's disk and what to do; empty where nothing is."""
    if not (kind := network_file_system(folder)):
        return ""
    return (
        f"the workspace {folder} lies on a network file system ({kind}), where SQLite may damage it when two machines "
        "write: choose a local folder with --workspace"
    )


def network_kind(folder: Path, partitions: Iterable[Partition]) -> str:
    """Name the network file system among `partitions` that holds an absolute folder; empty where it is none.

    Of several mounts on one place the last, which lies on top, counts.
    """
    kind, deepest = "", -1
    for partition in partitions:
        mount = Path(partition.mountpoint)
        if folder.is_relative_to(mount) and len(mount.parts) >= deepest:
            kind, deepest = partition.fstype.lower(), len(mount.parts)
    return kind if kind in _NETWORK else ""
