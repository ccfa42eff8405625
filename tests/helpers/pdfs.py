"""Small real PDFs."""

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


FILLER = "\n".join(
    ["This invented paper says many words about nothing in particular, line by line."] * 8
)
"""More than 200 letters, so that a text with it is no placeholder; it names no framework."""
