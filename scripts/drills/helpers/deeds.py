"""What a document does that has taken over the reader: code for `tests.helpers.taken_over`."""

DEEDS = r"""
import ctypes, errno, json, random, resource, signal, socket, struct, threading

TOLD = json.loads({{told}})
FOLDER, PORT = TOLD["folder"], TOLD["port"]
PARENT = os.getppid()
LIBC = ctypes.CDLL(None, use_errno=True)
PATHS = [FOLDER + name for name in ("", "/secret", "/emptied", "/removed", "/new")]
PATHS += [f"/proc/{PARENT}/{name}" for name in ("environ", "mem", "maps", "fd", "cmdline", "cwd")]
PATHS += ["/etc/passwd", "/root", "/tmp", "/dev/shm", "/proc/1/environ", "/dev/kmsg", "."]
NEVER = (62, 129, 169, 200, 234, 297)  # kill and the like, and reboot, if the cage were open

def fork():
    if not (child := os.fork()):
        os._exit(0)
    os.waitpid(child, 0)

def connect(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as there:
        there.connect(("127.0.0.1", PORT))
        there.send(b"secret")

def borrow_parent():
    number = LIBC.syscall(434, PARENT, 0)  # pidfd_open
    if number < 0 or LIBC.syscall(438, number, 0, 0) < 0:  # pidfd_getfd
        raise OSError

def read_memory():
    held = ctypes.create_string_buffer(64)
    ours = struct.pack("PN", ctypes.addressof(held), 64)
    theirs = struct.pack("PN", ctypes.addressof(held), 64)  # the same place is in use there, too
    if LIBC.syscall(310, PARENT, ours, 1, theirs, 1, 0) < 0:
        raise OSError

def attach():
    if LIBC.syscall(101, 0x4206, PARENT, 0, 0) < 0:  # PTRACE_SEIZE
        raise OSError

def know_secret():
    if not any("nobody-may" in value for value in os.environ.values()):
        raise OSError

def send_from_parent():
    import fcntl
    fcntl.fcntl(SOCKET, fcntl.F_SETOWN, PARENT)

def more_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

def pass_files_on():
    socket.send_fds(socket.socket(fileno=os.dup(SOCKET)), [b"x"], [0])

def map_to_write(document=4):
    import mmap
    mmap.mmap(document, 0, mmap.MAP_SHARED, mmap.PROT_WRITE)

REACHES = {
    **{f"read {path}": lambda path=path: open(path, "rb").read(9) for path in PATHS[1:]},
    **{f"list {path}": lambda path=path: os.listdir(path) for path in PATHS},
    "write a file": lambda: open(FOLDER + "/new", "w"),
    "write to a file": lambda: open(FOLDER + "/secret", "r+"),
    "empty a file": lambda: os.open(FOLDER + "/emptied", os.O_RDONLY | os.O_TRUNC),
    "make a file without a name": lambda: os.open(FOLDER, os.O_TMPFILE | os.O_RDWR),
    "remove a file": lambda: os.remove(FOLDER + "/removed"),
    "rename a file": lambda: os.rename(FOLDER + "/removed", FOLDER + "/new"),
    "link a file": lambda: os.link(FOLDER + "/secret", FOLDER + "/new"),
    "link by name": lambda: os.symlink("/etc/passwd", FOLDER + "/new"),
    "make a folder": lambda: os.mkdir(FOLDER + "/new"),
    "make a pipe": lambda: os.mkfifo(FOLDER + "/new"),
    "change rights": lambda: os.chmod(FOLDER + "/emptied", 0o666),
    "change times": lambda: os.utime(FOLDER + "/emptied"),
    "write into the document": lambda: os.pwrite(3, b"x", 0) and os.pwrite(4, b"x", 0),
    "map the document to write": map_to_write,
    "change the folder": lambda: os.chdir(FOLDER),
    "change the root": lambda: os.chroot(FOLDER),
    "change the parent's limits": lambda: resource.prlimit(PARENT, resource.RLIMIT_CPU, (1, 1)),
    "raise its limits": more_files,
    "signal to the parent": lambda: os.kill(PARENT, 0),
    "have the parent signalled": send_from_parent,
    "be the parent's tracer": attach,
    "read the parent's memory": read_memory,
    "take the parent's files": borrow_parent,
    "know the secret": know_secret,
    "connect": connect,
    "send a packet": lambda: connect(socket.SOCK_DGRAM),
    "serve": lambda: socket.create_server(("127.0.0.1", 0)),
    "open a pair of sockets": socket.socketpair,
    "send files": pass_files_on,
    "start a process": fork,
    "start a program": lambda: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0),
    "become a program": lambda: os.execv("/bin/true", ["true"]),
    "start a thread": lambda: threading.Thread(target=int).start(),
    "hold memory in a file": lambda: os.memfd_create("x"),
    "be somebody else": lambda: os.setresuid(0, 0, 0),
    "change its priority": lambda: os.nice(-1),
    "make a namespace": lambda: 1 / (LIBC.unshare(0x10000000) + 1),
}

def is_reached(deed):
    try:
        deed()
    except (OSError, RuntimeError, ArithmeticError, ValueError):
        return False
    return True

def call_by_chance(chance):
    held = [ctypes.create_string_buffer(path.encode(), 4096) for path in PATHS[:5]]
    numbers = (0, 1, 2, 3, 4, 5, 8, 64, 512, 4096, 1 << 31, 1 << 40, -1, -100, PARENT)
    for _ in range(100):
        number = chance.randrange(470) if chance.random() < 0.95 else 0x40000000 + 41
        if number in NEVER or (os.getuid() == 0 and number > 0x40000000):
            continue
        given = []
        for _ in range(6):
            value = chance.choice(numbers)
            if chance.random() < 0.5:
                value = ctypes.addressof(chance.choice(held))
            given.append(ctypes.c_long(value))
        LIBC.syscall(ctypes.c_long(number), *given)

def mutated(chance):
    header = json.dumps(GOOD | {"ledger": "ok"}).encode()
    parts = [len(header).to_bytes(4), header, len(TEXT).to_bytes(4), TEXT, bytes(4)]
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(parts))
        part = bytearray(parts[at] or b"x")
        part[chance.randrange(len(part))] = chance.randrange(256)
        parts[at] = chance.choice((bytes(part), b"", parts[at] * 2, chance.randbytes(9)))
    return b"".join(parts)

def flood(_):
    while True:
        os.write(SOCKET, bytes(1 << 16))

def fill(_):
    held = []
    while True:
        held.append(bytearray(1 << 24))

def spin(_):
    while True:
        pass

ENDS = (
    lambda chance: os._exit(chance.randrange(256)),
    lambda chance: os.abort(),
    lambda chance: ctypes.string_at(chance.randrange(1 << 47)),
    lambda chance: sys.exit("bye"),
    lambda chance: os.close(SOCKET),
    lambda chance: os.write(SOCKET, chance.randbytes(chance.randrange(1, 5000))),
    lambda chance: os.write(SOCKET, mutated(chance)),
    lambda chance: os.write(SOCKET, mutated(chance)),
    lambda chance: os.write(SOCKET, mutated(chance)[:-chance.randrange(1, 20)]),
    lambda chance: reply(reason="x" * chance.randrange(1, 1 << 22), ledger="empty"),
    lambda chance: [reply() for _ in range(chance.randrange(2, 40))],
    flood,
    fill,
    spin,
)

def take_over(document):
    seed = int(os.pread(document, 100, 0).split()[3])
    chance = random.Random(seed)
    names = chance.sample(sorted(REACHES), 12)
    done = [name for name in names if is_reached(REACHES[name])]
    if done:
        reply(ledger="unreadable", text=b"", reason=f"reached: {done}")
        send(SOCKET, b"")
        os._exit(0)
    if chance.random() < 0.5:
        call_by_chance(chance)
    chance.choice(ENDS)(chance)
    send(SOCKET, b"")
    os._exit(0)
"""
"""Its functions know the surroundings by the JSON that stands in the place of `{{told}}`."""
