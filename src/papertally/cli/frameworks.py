"""The command `frameworks`: the rules of a lexicon, and what is wrong with them."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from papertally.cli.context import REPLACEMENT, make_console, printable, split_names
from papertally.cli.options import shared_options
from papertally.errors import LexiconError
from papertally.resources import data_folder

if TYPE_CHECKING:
    from papertally.match.lexicon import Alias, Framework, Lexicon
    from papertally.match.lexicon_check import Fault


@click.command(epilog="\b\nExample: papertally frameworks -f jax,torch")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "-f", "--framework", multiple=True, metavar="X,Y", help="Show and check these frameworks only."
)
@click.option(
    "--format", type=click.Choice(["table", "json"]), default="table", show_default=True,
    help="Form of the list on stdout.",
)  # fmt: skip
@shared_options
@click.pass_context
def frameworks(
    context: click.Context, /, file: Path | None, framework: tuple[str, ...], **options: Any
) -> None:
    """List the frameworks and the rules by which each is counted, and check the rules.

    With FILE, a lexicon of your own, its frameworks are listed and checked beside the bundled ones. Faults are names
    that mean other things too and ask for no context, names that count within another framework's, rules without an
    example, and examples that do not hold; with any of them the exit code is 2.
    """
    from papertally.match.lexicon_check import check

    console = make_console(context, options)
    lexicon, shown = _read(file, split_names(framework))
    if file and lexicon.replaced:
        console.warn(f"{file} replaces the bundled entry of {', '.join(lexicon.replaced)}")
    faults = check(lexicon, [one.id for one in shown])
    as_json = options["format"] == "json"
    click.echo(
        _as_json(lexicon, shown, faults) if as_json else "\n".join(_table(lexicon, shown, faults))
    )
    if faults:
        said = "1 fault, told" if len(faults) == 1 else f"{len(faults):,} faults, each told"
        raise LexiconError(f"{file or 'the bundled lexicon'} has {said} in a line above")


def _read(file: Path | None, asked: tuple[str, ...]) -> tuple["Lexicon", list["Framework"]]:
    """Return the whole lexicon and what is to be shown of it: the file's frameworks or all, or those asked for."""
    from papertally.match.lexicon_file import load_lexicon
    from papertally.report.query import check_frameworks

    path = data_folder() / "frameworks.toml"
    bundled = load_lexicon(path)
    lexicon = load_lexicon(path, [file]) if file else bundled
    shown = lexicon.frameworks
    if file:
        shown = tuple(one for one in shown if one.id in lexicon.replaced or not bundled.get(one.id))
    check_frameworks(asked, [one.id for one in shown])
    return lexicon, [one for one in shown if not asked or one.id in asked]


def _as_json(lexicon: "Lexicon", shown: list["Framework"], faults: list["Fault"]) -> str:
    groups = asdict(lexicon.groups)
    content = {
        "lexicon": lexicon.fingerprint,
        "frameworks": [asdict(one) for one in shown],
        "groups": {kind: dict(groups[kind]) for kind in groups},
        "faults": [
            {"framework": one.framework, "alias": one.alias, "fault": one.words} for one in faults
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=2)


def _table(lexicon: "Lexicon", shown: list["Framework"], faults: list["Fault"]) -> Iterator[str]:
    for one in shown:
        yield from map(_shown, _framework_lines(one))
        yield ""
    for title, groups in (
        ("alternatives", lexicon.groups.only),
        ("counted with it", lexicon.groups.grouped),
    ):
        ids = {one.id for one in shown}
        for name, members in groups:
            if ids & {name, *members}:
                yield f"group {name} ({title}): {', '.join(members)}"
    yield from (f"FAULT {_shown(str(fault))}" for fault in faults)
    count = sum(len(one.aliases) for one in shown)
    yield f"frameworks: {len(shown):,}, aliases: {count:,}, faults: {len(faults) or 'none'}"


def _framework_lines(framework: "Framework") -> Iterator[str]:
    released = f"released {framework.released}" if framework.released else ""
    wikidata = f"wikidata {framework.wikidata}" if framework.wikidata else ""
    yield ", ".join(
        filter(None, (f"{framework.id}: {framework.name}", framework.homepage, released, wikidata))
    )
    if framework.ambiguous:
        yield "  its bare name also means other things: --rule substring says little about it"
    for alias in framework.aliases:
        yield from _alias_lines(alias)


def _alias_lines(alias: "Alias") -> Iterator[str]:
    case = "" if alias.rule == "regex" else ", as written" if alias.case else ", any case"
    kind = "" if alias.kind == "name" else f", {alias.kind}"
    yield f"  {alias.text}  ({alias.rule}{case}{kind})"
    within = f" within {alias.window:,} characters"
    parts = {
        "near": f"one of {', '.join(alias.near)}{within}" if alias.near else "",
        "not_near": f"any of {', '.join(alias.not_near)}{within}" if alias.not_near else "",
        "not_before": alias.not_before,
        "not_after": alias.not_after,
        "why": alias.why,
        "for example": alias.match[0] if alias.match else "",
        "but not": alias.no_match[0] if alias.no_match else "",
    }
    yield from (f"      {label}: {said}" for label, said in parts.items() if said)


def _shown(text: str) -> str:
    """Show what a terminal would act on: a user's file may hold anything."""
    return printable(text.replace("\n", "↵"), instead=REPLACEMENT)


COMMANDS = (frameworks,)
