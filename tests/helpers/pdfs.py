"""Small real PDFs."""

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path


def make_pdf(path: Path, *pages: str) -> Path:
    """Write a real PDF with the given text, a page per argument, lines as they are."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    path.parent.mkdir(parents=True, exist_ok=True)
    canvas = Canvas(str(path), pagesize=A4, invariant=1)
    for page in pages:
        text = canvas.beginText(60, 780)
        for line in page.split("\n"):
            text.textLine(line)
        canvas.drawText(text)
        canvas.showPage()
    canvas.save()
    return path


def draw_pdf(
    path: Path,
    drawing: str | bytes,
    fonts: str = "",
    page: str = "",
    resources: str = "",
    objects: Sequence[bytes] = (),
    above: str | None = None,
    catalog: str = "",
) -> Path:
    """Write a PDF of one page from the operators that draw it, below `above` or the filler text.

    `/F1` is Helvetica; `fonts`, `resources`, `page` and `catalog` are further entries of the
    dictionaries of these names. `objects` are those from number 10 on; `stream` makes one.
    """
    filler = " T* ".join(
        f"({line}) Tj" for line in (FILLER if above is None else above).split("\n")
    )
    drawn = drawing.encode("latin-1") if isinstance(drawing, str) else drawing
    numbered = {
        1: b"<</Type/Catalog/Pages 2 0 R%b>>" % catalog.encode(),
        2: b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R %b>>%b>>%b>>"
        % (fonts.encode(), resources.encode(), page.encode()),
        4: stream(b"BT /F1 10 Tf 72 760 Td 12 TL %b ET\n%b" % (filler.encode(), drawn)),
        5: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    } | dict(enumerate(objects, 10))
    data, places = b"%PDF-1.5\n", {}
    for number, body in numbered.items():
        places[number] = len(data)
        data += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%d 1\n%010d 00000 n \n" % item for item in places.items())
    data += b"xref\n0 1\n0000000000 65535 f \n%btrailer\n<</Size %d/Root 1 0 R>>" % (
        table,
        max(numbered) + 1,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data + b"\nstartxref\n%d\n%%%%EOF\n" % data.index(b"xref\n0 1"))
    return path


def stream(body: bytes, entries: bytes = b"") -> bytes:
    """Return the body of an object that is a stream."""
    return b"<</Length %d%b>>\nstream\n%b\nendstream" % (len(body), entries, body)


def text_width(text: str, font: str = "Helvetica", size: float = 10) -> float:
    """Return how wide a text is in one of the standard fonts, in points."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    return float(stringWidth(text, font, size))


def pack_catalog(path: Path) -> Path:
    """Move the catalog of a PDF of `draw_pdf` into a compressed stream, as most PDFs have it."""
    data = path.read_bytes()
    catalog = data[data.index(b"<</Type/Catalog") : data.index(b"\nendobj")]
    data = data.replace(catalog, b"<<>>".ljust(len(catalog)))
    table = data.index(b"xref\n0 1")
    packed = stream(
        zlib.compress(b"1 0 " + catalog), b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode"
    )
    first = len(data)
    data += b"90 0 obj\n%b\nendobj\n" % packed
    second = len(data)
    places = [(2, 90, 0), (1, first, 0), (1, second, 0)]
    rows = b"".join(struct.pack(">BIB", *place) for place in places)
    described = b"/Type/XRef/W[1 4 1]/Index[1 1 90 2]/Size 92/Root 1 0 R/Prev %d" % table
    data += b"91 0 obj\n%b\nendobj\nstartxref\n%d\n%%%%EOF\n" % (stream(rows, described), second)
    path.write_bytes(data)
    return path


FILLER = "\n".join(
    ["This invented paper says many words about nothing in particular, line by line."] * 8
)
"""More than 200 letters, so that a text with it is no placeholder; it names no framework."""


def outlines(letters: int) -> bytes:
    """Return the operators of so many letters drawn as outlines: nothing that an engine can read.

    pdfium takes a second for a million, pdfminer 45.
    """
    return b"0 0 m 5 0 l 5 5 3 8 0 5 c h f\n" * letters
