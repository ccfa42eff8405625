"""Replies of a reader that a document took over: each costs that document only."""

import pytest

from papertally.models import Outcome, VenueYear
from papertally.store.ledger import LedgerRow
from papertally.store.workspace import Workspace
from tests.helpers.command import isolate, run_main
from tests.helpers.pdfs import FILLER, make_pdf
from tests.helpers.taken_over import SIGN, put_in_place

DEEDS = """
def half_a_length(_):
    os.write(SOCKET, bytes(2))
    time.sleep(600)

def half_a_message(_):
    os.write(SOCKET, (100).to_bytes(4) + b'{"ledger":')
    time.sleep(600)

def message_in_drops(_):
    os.write(SOCKET, (1 << 20).to_bytes(4))
    while True:
        os.write(SOCKET, b" ")
        time.sleep(0.01)

def results_without_end(_):
    while True:
        reply()

def no_json(_):
    send(SOCKET, b"{oops")
    send(SOCKET, TEXT)

def no_utf8_json(_):
    send(SOCKET, json.dumps(GOOD).encode().replace(b'"e"', b'"\\xff"'))
    send(SOCKET, TEXT)

def deep_json(_):
    send(SOCKET, b"[" * 1_000_000)
    send(SOCKET, TEXT)

def half_a_letter(_):
    reply(reason="\\ud800")

def a_list(_):
    send(SOCKET, b"[1, 2]")
    send(SOCKET, TEXT)

def wrong_types(_):
    reply(pages="1", letters=None)

def huge_number(_):
    reply(pages=1 << 70)

def negative_number(_):
    reply(letters=-1)

def unknown_field(_):
    reply(path="/etc/passwd")

def unknown_status(_):
    reply(ledger="splendid")

def status_of_the_parent(_):
    reply(ledger="not-fetched")

def engine_with_escapes(_):
    reply(engine="\\x1b[2J")

def ok_without_text(_):
    reply(ledger="ok", text=b"")

def unreadable_with_text(_):
    reply(ledger="unreadable")

def no_zlib(_):
    reply(text=b"abc")

def half_a_zlib(_):
    reply(text=TEXT[:-3])

def more_than_a_zlib(_):
    reply(text=TEXT + b"x")

def no_utf8(_):
    reply(text=zlib.compress(b"\\xff\\xfe"))

def message_of_3_gib(_):
    os.write(SOCKET, (3 << 30).to_bytes(4))
    os.write(SOCKET, b"x" * 100)

def text_of_3_gib(_):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    reply(text=b"\\x78\\x01" + 3 * 1024 * piece)

def no_result(_):
    send(SOCKET, b"")

def more_after_the_end(_):
    end = len(b"").to_bytes(4)
    header = json.dumps(GOOD).encode()
    parts = [len(header).to_bytes(4), header, len(TEXT).to_bytes(4), TEXT, end, b"more"]
    os.write(SOCKET, b"".join(parts))

def long_reason(_):
    reply(ledger="unreadable", text=b"", reason="\\x1b[2J\\x1b]0;gone\\x07\\u202e\\n" * 80_000)
    send(SOCKET, b"")
    os._exit(0)
"""
NOT_VALID = {
    "no_json": "",
    "no_utf8_json": "",
    "deep_json": "",
    "half_a_letter": "",
    "a_list": "`object`",
    "wrong_types": "`int`",
    "huge_number": "",
    "negative_number": ">= 0",
    "unknown_field": "unknown field",
    "unknown_status": "`$.ledger`",
    "status_of_the_parent": "`$.ledger`",
    "engine_with_escapes": "`$.engine`",
    "ok_without_text": "without its text",
    "unreadable_with_text": "without its outcome",
    "no_zlib": "not packed",
    "half_a_zlib": "not packed",
    "more_than_a_zlib": "not packed",
    "no_utf8": "not in UTF-8",
    "message_of_3_gib": "too long",
    "text_of_3_gib": "more than 32,000,000 bytes",
    "no_result": "no result",
    "more_after_the_end": "no end",
    "results_without_end": "no end",
}
"""Replies that are off, with a part of the reason that the ledger tells."""
ENDLESS = ("half_a_length", "half_a_message", "message_in_drops")


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, LedgerRow]:
    """Return what became of documents that each take the reader over, and of good ones."""
    folder = tmp_path_factory.mktemp("taken-over")
    papers = folder / "papers"
    for name in (*ENDLESS, *NOT_VALID, "long_reason"):
        papers.mkdir(exist_ok=True)
        (papers / f"{name}.txt").write_text(f"{SIGN} {name}\n{FILLER}")
        make_pdf(papers / f"{name}-next.pdf", f"{FILLER}\n{name}")
    with pytest.MonkeyPatch.context() as patch:
        workspace = isolate(patch, folder)
        put_in_place(patch, folder / "reader", DEEDS)
        assert run_main(patch, ("add", "own", 2020, papers)) == 0
        words = ("extract", "--timeout", 5, "--jobs", 6, "--max-failures", "100%")
        assert run_main(patch, words) == 0
        assert run_main(patch, ("match",)) == 0
        with Workspace(workspace) as stored:
            rows = stored.ledger.read(VenueYear("own", 2020)).rows
    return {row.paper: row for row in rows}


@pytest.mark.parametrize("deed", NOT_VALID)
def test_a_reply_that_is_off_costs_that_document(ended: dict[str, LedgerRow], deed: str) -> None:
    row = ended[deed]
    assert row.ledger == Outcome.CRASHED
    assert row.reason.startswith("the reader's reply is not valid: ")
    assert NOT_VALID[deed] in row.reason


@pytest.mark.parametrize("deed", ENDLESS)
def test_a_reply_that_does_not_end_ends_by_the_timeout(
    ended: dict[str, LedgerRow], deed: str
) -> None:
    row = ended[deed]
    assert (row.ledger, row.reason) == (Outcome.TIMEOUT, "not read within 5 seconds")


def test_a_reason_is_cut_and_cannot_steer_a_terminal(ended: dict[str, LedgerRow]) -> None:
    row = ended["long_reason"]
    assert row.ledger == Outcome.UNREADABLE
    assert 0 < len(row.reason) <= 200
    assert row.reason.isprintable()


def test_all_other_documents_are_read(ended: dict[str, LedgerRow]) -> None:
    others = {row.ledger for paper, row in ended.items() if paper.endswith("-next")}
    assert others == {Outcome.OK}
