"""Words that PDFs break, glue or hide: the text of a page is what a reader of the page sees."""

import csv
from collections import defaultdict
from pathlib import Path

import pypdfium2
import pytest

from papertally.extract.mending.characters import Characters
from tests.helpers.command import Run
from tests.helpers.paths import SHARED
from tests.helpers.pdfs import FILLER, draw_pdf, make_pdf, pack_catalog, stream, text_width
from tests.helpers.texts import read_below_filler

Piece = tuple[float, float, str]
"""Where a string is drawn: across and up, in points."""


def test_the_characters_of_a_page_stand_where_the_page_shows_them(tmp_path: Path) -> None:
    document = pypdfium2.PdfDocument(make_pdf(tmp_path / "one.pdf", FILLER))
    page = document[0]
    text_page = page.get_textpage()
    text = text_page.get_text_range()
    characters = Characters(page.raw, text_page.raw, text)
    first, second = characters.index(0), characters.index(1)
    assert characters.unicode(first) == ord(text[0])
    assert characters.origin(first) == (60, 780)
    assert characters.origin(second)[0] == characters.loose_box(first).right
    assert characters.objects([0, text.index("\r\n")]) == [characters.objects()[0], None]
    assert characters.is_generated(characters.index(text.index("\r\n")))


def draw_pieces(pieces: list[Piece], size: float = 10) -> str:
    """Return the operators that draw each piece by a command of its own."""
    shown = [f"1 0 0 1 {x:.2f} {y:.2f} Tm ({text}) Tj" for x, y, text in pieces]
    return f"BT /F1 {size} Tf {' '.join(shown)} ET"


def lay_out(text: str, size: float = 10) -> list[Piece]:
    """Return the letters of a line side by side."""
    starts = [text_width(text[:count], size=size) for count in range(len(text))]
    return [(72 + start, 500, letter) for start, letter in zip(starts, text, strict=True)]


def draw_twice(text: str, size: float, across: float, up: float = 0, whole: bool = False) -> str:
    """Return the operators that draw each letter twice, or the whole line and then all again."""
    first = lay_out(text, size)
    second = [(x + across, y + up, letter) for x, y, letter in first]
    each = [piece for pair in zip(first, second, strict=True) for piece in pair]
    return draw_pieces(first + second if whole else each, size)


