"""Make an SVG tell what it shows."""

from __future__ import annotations

import re
from html import escape

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML file may hold."""


def describe(svg: bytes, title: str, description: str, language: str) -> bytes:
    """Put a title and a description for screen readers into an SVG."""
    names = f'role="img" xml:lang="{language}" aria-labelledby="chart-title chart-description"'
    words = f'<title id="chart-title">{_text(title)}</title>\n<desc id="chart-description">{_text(description)}</desc>\n'
    text = svg.decode("utf-8")
    opening = re.search(r"<svg\b[^>]*>", text)
    if opening is None:
        raise ValueError("no SVG")
    whole = opening.group()
    return (
        text[: opening.start()]
        + f"{whole[:-1]} {names}>\n {words}"
        + text[opening.end() :].lstrip("\n")
    ).encode()


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("", text), quote=False)
