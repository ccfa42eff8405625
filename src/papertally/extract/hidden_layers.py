"""Layers (optional content groups) that are switched off: nobody sees what stands in them.

pdfium reads their text like any other, so that a document with such layers is read by pdfminer,
which is told here to leave them out.
"""

import io
import zlib
from functools import cache
from typing import Any

from papertally.extract.pdf_objects import entries, items, name, parse, resolve

_LAYERS, _CATALOG, _PACKED = b"/OCProperties", b"/Catalog", b"/ObjStm"
_MAX_STREAM = 1 << 20
"""Bytes of a packed stream that are looked at."""
_MAX_UNPACKED = 1 << 25
"""Bytes of unpacked streams that are looked at, of a whole file."""
_MAX_DEPTH = 8
"""Expressions within expressions that tell when a layer is visible."""
_COST = 50_000
"""What a look at a stream counts for beside its bytes, so that many empty ones come to an end."""


def has_hidden_layers(data: bytes) -> bool:
    """Check whether a PDF has layers that are switched off when it is opened."""
    if not _names_layers(data):
        return False
    try:
        return bool(_find_hidden_layers(parse(data)))
    except MemoryError:
        raise
    except Exception:  # damaged or encrypted: pdfium may read it nevertheless
        return False


def _names_layers(data: bytes) -> bool:
    """Check whether the catalog names layers; of packed objects only its stream counts."""
    if _LAYERS in data:
        return True
    left, start = _MAX_UNPACKED, data.rfind(_PACKED)
    while start >= 0 and left > 0:
        begin = data.find(b"stream", start, start + _MAX_STREAM)
        end = data.find(b"endstream", begin + 1, begin + _MAX_STREAM)
        packed = data[begin + len(b"stream") : end].lstrip(b"\r\n") if 0 <= begin < end else b""
        try:
            unpacked = zlib.decompressobj().decompress(packed, left)
        except zlib.error:
            unpacked = b""
        if _CATALOG in unpacked:
            return _LAYERS in unpacked
        left -= len(unpacked) + _COST
        start = data.rfind(_PACKED, 0, start)
    return False


def _find_hidden_layers(document: Any) -> frozenset[int]:
    """Return the object numbers of the layers of a pdfminer document that are switched off."""
    properties = entries(document.catalog.get("OCProperties"))
    configuration = entries(properties.get("D"))
    off = _numbers(configuration.get("OFF"))
    if name(resolve(configuration.get("BaseState"))) == "OFF":
        off |= _numbers(properties.get("OCGs")) - _numbers(configuration.get("ON"))
    return frozenset(off)


def read_visible_text(data: bytes) -> str:
    """Return the text that pdfminer finds outside of hidden layers, pages ended by form feeds."""
    from pdfminer.converter import TextConverter
    from pdfminer.layout import LAParams
    from pdfminer.pdfinterp import PDFResourceManager
    from pdfminer.pdfpage import PDFPage

    document, manager, text = parse(data), PDFResourceManager(), io.StringIO()
    interpreter = _visible_interpreter()(manager, TextConverter(manager, text, laparams=LAParams()))
    interpreter.hidden = _find_hidden_layers(document)
    for page in PDFPage.create_pages(document):
        interpreter.process_page(page)
    return text.getvalue()


@cache
def _visible_interpreter() -> Any:
    """Return a class that draws the pages of a pdfminer document without hidden layers.

    Its attribute `hidden` has to hold their object numbers. It is made when it is needed, because
    pdfminer takes long to import.
    """
    from pdfminer.layout import LTFigure
    from pdfminer.pdfinterp import PDFPageInterpreter
    from pdfminer.utils import MATRIX_IDENTITY

    class VisibleInterpreter(PDFPageInterpreter):
        hidden: frozenset[int] = frozenset()
        device: Any

        def dup(self) -> Any:
            other: Any = super().dup()
            other.hidden = self.hidden
            return other

        def render_contents(self, *arguments: Any, **options: Any) -> None:
            self._marks: list[bool] = []
            super().render_contents(*arguments, **options)

        def do_BDC(self, tag: Any, props: Any) -> None:  # noqa: N802
            layers = entries(self.resources.get("Properties"))
            layer = layers.get(name(props)) if name(tag) == "OC" else None
            self._marks.append(_is_hidden(layer, self.hidden))

        def do_BMC(self, _: Any) -> None:  # noqa: N802
            self._marks.append(False)

        def do_EMC(self) -> None:  # noqa: N802
            del self._marks[-1:]

        def do_TJ(self, seq: Any) -> None:  # noqa: N802
            shown = self.device.cur_item
            if any(self._marks):  # it is drawn aside, because it moves what follows
                self.device.cur_item = LTFigure("", (0, 0, 1, 1), MATRIX_IDENTITY)
            super().do_TJ(seq)
            self.device.cur_item = shown

        def do_Do(self, xobjid_arg: Any) -> None:  # noqa: N802
            drawn = resolve(self.xobjmap.get(name(xobjid_arg)))
            layer = getattr(drawn, "attrs", {}).get("OC")
            if not any(self._marks) and not _is_hidden(layer, self.hidden):
                super().do_Do(xobjid_arg)

    return VisibleInterpreter


def _is_hidden(layer: Any, hidden: frozenset[int]) -> bool:
    """Check whether a layer is switched off, or what a membership of layers asks for is not met."""
    if getattr(layer, "objid", None) in hidden:
        return True
    membership = entries(layer)
    if items(membership.get("VE")):
        return not _is_met(membership["VE"], hidden, _MAX_DEPTH)
    members: Any = membership.get("OCGs")
    listed = resolve(members)
    off = [
        member.objid in hidden
        for member in (listed if isinstance(listed, list) else [members])
        if hasattr(member, "objid")
    ]
    if not off:
        return False
    shown = {"AllOn": not any(off), "AnyOff": any(off), "AllOff": all(off)}
    return not shown.get(name(resolve(membership.get("P"))), not all(off))


def _is_met(condition: Any, hidden: frozenset[int], depth: int) -> bool:
    """Check whether layers are visible as an expression of /And, /Or and /Not asks for."""
    operator, *operands = items(condition) or [None]
    if operator is None or not depth:
        return getattr(condition, "objid", None) not in hidden
    met = (_is_met(operand, hidden, depth - 1) for operand in operands)
    if name(operator) == "Not":
        return not all(met)
    return any(met) if name(operator) == "Or" else all(met)


def _numbers(objects: Any) -> set[int]:
    """Return the object numbers of a list of references."""
    return {reference.objid for reference in items(objects) if hasattr(reference, "objid")}