def test_letters_drawn_twice_to_look_bold_are_read_once(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    line = "TensorFlow, Haaland, Chainer and Caffe llama AA Tuumba"
    shifts = [(10, 0.4), (10, 0.8), (18, 1.1), (8, 0.8), (12, 1.2), (14, 1.1)]
    drawings = {f"{size}-{across}": draw_twice(line, size, across) for size, across in shifts}
    drawings["shadow"] = draw_twice(line, 10, 0.8, up=-0.5)
    drawings["again"] = draw_twice(line, 8, 0.8, whole=True)
    drawings["single"] = draw_pieces(lay_out(line))
    drawings["kerned"] = f"BT /F1 10 Tf 72 500 Td -0.4 Tc ({line}) Tj ET"
    for name, drawing in drawings.items():
        draw_pdf(tmp_path / "pdfs" / f"{name}.pdf", drawing)
    for name, text in read_below_filler(run, workspace, tmp_path / "pdfs").items():
        assert text == line, name


FONTS = {"Helvetica": "/F1", "Times-Italic": "/F2", "Courier-Bold": "/F3", "Times-Roman": "/F4"}
FONT_ENTRIES = " ".join(
    f"{key}<</Type/Font/Subtype/Type1/BaseFont/{name}>>" for name, key in FONTS.items()
)


def draw_runs(
    runs: list[str], font: str = "Helvetica", size: float = 10, gap: float = 0, under: str = ""
) -> str:
    """Return operators that draw each run of letters by a command of its own.

    The gap between them is in the font's size. All but the first begin with `under`, which is drawn
    under the end of the run before.
    """
    x, shown = 72.0, ""
    for number, run in enumerate(runs):
        begin = under if number else ""
        start = x - text_width(begin, font, size)
        shown += f"1 0 0 1 {start:.3f} 500 Tm ({begin}{run}) Tj "
        x += text_width(run, font, size) + gap * size
    return shown


def turn_all(text: str) -> dict[str, str]:
    """Return the operators of a text that runs upwards, downwards or leans, by their matrix."""
    turns = ("0 1 -1 0 600 0", "0 -1 1 0 0 700", "1 0 .2 1 -100 0")
    return {turn: f"ET q {turn} cm BT {text} ET Q BT" for turn in turns}


def test_blanks_that_are_drawn_under_letters_break_no_word(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    line = "Of Caff_e, tensorfl_ow, Th_eano and Ten_sor_Flow"
    drawings = {
        f"{name}-{size}": f"{key} {size} Tf {draw_runs(line.split('_'), name, size, under=' ')}"
        for name, key in FONTS.items()
        for size in (7, 10, 14.3)
    }
    drawings |= turn_all(f"/F1 10 Tf {draw_runs(line.split('_'), under=' ')}")
    drawings["digit"] = f"/F1 10 Tf {draw_runs(['Torch', '7 or scikit', '-learn'], under=' ')}"
    drawings["inside"] = "/F1 10 Tf 72 500 Td [(Of Caff) 278 ( e)] TJ"
    drawings["before"] = "/F1 10 Tf 72 500 Td (Of Caff ) Tj [278 (e)] TJ"
    # words that only stand close
    drawings["tight"] = "/F1 10 Tf 72 500 Td -0.7 Tc (Of Caff in a line) Tj"
    drawings["overhang"] = "/F2 10 Tf 72 500 Td (of to half a leaf at) Tj"
    drawings["kerned"] = "/F1 10 Tf 72 500 Td [(Model) 120 ( T) 80 (o Vary) 100 ( AVA)] TJ"
    for name, drawing in drawings.items():
        draw_pdf(tmp_path / "pdfs" / f"{name}.pdf", f"BT {drawing} ET", fonts=FONT_ENTRIES)
    texts = read_below_filler(run, workspace, tmp_path / "pdfs")
    right = {"tight": "Of Caff in a line", "overhang": "of to half a leaf at"}
    right |= {"kerned": "Model To Vary AVA", "inside": "Of Caffe", "before": "Of Caffe"}
    right["digit"] = "Torch7 or scikit-learn"
    for name, text in texts.items():
        assert text == right.get(name, line.replace("_", "")), name


def font_with(differences: str) -> str:
    """Return a font without ToUnicode whose glyphs have these codes and names."""
    return (
        "<</Type/Font/Subtype/Type1/BaseFont/ABCDEF+OwnSerif/FirstChar 0/LastChar 255"
        f"/Widths[{' 500' * 256}]/Encoding<</Type/Encoding/Differences[{differences}]>>"
        "/FontDescriptor<</Type/FontDescriptor/FontName/ABCDEF+OwnSerif/Flags 4"
        "/FontBBox[0 0 1000 1000]/ItalicAngle 0/Ascent 700/Descent -200/CapHeight 700/StemV 80>>>>"
    )


def test_ligatures_that_only_names_of_glyphs_tell_are_read(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    latin = "32/space 44/comma/hyphen/period " + " ".join(
        f"{ord(letter)}/{letter}" for letter in "ACETacehnostwriblgu"
    )
    cases = {
        "ff": ("11/f_f " + latin, "Ca\x0be was here", "Caffe was here"),
        "th": ("5/T_h " + latin, "A gain, \x05eano", "A gain, Theano"),
        "left-out": ("2/f_f 3/T_h " + latin, "Ca\x02e, \x03eano", "Caffe, Theano"),
        "high": ("155/f_f_i.liga 174/T_h " + latin, "e\x9bcient \xaeeano", "efficient Theano"),
        "sign": ("35/f_f 63/none " + latin, "Ca#e or ?a", "Caffe or ?a"),
        "not-letters": ("16/parenleftbig " + latin, "tools\x10a", "tools a"),
        "touching-none": ("11/f_f " + latin, "a \x0b e", "a e"),
    }
    for name, (differences, shown, _) in cases.items():
        drawing = b"BT /F2 10 Tf 72 500 Td (%b) Tj ET" % shown.encode("latin-1")
        draw_pdf(tmp_path / "pdfs" / f"{name}.pdf", drawing, f"/F2 {font_with(differences)}")
    form = stream(
        b"BT /F2 10 Tf 72 500 Td (Ca\x0be) Tj ET",
        b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<</Font<</F2 %b>>>>"
        % font_with("11/f_f " + latin).encode(),
    )
    for name, fonts in {"form": "", "two-subsets": f"/F2 {font_with('11/f_l ' + latin)}"}.items():
        path = tmp_path / "pdfs" / f"{name}.pdf"
        draw_pdf(path, "/X Do", fonts, resources="/XObject<</X 10 0 R>>", objects=[form])
    shown = stream(b"BT /F1 10 Tf 2 5 Td (in JAX) Tj ET", b"/Subtype/Form/BBox[0 0 200 20]")
    stamp = b"<</Subtype/Stamp/Rect[72 300 272 320]/AP<</N 12 0 R>>>>"
    draw_pdf(
        tmp_path / "pdfs" / "notes.pdf",
        "/X Do",
        page="/Annots[<</Subtype/FreeText/Rect[72 400 272 420]/Contents(a note)>> 11 0 R]",
        resources="/XObject<</X 10 0 R>>",
        objects=[form, stamp, shown],
    )
    texts = read_below_filler(run, workspace, tmp_path / "pdfs")
    assert texts.pop("notes") == "Caffe in JAX a note", "notes stay when a page is read again"
    assert texts.pop("form") == "Caffe"
    assert texts.pop("two-subsets") == "Ca e", "the names of both subsets disagree"
    assert texts == {name: right for name, (_, _, right) in cases.items()}


def test_a_glyph_without_unicode_ends_a_word(run: Run, workspace: Path, tmp_path: Path) -> None:
    to_unicode = "\n".join(f"<{code:04X}> <{code:04X}>" for code in range(32, 127) if code != 39)
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def "
        "/CMapType 2 def 1 begincodespacerange <0000> <FFFF> endcodespacerange "
        f"95 beginbfchar\n{to_unicode}\n<0001> <FFFD>\nendbfchar endcmap end end"
    )
    font = (
        "<</Type/Font/Subtype/Type0/BaseFont/ABCDEF+OwnSans/Encoding/Identity-H/ToUnicode 10 0 R"
        "/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/ABCDEF+OwnSans/DW 550"
        "/W[2[0] 32[278]]/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
        "/FontDescriptor<</Type/FontDescriptor/FontName/ABCDEF+OwnSans/Flags 4/ItalicAngle 0"
        "/FontBBox[0 0 1000 1000]/Ascent 900/Descent -200/CapHeight 700/StemV 80>>>>]>>"
    )
    cases = {
        "apostrophe": ("JAX\0s vmap", "JAX s vmap"),
        "hyphen": ("a JAX\0based tool", "a JAX based tool"),
        "above-latin": ("JAX\u0123s vmap", "JAX s vmap"),
        "far above": ("JAX\u0788s vmap", "JAX s vmap"),
        "replacement": ("Caffe\x01s layers", "Caffe s layers"),
        "behind": ("Keras\0 layers", "Keras layers"),
    }
    for name, (shown, _) in cases.items():
        codes = "".join(f"{ord(character):04X}" for character in shown)
        drawing = f"BT /F2 10 Tf 72 500 Td <{codes}> Tj ET"
        objects = [stream(cmap.encode())]
        draw_pdf(tmp_path / "pdfs" / f"{name}.pdf", drawing, f"/F2 {font}", objects=objects)
    texts = read_below_filler(run, workspace, tmp_path / "pdfs")
    assert texts == {name: right for name, (_, right) in cases.items()}


def recognize(words: str, spacing: float, stretch: float) -> str:
    """Return the operators of recognized text: letters are spaced, the last of a word is apart."""
    shown = [
        f"{spacing} Tc 0.3 Tw ({word[:-1]}) Tj 0 Tc ({word[-1]}) Tj {spacing} Tc ( ) Tj"
        for word in words.split()
    ]
    return f"BT 3 Tr /F1 11 Tf {stretch} Tz 72 500 Td {' '.join(shown)} ET"


def test_letters_that_are_spaced_stay_in_their_words(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    line = "Our code is written with TensorFlow and Keras for all of this"
    spacings = [(1.2, 106), (1.5, 90), (2, 106), (2.5, 100), (4, 95)]
    drawings = {f"{tc}-{tz}": (recognize(line, tc, tz), line) for tc, tz in spacings}
    title = "BT /F1 11 Tf 3 Tc 72 500 Td (A title) Tj 14 0 Td ( of words) Tj ET"
    cells = [(72 + 30 * number, 500, letter) for number, letter in enumerate("ABCDEF")]
    formula = [(72 + 14 * number, 500, letter) for number, letter in enumerate("xyzw")]
    drawings["title"] = (title, "A title of words")
    drawings["cells"] = (draw_pieces([(40, 500, "Row x"), *cells]), "Row x A B C D E F")
    drawings["formula"] = (draw_pieces([(40, 500, "let x"), *formula]), "let x x y z w")
    plain = "let x be of a set y in a graph"
    drawings["plain"] = (draw_pieces(lay_out(plain)), plain)
    for name, (drawing, _) in drawings.items():
        draw_pdf(tmp_path / "pdfs" / f"{name}.pdf", drawing)
    for name, text in read_below_filler(run, workspace, tmp_path / "pdfs").items():
        assert text == drawings[name][1], name


SMALL_PDFS: dict[str, set[str]] = {
    "A7-space-in-next-run-caffe": {"caffe"},
    "A8-space-in-next-run-lig": {"caffe"},
    "A10-space-in-next-run-pytorch": {"pytorch"},
    "A14-theano-Th-ligature-overlapped-space": {"theano"},
    "B-fakebold-10pt-0.8": {"tensorflow", "chainer", "caffe"},
    "C120o-gap-objects": {"jax", "keras"},
    "C200o-gap-objects": {"jax", "keras"},
    "F1-diagonal-between": {"pytorch"},
    "G180-rotated-glyphs": {"tensorflow", "pytorch"},
    "H4-ocg-off": set(),
    "O-ocr-tc2.0-tz106": {"tensorflow", "keras"},
    "P3-apostrophe-notdef": {"jax", "caffe"},
    "X-superscript-three": {"jax"},
    "Z-ligname-f_f": {"caffe"},
}
"""The frameworks that the pages of shared PDFs show, once each."""


@pytest.mark.skipif(
    not (SHARED / "cases" / "pdf").is_dir(), reason="the small PDFs are not on this machine"
)
def test_frameworks_on_the_pages_of_small_pdfs_are_counted(run: Run, tmp_path: Path) -> None:
    assert run("add", "own", 2020, SHARED / "cases" / "pdf").code == 0
    assert run("report", "own", 2020, "--out", tmp_path).code == 0
    found: dict[str, dict[str, int]] = defaultdict(dict)
    with (tmp_path / "findings.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            if int(row["mentions"]):
                found[row["paper"]][row["framework"]] = int(row["mentions"])
    for name, frameworks in SMALL_PDFS.items():
        assert found[name] == dict.fromkeys(frameworks, 1), name
    with (tmp_path / "ledger.csv").open(encoding="utf-8", newline="") as handle:
        rows = {row["paper"]: row for row in csv.DictReader(handle)}
    unread = {paper: row["ledger"] for paper, row in rows.items() if row["ledger"] != "ok"}
    assert unread == {"K1-identity-no-tounicode": "unreadable", "W1-xfa-placeholder": "empty"}
    assert rows["K1-identity-no-tounicode"]["reason"].startswith("garbled: ")


def test_layers_that_are_switched_off_do_not_count(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    shown, hidden = "shown in JAX", "hidden in Keras"

    def layer(name: str, text: str) -> str:
        return f"/OC /{name} BDC BT /F1 10 Tf 72 480 Td ({text}) Tj ET EMC"

    def line(operators: str) -> str:
        return f"BT /F1 10 Tf 72 500 Td ({shown}) Tj {operators} ET"

    off = "/OCProperties<</OCGs[10 0 R 11 0 R]/D<</OFF[10 0 R]>>>>"
    others = "/OCProperties<</OCGs[10 0 R 11 0 R]/D<</BaseState/OFF/ON[11 0 R]>>>>"
    inside = f"/OC /Off BDC ({hidden}) Tj /Span <</MCID 1>> BDC (more) Tj EMC (again) Tj EMC"
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 600 700]/Resources<</Font<</F1 5 0 R>>>>/OC 10 0 R"
    objects = [
        b"<</Type/OCG/Name(one)>>",
        b"<</Type/OCG/Name(two)>>",
        b"<</Type/OCMD/OCGs 10 0 R>>",
        b"<</Type/OCMD/OCGs[10 0 R 11 0 R]/P/AllOn>>",
        b"<</Type/OCMD/OCGs[10 0 R 11 0 R]>>",
        stream(f"BT /F1 10 Tf 72 480 Td ({hidden}) Tj ET".encode(), form),
        b"<</Type/OCMD/OCGs 11 0 R/VE[/And 11 0 R[/Or 10 0 R[/Not 11 0 R]]]>>",
        b"<</Type/OCMD/VE[/Not[/And 10 0 R 11 0 R]]>>",
    ]
    resources = "/Properties<</Off 10 0 R/On 11 0 R/Of 12 0 R/All 13 0 R/Any 14 0 R"
    resources += "/Both 16 0 R/Never 17 0 R>>"
    resources += "/XObject<</X 15 0 R>>"
    drawings = {
        "off": (line("") + layer("Off", hidden), off),
        "others": (line("") + layer("Off", hidden), others),
        "inside": (line(inside), off),
        "member": (line("") + layer("Of", hidden), off),
        "all": (line("") + layer("All", hidden), off),
        "form": (line("") + " /X Do", off),
        "in a form": (line("") + "/OC /Off BDC /X Do EMC", off),
        "packed": (line("") + layer("Off", hidden), off),
        "on": (layer("On", shown), off),
        "any": (layer("Any", shown), off),
        "expression": (line("") + layer("Both", hidden), off),
        "expression met": (layer("Never", shown), off),
        "all on": (layer("Off", shown), off.replace("/OFF", "/ON")),
    }
    for name, (drawing, catalog) in drawings.items():
        path = tmp_path / "pdfs" / f"{name}.pdf"
        draw_pdf(path, drawing, objects=objects, resources=resources, catalog=catalog)
        if name == "packed":
            pack_catalog(path)
    for name, text in read_below_filler(run, workspace, tmp_path / "pdfs").items():
        assert text == shown, name


def test_what_annotations_and_form_fields_show_counts(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 200 20]/Resources<</Font<</F1 5 0 R>>>>"
    drawing = stream(b"BT /F1 10 Tf 2 5 Td (shown in JAX) Tj ET", form)
    link = "<</Subtype/Link/Rect[72 300 92 320]/A<</S/URI/URI(https://keras.example)>>>>"
    typed, field = "/Subtype/FreeText/Contents(shown in JAX)/DA(/F1 10 Tf)", "/Subtype/Widget/FT/Tx"
    value = f"{field}/T(a)/V(shown in JAX)/DA(/F1 10 Tf 0 g)"
    drawn = "/AP<</N 11 0 R>>"
    visible = {
        "typed": typed + drawn,
        "typed, not drawn": typed,
        "stamp": f"/Subtype/Stamp{drawn}",
        "line": f"/Subtype/Line/Cap true/L[72 400 272 400]{drawn}",
        "watermark": f"/Subtype/Watermark{drawn}",
        "shape": f"/Subtype/Square{drawn}",
        "field": f"{field}/T(a){drawn}",
        "field, not drawn": value,
        "choice": value.replace("/Tx", "/Ch/Ff 131072/Opt[(shown in JAX)(other)]"),
    }
    unseen = {
        "hidden": f"{typed}{drawn}/F 2",
        "hidden, not drawn": f"{typed}/F 2",
        "not viewed": f"{typed}{drawn}/F 32",
        "note": "/Subtype/Text/Contents(shown in JAX)",
        "none": "/Subtype/Link",
    }
    for name, entries in (visible | unseen).items():
        draw_pdf(
            tmp_path / "pdfs" / f"{name}.pdf",
            "BT /F1 10 Tf 72 500 Td (body) Tj ET",
            page=f"/Annots[{link * 3} 10 0 R {link * 9}]",
            objects=[f"<</Type/Annot/Rect[72 400 272 420]{entries}>>".encode(), drawing],
            catalog="/AcroForm<</Fields[10 0 R]/DR<</Font<</F1 5 0 R>>>>>>"
            if "Widget" in entries
            else "",
        )
    for name, text in read_below_filler(run, workspace, tmp_path / "pdfs").items():
        assert text == ("body shown in JAX" if name in visible else "body"), name


def test_words_with_small_gaps_between_them_are_read_apart(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    line = "Our code is implemented with JAX and Keras on one card as others did before"
    drawings = {
        f"{name}-{size}-{gap}": f"{key} {size} Tf {draw_runs(line.split(), name, size, gap)}"
        for name, key in FONTS.items()
        if name != "Times-Italic"  # letters that lean over a gap make it smaller
        for size in (8, 10, 13.2)
        for gap in (0.12, 0.16, 0.2)
    }
    drawings |= turn_all(f"/F1 7 Tf {draw_runs(line.split(), size=7, gap=0.16)}")
    # one word, of which parts are drawn by commands of their own
    drawings["near"] = f"/F1 10 Tf {draw_runs(['Py', 'Torch', 'ex', 'ten', 'AV'], gap=0.04)}"
    drawings["small capitals"] = "/F1 10 Tf 72 500 Td (T) Tj /F1 8 Tf (ENSOR) Tj /F1 10 Tf (FL) Tj"
    drawings["spaced"] = f"/F1 10 Tf 0.12 Tc {draw_runs(list('TENSOR'), gap=0.12)}"
    drawings["tracked"] = f"/F1 10 Tf 1.2 Tc {draw_runs(['Ten', 'sor'], gap=0.24 + 0.12)}"
    right = {"near": "PyTorchextenAV", "small capitals": "TENSORFL"}
    right |= {"spaced": "TENSOR", "tracked": "Tensor"}
    for name, drawing in drawings.items():
        draw_pdf(tmp_path / "pdfs" / f"{name}.pdf", f"BT {drawing} ET", fonts=FONT_ENTRIES)
    for name, text in read_below_filler(run, workspace, tmp_path / "pdfs").items():
        assert text == right.get(name, line), name


def test_words_that_something_else_interrupts_are_read_whole(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    marks = {
        "diagonal": "/F1 60 Tf .707 .707 -.707 .707 150 300 Tm (DRAFT) Tj",
        "flat": "/F1 60 Tf .94 .34 -.34 .94 150 470 Tm (DRAFT) Tj",
        "large": "/F1 60 Tf 1 0 0 1 100 300 Tm (DRAFT) Tj",
        "margin": "/F1 20 Tf 0 1 -1 0 30 300 Tm (Sent to a venue) Tj",
        "foot": "/F1 10 Tf 1 0 0 1 300 20 Tm (page 3) Tj",
        "long": "/F1 30 Tf .574 .819 -.819 .574 100 400 Tm (Draft of a paper) Tj",
        "four": " ".join(f"/F1 20 Tf 0 1 -1 0 {x} 300 Tm (Sent) Tj" for x in (20, 50, 500, 580)),
        "two": "/F1 20 Tf 0 1 -1 0 30 300 Tm (Sent) Tj /F1 60 Tf 1 0 0 1 100 300 Tm (DRAFT) Tj",
    }
    first, second, after = "Implemented in Py", "Torch with care", "and more below"
    for name, mark in marks.items():
        start = 72 + text_width(first)
        draw_pdf(
            tmp_path / "pdfs" / f"{name}.pdf",
            f"BT /F1 10 Tf 1 0 0 1 72 500 Tm ({first}) Tj {mark} /F1 10 Tf"
            f" 1 0 0 1 {start:.3f} 500 Tm ({second}) Tj 1 0 0 1 72 488 Tm ({after}) Tj ET",
        )
    # a formula and a word beside it
    under = "/F1 7 Tf 1 0 0 1 74 494 Tm (theta) Tj /F1 10 Tf 1 0 0 1 92.5 500 Tm (L is least) Tj"
    formula = f"BT /F1 10 Tf 1 0 0 1 72 500 Tm (max) Tj {under} ET"
    draw_pdf(tmp_path / "pdfs" / "formula.pdf", formula)
    texts = read_below_filler(run, workspace, tmp_path / "pdfs")
    assert "maxL" not in texts.pop("formula")
    for name, text in texts.items():
        assert text.startswith(f"{first}{second} "), name
        assert text.endswith(f" {after}"), name


def test_labels_of_turned_letters_are_read(run: Run, workspace: Path, tmp_path: Path) -> None:
    label = "Loss of TensorFlow and PyTorch"

    def draw(a: int, b: int, pieces: list[str], below: float = 0) -> str:
        drawn, done = "", 0.0
        for piece in pieces:
            x, y = 300 + a * done + b * below, 300 + b * done - a * below
            if piece != " ":
                drawn += f"{a} {b} {-b} {a} {x:.3f} {y:.3f} Tm ({piece}) Tj "
            done += text_width(piece, size=8)
        return f"BT /F1 8 Tf {drawn} ET"

    turns = {"upwards": (0, 1), "downwards": (0, -1), "on the head": (-1, 0)}
    words = [piece for word in label.split() for piece in (word, " ")]
    for name, (a, b) in turns.items():
        draw_pdf(tmp_path / "pdfs" / f"{name}.pdf", draw(a, b, list(label)))
        draw_pdf(tmp_path / "pdfs" / f"{name}, whole.pdf", draw(a, b, [label]))
        draw_pdf(tmp_path / "pdfs" / f"{name}, words.pdf", draw(a, b, words))
        draw_pdf(tmp_path / "pdfs" / f"{name}, short.pdf", draw(a, b, list("JAX")))
        rows = draw(a, b, list("Loss of")) + draw(a, b, list("TensorFlow and PyTorch"), below=10)
        draw_pdf(tmp_path / "pdfs" / f"{name}, rows.pdf", rows)
    for name, text in read_below_filler(run, workspace, tmp_path / "pdfs").items():
        if not name.startswith("on the head, words"):  # whole words, in the order of the page
            assert text == ("JAX" if name.endswith("short") else label), name
