"""Headings, tables and lines of a report in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from papertally.report.document import Block, BlockKind
from papertally.report.tables import Table

_MARKUP = re.compile(r"([\\`*_\[\]<>|$&~])")
_ADDRESS = re.compile(r"(https?://[^\s()<>|\\`；。]*[^\s()<>|\\`；。;,.])")


def blocks_as_markdown(blocks: Iterable[Block]) -> str:
    """Write the blocks of a report."""
    parts = []
    for block in blocks:
        if isinstance(block, Table):
            parts.append(_table(block.headers, block.rows))
        else:
            parts.append(
                f"## {escaped(block.text)}"
                if block.kind == BlockKind.TITLE
                else escaped(block.text)
            )
    return "\n\n".join(parts) + "\n"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(map(escaped, line))} |" for line in lines)


def escaped(text: str) -> str:
    """Write a text so that Markdown shows it as it is, on one line, a leading `*` too; addresses are links."""
    parts = _ADDRESS.split(" ".join(text.splitlines()))  # every second one is an address
    return "".join(
        f"<{part}>" if place % 2 else _MARKUP.sub(r"\\\1", part) for place, part in enumerate(parts)
    )
