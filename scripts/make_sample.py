"""Make the invented sample that `papertally demo` surveys.

usage: make_sample.py [FOLDER]      (default: data/sample)

Two years of the invented venue `sample`: 2101 as API v1 of OpenReview lists it, 2102 as API v2
does, each with `notes.json` and `NN.pdf` by note number, and `expected.json` with the counts that
must come out. The plan is `data/sample/plan.toml`. Needs reportlab, and matplotlib for
its DejaVu fonts; the same versions of them and of zlib write the same bytes.
"""

import base64
import hashlib
import io
import json
import random
import re
import sys
import tomllib
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib
import reportlab
from reportlab.lib.pagesizes import letter
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

SAMPLE = Path(__file__).parents[1] / "data" / "sample"
PLAN: dict[str, Any] = tomllib.loads((SAMPLE / "plan.toml").read_text("utf-8"))
FOOTER = "Invented sample paper - not a real submission"
FONTS = {
    "times": "Times-Roman",
    "helvetica": "Helvetica",
    "serif": "DejaVuSerif",
    "sans": "DejaVuSans",
}
DAY, FIRST_DAY = (
    86_400_000,
    1_757_000_000_000,
)  # in milliseconds; servers stamp the real time, not 2101
FAULTS = {
    "encrypted": "unreadable",
    "damaged": "unreadable",
    "no text": "empty",
    "no pdf": "no-pdf",
}


class Paper(NamedTuple):
    """One row of the plan."""

    title: str
    thing: str
    status: str
    look: str
    mentions: str

    def sentences(self, lines: list[str]) -> list[str]:
        """Fill the paper's own method name into the plan's lines."""
        return [line.format(thing=self.thing) for line in lines]

    def found(self, *places: str) -> list[str]:
        """Write the sentences that mention the paper's frameworks (or decoys) at these places."""
        lines = []
        for word in self.mentions.split():
            framework, _, place = word.partition(".")
            if place in places:
                name, broken, repo, own = PLAN["names"][framework]
                template = own if place == "body" else PLAN["places"][place]
                lines.append(template.format(name=name, broken=broken, repo=repo, thing=self.thing))
            elif not place and PLAN["decoys"][word][0] in places:
                lines.append(PLAN["decoys"][word][1].format(thing=self.thing))
        return lines


class Typesetter:
    """Writes headings and ragged paragraphs in one or two columns of a reportlab canvas."""

    size, lead, top, bottom = 10.0, 12.5, 700.0, 96.0

    def __init__(self, canvas: Canvas, font: str, columns: int, running_head: str) -> None:
        self.canvas, self.font, self.columns, self.head = canvas, FONTS[font], columns, running_head
        self.ligatures = font in ("serif", "sans")
        self.width = (468.0 - 20 * (columns - 1)) / columns
        self.column, self.y = 0, self.top
        self.open_page()

    def open_page(self) -> None:
        """Draw the page header and footer."""
        self.canvas.setFont(self.font, 8)
        self.canvas.drawString(72, 745, self.head)
        self.canvas.drawCentredString(306, 40, f"{FOOTER}, page {self.canvas.getPageNumber()}")
        self.column, self.y = 0, self.top

    def next_column(self, page: bool = False) -> None:
        """Start the next column or page."""
        self.column, self.y = self.column + 1, self.top
        if page or self.column == self.columns:
            self.canvas.showPage()
            self.open_page()

    @property
    def x(self) -> float:
        """Return the left edge of the column in points."""
        return 72 + self.column * (self.width + 20)

    def room(self, height: float) -> None:
        """Start the next column if less than `height` points remain."""
        if self.y - height < self.bottom:
            self.next_column()

    def caps(self, text: str, size: float = 12) -> None:
        """Write a heading in small capitals, as the ICLR style does."""
        self.room(4 * self.lead)  # no heading alone at the end of a column
        self.y -= 6
        for line in self.wrap(text, size):
            run = self.canvas.beginText(self.x, self.y)
            for piece in re.findall(r"[A-Z0-9]+|[^A-Z0-9]+", line):
                run.setFont(
                    self.font, size if piece.isalnum() and piece == piece.upper() else size * 0.8
                )
                run.textOut(piece.upper())
            self.canvas.drawText(run)
            self.y -= size * 1.5

    def paragraph(self, text: str) -> None:
        """Write one paragraph, with ligatures if the font has them."""
        if self.ligatures:
            text = text.replace("fi", "\ufb01").replace("fl", "\ufb02")
        lines = self.wrap(text, self.size)
        for number, line in enumerate(lines):
            if number == 0 or not lines[number - 1].endswith(
                "-"
            ):  # a broken word stays in its column
                self.room(2 * self.lead)
            self.draw(line)
            self.y -= self.lead
        self.y -= self.lead / 2

    def draw(self, line: str) -> None:
        """Draw a line of text with raised digits, and their footnotes below the column."""
        run = self.canvas.beginText(self.x, self.y)
        for odd, piece in enumerate(re.split(r"\^(\d)", line)):
            run.setFont(self.font, self.size * 0.65 if odd % 2 else self.size)
            run.setRise(4 if odd % 2 else 0)
            run.textOut(piece)
        self.canvas.drawText(run)
        for digit in re.findall(r"\^(\d)", line):
            self.canvas.setFont(self.font, 7.5)
            self.canvas.drawString(self.x, 72, f"{digit} An invented footnote, of no use.")

    def wrap(self, text: str, size: float) -> list[str]:
        """Break a text into lines no wider than the column."""
        lines, line = [], ""
        for word in text.split():
            *heads, tail = word.split("|")
            for head in heads:
                lines, line = lines + self._fit(line, head, size), ""
            *full, line = self._fit(line, tail, size)
            lines += full
        return [*lines, line]

    def _fit(self, line: str, word: str, size: float) -> list[str]:
        parts = word.split("~")
        for count in range(len(parts), 0, -1):
            head = "".join(parts[:count]) + ("-" if count < len(parts) else "")
            joined = f"{line} {head}".strip()
            if stringWidth(joined, self.font, size) <= self.width - 2:
                return [joined, "".join(parts[count:])] if count < len(parts) else [joined]
        return [line, "".join(parts)] if line else ["".join(parts)]

    def figure(self, rng: random.Random) -> None:
        """Draw a bar chart without meaning."""
        self.room(110)
        for bar in range(8):
            self.canvas.setFillGray(0.3 + 0.07 * bar)
            self.canvas.rect(
                self.x + 20 + 22 * bar, self.y - 80, 16, rng.randint(15, 75), stroke=0, fill=1
            )
        self.canvas.setFillGray(0)
        self.y -= 98
        self.paragraph("Figure 1: Imaginary points per biscuit. Higher bars are higher.")


