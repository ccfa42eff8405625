"""Title and description of an SVG for screen readers."""

from __future__ import annotations

import re
from html import escape

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 does not allow, not even escaped."""


def add_description(svg: bytes, title: str, description: str, language: str) -> bytes:
    """Return an SVG with a title and a description, which its root element refers to.

    Raises `ValueError` if there is no `<svg>` element.
    """
    text = svg.decode("utf-8")
    root = re.search(r"<svg\b[^>]*>", text)
    if root is None:
        raise ValueError("no SVG")
    labels = f'role="img" xml:lang="{language}" aria-labelledby="chart-title chart-description"'
    return (
        f"{text[: root.end() - 1]} {labels}>\n"
        f' <title id="chart-title">{_xml(title)}</title>\n'
        f'<desc id="chart-description">{_xml(description)}</desc>\n'
        + text[root.end() :].lstrip("\n")
    ).encode()


def _xml(text: str) -> str:
    return escape(_NOT_XML.sub("", text), quote=False)
