"""A cage for the process that reads PDFs: whoever takes it over can do next to nothing with it.

The kernel is asked by ctypes. `pyseccomp` needs the system's libseccomp and the packages for
Landlock are young, while the few calls needed here have not changed since they were made. Whatever
a system lacks is left out: `missing_walls` lists it.
"""

import ctypes
import errno
import os
import resource
import signal
import struct
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

NO_LANDLOCK = "a PDF that takes over the reader can open your files: the kernel has no Landlock"
NO_SECCOMP = (
    "a PDF that takes over the reader can use the network and run programs: "
    "the system has no filter of system calls for this machine"
)
_MAX_DESCRIPTORS = 64
_LIBC = ctypes.CDLL(None, use_errno=True)

_SET_DEATH_SIGNAL, _SET_DUMPABLE, _SET_NO_NEW_PRIVILEGES = 1, 4, 38
"""Of prctl(2)."""


def enter(readable: Iterable[str], memory: int, seconds: int) -> list[str]:
    """Shut this process in for good, and return what its machine cannot keep from it.

    From now on it can open nothing but what is below `readable`, and only to read it. It starts no
    process or thread, reaches no network and no other process, and dies with its parent. It may map
    `memory` bytes beyond what it holds, and compute for some seconds.
    """
    _limit(memory, seconds)
    if sys.platform != "linux":
        return [NO_LANDLOCK, NO_SECCOMP]
    _control(_SET_DEATH_SIGNAL, signal.SIGKILL)
    _control(_SET_NO_NEW_PRIVILEGES, 1)
    missing = [] if _restrict_files(readable) else [NO_LANDLOCK]
    return missing if _restrict_calls() else [*missing, NO_SECCOMP]


def missing_walls() -> list[str]:
    """Return what this machine cannot keep from the reader of PDFs; none if the cage is whole."""
    import subprocess  # not needed, and not cheap, in the process that reads

    command = [sys.executable, "-P", "-m", __name__]
    tried = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    return [NO_LANDLOCK, NO_SECCOMP] if tried.returncode else tried.stdout.splitlines()


def has_landlock() -> bool:
    """Check whether this machine can keep processes from files."""
    return sys.platform == "linux" and _landlock_version() > 0


def guard_memory(is_guarded: bool) -> None:
    """Keep other processes of this user from this one's memory and environment, or cease to.

    It is for machines without Landlock, on which a reader could look at its parent.
    """
    if sys.platform == "linux":
        _control(_SET_DUMPABLE, int(not is_guarded))


def _control(option: int, value: int) -> None:
    _LIBC.prctl(option, *map(ctypes.c_ulong, (value, 0, 0, 0)))


def _call(number: int, *arguments: object) -> int:
    """Make a system call by its number and return its result, or -1."""
    padded = [*arguments, *[ctypes.c_long(0)] * (5 - len(arguments))]
    return int(_LIBC.syscall(ctypes.c_long(number), *padded))


def _limit(memory: int, seconds: int) -> None:
    """Limit the address space, the processor's time, open files, written files and processes."""
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: _MAX_DESCRIPTORS,
        resource.RLIMIT_NPROC: 0,
    }
    with suppress(OSError, ValueError):  # macOS has no /proc and does not enforce that limit
        held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        limits[resource.RLIMIT_AS] = held + memory
    for limit, value in limits.items():
        with suppress(OSError, ValueError):  # one that is stricter already stays
            _, most = resource.getrlimit(limit)
            value = value if most == resource.RLIM_INFINITY else min(value, most)
            resource.setrlimit(limit, (value, value))