def set_paper(canvas: Canvas, paper: Paper, look: str, year: int) -> None:
    """Write a whole paper: title, abstract, sections, references, and for some an appendix."""
    font, _, columns = look.partition(" ")
    rng = random.Random(paper.title)  # noqa: S311 - chooses sentences, keeps no secret
    page = Typesetter(
        canvas, font, int(columns), f"Under review as a conference paper at SAMPLE {year}"
    )
    page.caps(paper.title, 15)
    page.paragraph("Anonymous authors. Paper under double-blind review.")
    page.caps("Abstract", 11)
    page.paragraph(" ".join(paper.sentences(PLAN["abstract"])))
    for number, heading in enumerate(PLAN["sections"], 1):
        page.caps(f"{number} {heading}")
        set_section(page, paper, heading, rng)
    page.next_column(page=True)
    page.caps("References")
    for entry in sorted(paper.sentences(PLAN["references"]) + paper.found("references")):
        page.paragraph(entry)
    own = paper.found("appendix")
    if own or rng.random() < 0.3:
        page.next_column(page=rng.random() < 0.5)
        page.caps("A Appendix: Further Details")
        page.paragraph(" ".join(paper.sentences(PLAN["appendix"]) + own))


def set_section(page: Typesetter, paper: Paper, heading: str, rng: random.Random) -> None:
    """Write a section of two paragraphs; the experiments mention the frameworks."""
    lines = paper.sentences(PLAN["sections"][heading])
    middle = len(lines) // 2
    is_here = heading == "Experiments"
    own = paper.found("body", "break", "note", "ligature", "url") if is_here else []
    page.paragraph(" ".join(rng.sample(lines[:middle], middle) + own[:1]))
    page.paragraph(" ".join(lines[middle:] + own[1:]))
    if is_here:
        page.figure(rng)


def make_pdf(paper: Paper, year: int) -> bytes:
    """Make a paper's PDF, with its fault if it has one."""
    buffer = io.BytesIO()
    lock = StandardEncryption("teapot", ownerPassword="kettle", strength=128)
    canvas = Canvas(
        buffer, letter, invariant=1, encrypt=lock if paper.look == "encrypted" else None
    )
    canvas.setTitle(paper.title)
    canvas.setAuthor("Anonymous")
    if paper.look == "no text":
        for step in range(12):
            canvas.circle(150 + 25 * step, 300 + 20 * (step % 5), 10 + 5 * step)
    else:
        set_paper(canvas, paper, "times 1" if paper.look in FAULTS else paper.look, year)
    canvas.save()
    data = buffer.getvalue()
    if paper.look == "damaged":  # begins and ends like a PDF, but has no objects
        data = data[:9] + bytes(byte ^ 0x5A for byte in data[9:-6]) + data[-6:]
    return data


