"""The command `frameworks`: the rules of a lexicon, and what is wrong with them."""

import json
import textwrap
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click

from papertally.cli import context
from papertally.cli.context import SharedOptions, option
from papertally.cli.options import split_names
from papertally.cli.terminal import print_data, print_text, terminal_width
from papertally.errors import LexiconError
from papertally.resources import find_lexicon

if TYPE_CHECKING:
    from papertally.match.lexicon import Alias, Framework, Lexicon
    from papertally.match.lexicon_check import Fault
    from papertally.settings import Settings


_PROSE = ("      near:", "      not_near:", "      not_with:", "      why:")
"""How lines begin that may be broken; a blank of an expression or an example is part of it."""


@dataclass(frozen=True, slots=True)
class _ListOptions:
    """Which rules are listed, and how."""

    framework: tuple[str, ...] = option(
        "Show and check only these frameworks.",
        "-f",
        multiple=True,
        metavar="X,Y",
        parse=split_names,
    )
    format: str = option("Format of the output.", choices=["table", "json"])


@click.command(epilog="\b\nExample: papertally frameworks -f jax,torch")
@click.argument("file", required=False)
@context.as_record("options", _ListOptions)
@context.shared_options
def frameworks(file: str | None, options: _ListOptions, shared: SharedOptions) -> None:
    """List the frameworks with their rules, and check the rules.

    FILE is a lexicon of your own: its frameworks are listed, and checked together with the bundled
    ones. `libraries` lists the bundled libraries that --lexicon libraries counts. Faults are: a
    name with other meanings and no rule to tell them apart, a name that also counts inside the name
    of another framework, a rule without an example, and an example that fails. With any fault the
    exit code is 2.
    """
    from papertally.match.lexicon_check import check

    console = shared.console()
    settings = shared.settings((find_lexicon(file),) if file else ())
    lexicon, shown = _read(settings, options.framework)
    if file and lexicon.replaced:
        console.warn(f"{file} replaces the bundled entry of {', '.join(lexicon.replaced)}")
    faults = check(lexicon, [framework.id for framework in shown])
    if options.format == "json":
        print_data(_as_json(lexicon, shown, faults) + "\n")
    else:
        lines = _table_lines(lexicon, shown, faults)
        if width := terminal_width():
            lines = (part for line in lines for part in _wrap(line, width))
        print_text("".join(f"{line}\n" for line in lines), paged=True)
    if faults:
        count = "1 fault" if len(faults) == 1 else f"{len(faults):,} faults"
        raise LexiconError(f"{file or 'the bundled lexicon'} has {count}, listed above")


def _read(settings: "Settings", names: tuple[str, ...]) -> tuple["Lexicon", list["Framework"]]:
    """Return the lexicon with the frameworks to show: of the file or all, those named if any."""
    from papertally.pipeline import read_lexicon
    from papertally.report.query import check_frameworks

    lexicon = read_lexicon(settings)
    added = (*lexicon.own, *lexicon.libraries) if settings.lexicons else lexicon.fingerprints
    shown = [framework for framework in lexicon.frameworks if framework.id in added]
    check_frameworks(names, [framework.id for framework in shown], in_folder=False)
    return lexicon, [framework for framework in shown if not names or framework.id in names]


def _as_json(lexicon: "Lexicon", shown: list["Framework"], faults: list["Fault"]) -> str:
    groups = asdict(lexicon.groups)
    content = {
        "lexicon": lexicon.fingerprint,
        # what a framework includes has its aliases in its own entry
        "frameworks": [
            {key: value for key, value in asdict(framework).items() if key != "included"}
            for framework in shown
        ],
        "groups": {kind: dict(members) for kind, members in groups.items()},
        "faults": [
            {"framework": fault.framework, "alias": fault.alias, "fault": fault.words}
            for fault in faults
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=2)


def _table_lines(
    lexicon: "Lexicon", shown: list["Framework"], faults: list["Fault"]
) -> Iterator[str]:
    for framework in shown:
        for line in _framework_lines(framework):
            yield _visible(line)
        yield ""
    ids = {framework.id for framework in shown}
    for title, groups in (
        ("alternatives", lexicon.groups.only),
        ("counted with it", lexicon.groups.grouped),
    ):
        for name, members in groups:
            if ids & {name, *members}:
                yield f"group {name} ({title}): {', '.join(members)}"
    for fault in faults:
        yield f"FAULT {_visible(str(fault))}"
    count = sum(len(framework.aliases) for framework in shown)
    yield f"frameworks: {len(shown):,}, aliases: {count:,}, faults: {len(faults) or 'none'}"


def _framework_lines(framework: "Framework") -> Iterator[str]:
    parts = [f"{framework.id}: {framework.name}"]
    if framework.homepage:
        parts.append(framework.homepage)
    if framework.released:
        parts.append(f"released {framework.released}")
    if framework.wikidata:
        parts.append(f"wikidata {framework.wikidata}")
    yield ", ".join(parts)
    if framework.ambiguous:
        yield "  its bare name also means other things: --anywhere says little about it"
    if framework.includes:
        yield f"  includes: {', '.join(framework.includes)}"
    for alias in framework.aliases:
        yield from _alias_lines(alias)


def _alias_lines(alias: "Alias") -> Iterator[str]:
    kinds: list[str] = [alias.rule]
    if alias.rule != "regex":  # an expression has its case within itself
        kinds.append("as written" if alias.case else "any case")
    if alias.kind != "name":
        kinds.append(alias.kind)
    yield f"  {alias.text}  ({', '.join(kinds)})"
    within = f"within {alias.window:,} characters"
    if alias.near:
        yield f"      near: one of {', '.join(alias.near)} {within}"
    if alias.not_near:
        yield f"      not_near: any of {', '.join(alias.not_near)} {within}"
    if alias.not_with:
        yield f"      not_with: any of {', '.join(alias.not_with)} anywhere in the text"
    for label, text in (
        ("not_before", alias.not_before),
        ("not_after", alias.not_after),
        ("why", alias.why),
        ("for example", "".join(alias.match[:1])),
        ("but not", "".join(alias.no_match[:1])),
    ):
        if text:
            yield f"      {label}: {text}"


def _wrap(line: str, width: int) -> list[str]:
    """Break a line of prose to the terminal's width; others are left whole."""
    if not line.startswith(_PROSE):
        return [line]
    return textwrap.wrap(
        line, width, subsequent_indent=" " * 8, break_long_words=False, break_on_hyphens=False
    )


def _visible(text: str) -> str:
    """Replace what a terminal would act on: a user's file may hold anything."""
    return context.printable(text.replace("\n", "↵"), instead=context.REPLACEMENT)