# Landlock keeps the process from files, and from much of the network without a filter of calls.

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""Numbers of system calls, the same on all machines."""
_VERSION, _BENEATH = 1, 1
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}
"""How many rights to files each version that brought new ones knows."""
_TCP_VERSION, _TCP_RIGHTS = 4, 0b11
_SCOPE_VERSION, _SCOPES = 6, 0b11
"""Signals and sockets without a file, to processes outside the cage."""


def _landlock_version() -> int:
    """Return the version that the kernel speaks; not above 0 without Landlock."""
    return _call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(_VERSION))


def _restrict_files(readable: Iterable[str]) -> bool:
    """Forbid all access to files but reading some; return whether that is possible."""
    for version in range(_landlock_version(), 0, -1):
        # some kernels claim a version that they have only in part
        ruleset = _create_ruleset(version)
        if ruleset >= 0:
            break
    else:
        return False
    try:
        for path in readable:
            _allow_reading(ruleset, path)
        return _call(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint(0)) == 0
    finally:
        os.close(ruleset)


def _create_ruleset(version: int) -> int:
    count = max(count for known, count in _FILE_RIGHTS.items() if known <= version)
    tcp = _TCP_RIGHTS if version >= _TCP_VERSION else 0
    scopes = _SCOPES if version >= _SCOPE_VERSION else 0
    handled = struct.pack("=QQQ", (1 << count) - 1, tcp, scopes)
    return _call(_CREATE_RULESET, handled, ctypes.c_size_t(len(handled)), ctypes.c_uint(0))


def _allow_reading(ruleset: int, path: str) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_DIRECTORY)
    except OSError:
        return  # such a folder is not everywhere
    rule = struct.pack("=Qi", _READ_FILE | _READ_FOLDER, descriptor)
    _call(_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_BENEATH), rule, ctypes.c_uint(0))
    os.close(descriptor)


# seccomp leaves it the system calls that it needs.

_MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""The machines whose calls are known here, with their numbers in linux/audit.h."""
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_SET_FILTER, _ALL_THREADS = 1, 1
_CALLS: dict[str, tuple[int | None, int | None]] = {
    "read": (0, 63),
    "write": (1, 64),
    "readv": (19, 65),
    "writev": (20, 66),
    "pread64": (17, 67),
    "lseek": (8, 62),
    "close": (3, 57),
    "recvmsg": (47, 212),
    "stat": (4, None),
    "fstat": (5, 80),
    "lstat": (6, None),
    "newfstatat": (262, 79),
    "statx": (332, 291),
    "access": (21, None),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "getdents64": (217, 61),
    "getcwd": (79, 17),
    "fadvise64": (221, 223),
    "mmap": (9, 222),
    "munmap": (11, 215),
    "mprotect": (10, 226),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "futex": (202, 98),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "select": (23, None),
    "pselect6": (270, 72),
    "poll": (7, None),
    "ppoll": (271, 73),
    "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "getrusage": (98, 165),
    "getpid": (39, 172),
    "getppid": (110, 173),
    "gettid": (186, 178),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "uname": (63, 160),
    "sysinfo": (99, 179),
    "getrandom": (318, 278),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
"""Calls that are allowed whatever their arguments, with their numbers on x86_64 and aarch64.

All that is not listed, here or in `_checked_calls`, fails as on a kernel that does not have it, so
that libraries do without it.
"""
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_DESCRIPTOR_COMMANDS = (0, 1, 2, 3, 4, 1030)
"""Of fcntl(2): to duplicate a descriptor and to get and set flags, but not to send signals."""
_TERMINAL_COMMANDS = (0x5401, 0x5450, 0x5451)
"""Of ioctl(2): what Python asks of each file, whether it is a terminal and whether programs that
are started get it."""

_LOAD, _IF_EQUAL, _IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_KILL, _FAIL, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_NUMBER, _MACHINE, _ARGUMENTS = 0, 4, 16
"""Where the kernel puts what a filter looks at; each argument has eight bytes."""
_Step = tuple[int, int, int, int]
"""An instruction: what it does, how many to skip if so and if not so, and a value."""


def _restrict_calls() -> bool:
    """Forbid all system calls but some; return whether that is possible."""
    machine = os.uname().machine
    if machine not in _MACHINES or sys.maxsize < 1 << 32 or sys.byteorder != "little":
        return False
    steps = _make_filter(machine)
    packed = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = struct.pack("@HP", len(steps), ctypes.addressof(packed))
    mode, flags = ctypes.c_uint(_SET_FILTER), ctypes.c_uint(_ALL_THREADS)
    return _call(_SECCOMP[machine], mode, flags, program) == 0


def _make_filter(machine: str) -> list[_Step]:
    column = list(_MACHINES).index(machine)
    steps = [
        (_LOAD, 0, 0, _MACHINE),
        (_IF_EQUAL, 1, 0, _MACHINES[machine]),
        (_RETURN, 0, 0, _KILL),  # calls of another machine's numbers, such as 32-bit ones
        (_LOAD, 0, 0, _NUMBER),
    ]
    checks = [(numbers[column], _allow()) for numbers in _CALLS.values()]
    checks += [(numbers[column], check) for numbers, check in _checked_calls()]
    for number, check in checks:
        if number is not None:
            steps += [(_IF_EQUAL, 0, len(check), number), *check]
    return [*steps, *_fail(errno.ENOSYS)]


def _checked_calls() -> list[tuple[tuple[int | None, int | None], list[_Step]]]:
    """Return the numbers of calls that are allowed with some arguments, and how these are found."""
    return [
        ((2, None), _without_bits(_lower(1), _WRITING)),  # open
        ((257, 56), _without_bits(_lower(2), _WRITING)),  # openat
        ((16, 29), _one_of(_TERMINAL_COMMANDS, errno.ENOTTY)),  # ioctl
        ((72, 25), _one_of(_DESCRIPTOR_COMMANDS, errno.EPERM)),  # fcntl
        ((234, 131), _equal({_lower(0): os.getpid()})),  # tgkill, by which a process aborts
        (
            (302, 261),
            _equal({_lower(0): 0, _lower(2): 0, _upper(2): 0}),
        ),  # prlimit64, to read its own limits
    ]


def _allow() -> list[_Step]:
    return [(_RETURN, 0, 0, _ALLOW)]


def _fail(reason: int) -> list[_Step]:
    return [(_RETURN, 0, 0, _FAIL | reason)]


def _lower(argument: int) -> int:
    """Return where the lower half of an argument is."""
    return _ARGUMENTS + 8 * argument


def _upper(argument: int) -> int:
    return _lower(argument) + 4


def _without_bits(place: int, bits: int) -> list[_Step]:
    return [(_LOAD, 0, 0, place), (_IF_ANY_BIT, 0, 1, bits), *_fail(errno.EACCES), *_allow()]


def _one_of(commands: Sequence[int], reason: int) -> list[_Step]:
    """Return a check of the second argument, which is a command."""
    steps: list[_Step] = [(_LOAD, 0, 0, _lower(1))]
    for command in commands:
        steps += [(_IF_EQUAL, 0, 1, command), *_allow()]
    return [*steps, *_fail(reason)]


def _equal(values: Mapping[int, int]) -> list[_Step]:
    """Return a check of the values at some places."""
    steps: list[_Step] = []
    for place, value in values.items():
        steps += [(_LOAD, 0, 0, place), (_IF_EQUAL, 1, 0, value), *_fail(errno.EPERM)]
    return [*steps, *_allow()]


if __name__ == "__main__":
    for wall in enter([], memory=1 << 30, seconds=10):
        sys.stdout.write(f"{wall}\n")
