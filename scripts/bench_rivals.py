"""The programs that `bench.py` runs beside papertally, and those that call one part of it."""

_SLOW_READER_SECONDS = 60
"""For one PDF; pdfminer.six can loop for ever on some."""

READ_ALONE = """
import os, sys
from papertally.extract.outcome import read_document
for line in sys.stdin.read().split("\\0"):
    digest, path = line.split(" ", 1)
    list(read_document(os.open(path, os.O_RDONLY), "pdf", "", digest))
"""
READ_WITH = {
    "pdfminer.six": "from pdfminer.high_level import extract_text as read",
    "pypdf": """
from pypdf import PdfReader
def read(path):
    return "\\f".join(page.extract_text() for page in PdfReader(path).pages)
""",
    "PyMuPDF": """
import pymupdf
def read(path):
    with pymupdf.open(path) as document:
        return "\\f".join(page.get_text() for page in document)
""",
}
VERSIONS = """
from importlib.metadata import version
print(f"pypdf {version('pypdf')}, PyMuPDF {version('pymupdf')}")
"""
READ_EACH = f"""
import logging, signal, sys
logging.disable()
def stop(*_):
    raise TimeoutError
signal.signal(signal.SIGALRM, stop)
for path in sys.stdin.read().split("\\0"):
    signal.alarm({_SLOW_READER_SECONDS})
    try:
        read(path)
    except Exception:
        pass
    signal.alarm(0)
"""
DECODE = """
import sys
for path in sys.stdin.read().split("\\0"):
    data = open(path, "rb").read()
    try:
        data.decode()
    except UnicodeDecodeError:
        data.decode("cp1252", "replace")
"""
NAMES = """
import sys
from papertally.match.lexicon_file import load_lexicon
from papertally.resources import DATA_FOLDER
more = [DATA_FOLDER / f"{name}.toml" for name in sys.argv[1:]]
lexicon = load_lexicon(DATA_FOLDER / "frameworks.toml", more)
print("\\n".join(framework.name for framework in lexicon.frameworks))
"""
COUNT_WITH_RE = """
import re, sqlite3, sys, zlib
names = [re.compile(rf"\\b{re.escape(name)}\\b") for name in sys.argv[2].split("\\n")]
for (body,) in sqlite3.connect(sys.argv[1]).execute("SELECT text FROM body"):
    text = zlib.decompress(body).decode()
    [name.search(text) for name in names]
"""
SHELL_LOOP = """
n=0
tr '\\0' '\\n' | while read -r pdf; do
    n=$((n + 1)); pdftotext "$pdf" "$1/$n.txt" 2>/dev/null
done
printf '%s\\n' "$2" | while read -r name; do
    rg -il --fixed-strings -- "$name" "$1" | wc -l
done
"""
CHART_BY_HAND = """
import sys
import matplotlib
matplotlib.use("Agg")
import pandas as pd
papers, ledger = (pd.read_csv(f"{sys.argv[1]}/{name}.csv") for name in ("findings", "ledger"))
readable = ledger[ledger["ledger"] == "ok"].groupby("year").size()
counts = papers[papers["mentions"] > 0].groupby(["framework", "year"]).size().unstack(fill_value=0)
(counts / readable).nlargest(7, counts.columns[-1]).plot.bar().figure.savefig(sys.argv[2], dpi=200)
"""
SERVE = """
import sys
from pathlib import Path
from papertally.demo.server import StandInServer
with StandInServer(Path(sys.argv[1])) as server:
    print(server.v1, server.v2, server.site, flush=True)
    sys.stdin.read()
"""
