"""The cage of the reader of PDFs: a document that took it over gets nowhere, any other is read."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zlib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest

from papertally.extract import cage
from papertally.extract.pool import Job, WorkerPool
from papertally.models import ExtractedText, SourceFile
from papertally.settings import Extraction
from tests.helpers.paths import SHARED
from tests.helpers.pdfs import FILLER, make_pdf
from tests.helpers.taken_over import SIGN, put_in_place
from tests.helpers.users import require_user

OWNER = 65534 if os.getuid() == 0 else -1
DEEDS = """
import ctypes, errno, resource, socket, threading

PARENT = os.getppid()
LIBC = ctypes.CDLL(None, use_errno=True)

def call(number):
    if LIBC.syscall(number, *[ctypes.c_long(-1)] * 5) == -1 and ctypes.get_errno() == errno.ENOSYS:
        raise OSError(errno.ENOSYS, "")

def fork():
    if not (child := os.fork()):
        os._exit(0)
    os.waitpid(child, 0)

def send_to_itself():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there:
        there.sendto(b"secret", ("127.0.0.1", 9))

def signal_to_owner():
    import fcntl
    fcntl.fcntl(SOCKET, fcntl.F_SETOWN, PARENT)

DEEDS = {{
    "read a file": lambda: open({folder!r} + "/secret").read(),
    "list a folder": lambda: os.listdir({folder!r}),
    "write a file": lambda: open({folder!r} + "/new", "w"),
    "empty a file": lambda: os.open({folder!r} + "/emptied", os.O_RDONLY | os.O_TRUNC),
    "remove a file": lambda: os.remove({folder!r} + "/removed"),
    "change a file": lambda: os.chmod({folder!r} + "/emptied", 0o666),
    "read the parent's environment": lambda: open(f"/proc/{{PARENT}}/environ").read(),
    "open the parent's memory": lambda: open(f"/proc/{{PARENT}}/mem", "rb"),
    "change the parent's limits": lambda: resource.prlimit(PARENT, resource.RLIMIT_CPU),
    "signal to the parent": lambda: os.kill(PARENT, 0),
    "have the parent signalled": signal_to_owner,
    "open a socket": send_to_itself,
    "open a pair of sockets": socket.socketpair,
    "start a process": fork,
    "start a program": lambda: os.waitpid(os.posix_spawn("/bin/true", ["true"], {{}}), 0),
    "start a thread": lambda: threading.Thread(target=int).start(),
}}
CALLS = {{"ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "execve": 59,
    "execveat": 322, "vfork": 58, "clone": 56, "clone3": 435, "kill": 62, "tkill": 200,
    "rt_sigqueueinfo": 129, "pidfd_open": 434, "pidfd_getfd": 438, "pidfd_send_signal": 424,
    "open_by_handle_at": 304, "openat2": 437, "mount": 165, "unshare": 272, "setns": 308,
    "chroot": 161, "bpf": 321, "perf_event_open": 298, "keyctl": 250, "io_uring_setup": 425,
    "userfaultfd": 323, "memfd_create": 319, "connect": 42, "sendmsg": 46, "sendto": 44,
    "prctl": 157, "a call of the future": 900, "a call of x32": 0x40000000 + 41}}

def attempt(deed, *arguments):
    try:
        deed(*arguments)
    except (OSError, RuntimeError) as error:
        return type(error).__name__
    return "done"

def is_open(number):
    try:
        return bool(os.fstat(number))
    except OSError:
        return False

def all_of_them(document):
    found = {{
        "open": [os.readlink(f"/proc/self/fd/{{n}}") for n in range(1000) if is_open(n)],
        "deeds": {{name: attempt(deed) for name, deed in DEEDS.items()}},
        "calls": {{name: attempt(call, number) for name, number in CALLS.items()}},
        "environment": sorted(os.environ),
    }}
    reply(text=zlib.compress(json.dumps(found).encode()))
    send(SOCKET, b"")
    os._exit(0)
"""
UNCAGED = "worker.cage.enter = lambda *_: []\n"
DROP = """
import os