def make_note(paper: Paper, year: int, number: int) -> dict[str, Any]:
    """Make a paper's note: API v1 for 2101, API v2 for 2102."""
    digest = hashlib.sha256(f"{year} {paper.title}".encode()).digest()
    own_id = (
        PLAN["odd_ids"].get(f"{year}/{number:02d}")
        or base64.urlsafe_b64encode(digest).decode()[:10]
    )
    group, time = f"sample/{year}/Conference", FIRST_DAY + ((year - 2101) * 365 + number) * DAY
    note = {
        "id": own_id,
        "forum": own_id,
        "number": number,
        "readers": ["everyone"],
        "signatures": [group],
    }
    note |= {"writers": [group], "cdate": time, "tcdate": time, "odate": time, "tmdate": time + DAY}
    content = content_of(paper, year, group)
    if paper.look != "no pdf":
        content["pdf"] = f"/pdf/{hashlib.sha1(digest, usedforsecurity=False).hexdigest()}.pdf"
    left = (
        paper.status.title().replace("-", "_")
        if paper.status in ("withdrawn", "desk-rejected")
        else ""
    )
    if year == 2101:
        note |= {
            "original": own_id[::-1],
            "replyto": None,
            "ddate": None,
            "tddate": None,
            "mdate": None,
        }
        invitation = f"{group}/-/{left or 'Blind'}_Submission"
        return note | {"nonreaders": [], "invitation": invitation, "content": content}
    note |= {"version": 2, "domain": group, "license": "CC BY 4.0", "mdate": time + DAY}
    names = ["Submission", "Post_Submission", *([f"{left}_Submission"] if left else []), "Edit"]
    note["invitations"] = [f"{group}/-/{name}" for name in names]
    return note | {"content": {key: {"value": value} for key, value in content.items()}}


def content_of(paper: Paper, year: int, group: str) -> dict[str, Any]:
    """Make the content of a paper's note without its `pdf` field."""
    venue, venueid = venue_of(paper.status, group, year)
    content = {"title": paper.title, "authors": ["Anonymous"], "authorids": ["~Anonymous1"]}
    content |= {
        "abstract": " ".join(paper.sentences(PLAN["abstract"])),
        "venue": venue,
        "venueid": venueid,
    }
    content["TL;DR" if year == 2101 else "TLDR"] = f"About {paper.thing}."
    paperhash = f"anonymous|{paper.title.lower().replace(' ', '_')}"
    return content | {"keywords": [paper.thing, "invented"], "paperhash": paperhash}


def venue_of(status: str, group: str, year: int) -> tuple[str, str]:
    """Return a status as `venue` and `venueid`; v1 leaves both empty for withdrawn notes."""
    if status == "rejected":
        return (
            f"Submitted to SAMPLE {year}",
            group if year == 2101 else f"{group}/Rejected_Submission",
        )
    if status not in ("withdrawn", "desk-rejected"):
        return f"SAMPLE {year} {status}", group
    words = status.title().replace("-", " ")
    venueid = f"{group}/{words.replace(' ', '_')}_Submission"
    return ("", "") if year == 2101 else (f"SAMPLE {year} Conference {words} Submission", venueid)


def expected(papers: list[Paper]) -> dict[str, Any]:
    """Compute from the plan what a survey of one year must find: ledger and papers by rule."""
    ledger = {"ok": 0} | dict.fromkeys(sorted(FAULTS.values()), 0)
    for paper in papers:
        ledger[FAULTS.get(paper.look, "ok")] += 1
    good = [paper.mentions for paper in papers if paper.look not in FAULTS]
    names = sorted({*PLAN["names"], *PLAN["decoys"]})
    by_lexicon = {name: sum(f" {name}." in f" {words}" for words in good) for name in names}
    by_substring = {name: sum(name in words for words in good) for name in names}
    return {
        "listed": len(papers),
        "ledger": ledger,
        "papers": by_lexicon,
        "substring": by_substring,
    }


def main() -> None:
    """Write the sample into the folder given, or into data/sample."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE
    for font in ("DejaVuSerif", "DejaVuSans"):
        registerFont(
            TTFont(font, str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{font}.ttf"))
        )
    libraries = {"reportlab": reportlab.Version, "matplotlib": matplotlib.__version__}
    answers: dict[str, Any] = {"made_with": {**libraries, "zlib": zlib.ZLIB_RUNTIME_VERSION}}
    for year in sorted(map(int, PLAN["papers"])):
        papers = [Paper(*row) for row in PLAN["papers"][str(year)]]
        (folder / str(year)).mkdir(parents=True, exist_ok=True)
        notes = [make_note(paper, year, number) for number, paper in enumerate(papers, 1)]
        write_json(folder / str(year) / "notes.json", {"notes": notes})
        for number, paper in enumerate(papers, 1):
            if paper.look != "no pdf":
                (folder / str(year) / f"{number:02d}.pdf").write_bytes(make_pdf(paper, year))
        answers[str(year)] = expected(papers)
    write_json(folder / "expected.json", answers)


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write indented JSON with a final newline."""
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