def drop_rights():
    # root may do more than users, and may be the only one who can start this Python
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        return True
"""
DROP_FIRST = """
enter = worker.cage.enter

def drop_and_enter(*arguments):
    drop_rights()
    enter(*arguments)

worker.cage.enter = drop_and_enter
"""
READ = """
import hashlib, sys, zlib
from pathlib import Path
from papertally.extract import cage
from papertally.extract.pool import Job, WorkerPool
from papertally.models import SourceFile
from papertally.settings import Extraction

path = Path(sys.argv[1])
file = SourceFile("text", path, hashlib.sha256(path.read_bytes()).hexdigest(), 0)
os.environ["PYTHONPATH"] = sys.argv[2]
with WorkerPool(Extraction()) as pool:
    pool.start()
    if drop_rights():
        cage.guard_memory(False)  # it was closed by that
    for _, result in pool.read([Job(1, file)]):
        print(zlib.decompress(result.text).decode() if result.text else result)
"""
ONLY_CAGED = ("have the parent signalled",)
"""Deeds that some machines forbid anyway."""


@dataclass(frozen=True)
class TakenOver:
    """What a reader did that was taken over, in the cage and without it."""

    caged: dict[str, dict[str, str]]
    uncaged: dict[str, dict[str, str]]


@cache
def missing_walls() -> list[str]:
    return cage.missing_walls()


def needs_walls() -> None:
    """Skip a test on a machine that cannot build the whole cage."""
    if missing_walls():
        pytest.skip("; ".join(missing_walls()))


def run_python(code: str, *words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", DROP + code, *map(str, words)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def taken_over() -> TakenOver:
    """Have a document take over a reader that belongs to another user, with and without a cage."""
    needs_walls()
    folder = Path(tempfile.mkdtemp())  # the folders of tests are closed to others
    if OWNER >= 0:
        os.chown(folder, OWNER, OWNER)
        require_user(OWNER, folder)
    deeds = DEEDS.format(folder=str(folder))
    (folder / "document.txt").write_text(f"{SIGN} all_of_them")
    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECRET_TOKEN", "secret")
        for name, code in (("caged", ""), ("uncaged", UNCAGED)):
            put_in_place(patch, folder / name, DROP + deeds + code + DROP_FIRST)
            patch.delenv("PYTHONPATH")
            for file in ("secret", "emptied", "removed"):
                (folder / file).write_text("secret")
            (folder / "new").unlink(missing_ok=True)
            for path in (folder, *folder.iterdir()):
                os.chown(path, OWNER, OWNER)
            read = run_python(READ, folder / "document.txt", folder / name)
            assert read.stdout, read.stderr
            found.append(json.loads(read.stdout))
    shutil.rmtree(folder)
    return TakenOver(*found)


def test_a_reader_that_is_taken_over_gets_nowhere(taken_over: TakenOver) -> None:
    deeds = taken_over.caged["deeds"]
    assert {name for name, end in deeds.items() if end == "done"} == set()
    without = taken_over.uncaged["deeds"]
    assert {name for name, end in without.items() if end != "done"} <= set(ONLY_CAGED)


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86_64")
def test_a_reader_that_is_taken_over_makes_no_call_that_readers_do_not_need(
    taken_over: TakenOver,
) -> None:
    assert {name for name, end in taken_over.caged["calls"].items() if end == "done"} == set()
    assert taken_over.uncaged["calls"]["ptrace"] == "done"


def test_a_reader_holds_only_its_document_and_knows_no_secret(taken_over: TakenOver) -> None:
    for reader in (taken_over.caged, taken_over.uncaged):
        *rest, document, socket = reader["open"]
        assert rest == ["/dev/null"] * 3
        assert Path(document).name == "document.txt"
        assert socket.startswith("socket:")
        names = {name for name in reader["environment"] if not name.startswith(("LC_", "PYTHON"))}
        assert names <= {"LANG", "LD_LIBRARY_PATH"}


def test_what_a_kernel_lacks_is_left_out_and_told() -> None:
    """In the cage the calls that build one fail as on a kernel that lacks them."""
    needs_walls()
    code = (
        "from papertally.extract.cage import *; print(enter([], 1<<30, 60), enter([], 1<<30, 60))"
    )
    done = run_python(code)
    assert done.stdout.strip() == f"[] {[cage.NO_LANDLOCK, cage.NO_SECCOMP]}", done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can do it")
@pytest.mark.parametrize("is_guarded", [True, False])
def test_a_process_can_close_its_memory_to_others_of_its_user(is_guarded: bool) -> None:
    code = f"""
from papertally.extract import cage
drop_rights()
cage.guard_memory(False)
cage.guard_memory({is_guarded})
if not os.fork():
    open(f"/proc/{{os.getppid()}}/environ").read()
    os._exit(0)
raise SystemExit(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    assert run_python(code).returncode == int(is_guarded)


LACK_BOTH = """
import ctypes, errno, struct

calls = (444, 445, 446, 317, 277)  # of Landlock, and seccomp on two machines
steps = [(0x20, 0, 0, 0), *((0x15, len(calls) - n, 0, call) for n, call in enumerate(calls))]
steps += [(0x06, 0, 0, 0x7FFF0000), (0x06, 0, 0, 0x50000 | errno.ENOSYS)]
packed = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
program = struct.pack("@HP", len(steps), ctypes.addressof(packed))
control = ctypes.CDLL(None).prctl
assert control(38, 1, 0, 0, 0) == 0 and control(22, 2, program) == 0

def is_dumpable():
    return bool(control(3, 0, 0, 0, 0))
"""


def test_without_landlock_and_filters_papers_are_read_and_the_parent_closes_its_memory(
    tmp_path: Path,
) -> None:
    """A filter of its own lets the kernel of this process lack both."""
    needs_walls()
    read = READ.replace("drop_rights()", "False").replace("print(", "print(is_dumpable(), ")
    code = f"""{LACK_BOTH}
{read}
print(is_dumpable(), len(cage.missing_walls()))
"""
    (tmp_path / "paper.txt").write_text(FILLER)
    done = run_python(code, tmp_path / "paper.txt", "")
    assert done.stdout == f"False {FILLER}\nTrue 2\n", done.stderr


def read(paths: list[Path], engine: str = "") -> dict[Path, ExtractedText]:
    files = [
        SourceFile("pdf", path, hashlib.sha256(path.read_bytes()).hexdigest(), 0) for path in paths
    ]
    with WorkerPool(Extraction(jobs=2, engine=engine, timeout=30, memory=1 << 30)) as pool:
        jobs = [Job(number, file) for number, file in enumerate(files)]
        return {job.file.path: result for job, result in pool.read(jobs)}


@pytest.mark.parametrize("engine", ["pdfium", "pdfminer"])
def test_texts_in_the_cage_are_those_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    paths = [make_pdf(tmp_path / "one.pdf", FILLER), make_chinese(tmp_path / "chinese.pdf")]
    for folder, step in (("cases/pdf", 3), ("hostile/pdfjs", 25), ("pdfs/iclr/2018", 8)):
        paths += sorted((SHARED / folder).glob("*.pdf"))[::step]
    caged = read(paths, engine)
    put_in_place(monkeypatch, tmp_path / "reader", UNCAGED)
    uncaged = read(paths, engine)
    assert "我们在论文里提及深度学习框架" in zlib.decompress(caged[paths[1]].text).decode()
    if engine == "pdfminer":  # it orders the lines of some pages by chance
        caged, uncaged = (
            {path: replace(result, text=b"") for path, result in texts.items()}
            for texts in (caged, uncaged)
        )
    assert caged == uncaged


def make_chinese(path: Path) -> Path:
    """Write a PDF whose letters are only found with tables and fonts that it does not hold."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas = Canvas(str(path))
    canvas.setFont("STSong-Light", 12)
    for line in range(40):
        canvas.drawString(60, 800 - 15 * line, "我们在论文里提及深度学习框架")
    canvas.save()
    return path
