"""The report folders that answer: the user's, published ones, and the bundled one."""

import shlex
from collections.abc import Iterable
from pathlib import Path

from papertally.cli.context import Console
from papertally.errors import UsageError
from papertally.models import Scope
from papertally.resources import (
    BUNDLED_SNAPSHOT,
    bundled_years,
    find_snapshot,
    name_of_lexicon,
    names_in,
)
from papertally.settings import Settings
from papertally.store.connection import DATABASE


def find_folder(name: str, console: Console) -> Path:
    """Find a report folder by its path, name or address. Raises `UsageError`."""

    def fetch(address: str) -> Path:
        from papertally.pipeline import fetch_published

        return fetch_published(address, console.info)

    return find_snapshot(name, fetch)


def find_bundled(settings: Settings, scope: Scope) -> Path | None:
    """Return the bundled folder that answers if nothing of a scope is stored, or None."""
    is_bundled = bool(bundled_years(scope.venue, scope.years))
    if is_bundled and (settings.workspace / DATABASE).is_file():
        from papertally.store.workspace import Workspace

        with Workspace(settings.workspace) as workspace:
            is_bundled = not workspace.ledger.years(scope)
    return find_snapshot(BUNDLED_SNAPSHOT) if is_bundled else None


def bundled_note(scope: Scope) -> str:
    """Return that the bundled counts answer, and why."""
    stored = f"nothing of {scope} is stored here" if scope.venue else "nothing is stored here"
    return f"{stored}: these are the bundled counts"


def also_a_framework(settings: Settings, scope: Scope, command: str, phrase: str) -> str:
    """Return a line if a phrase is the name of a framework, whose rules find other papers.

    Raises `UsageError` if nothing of the scope is stored, but counts of the framework are bundled.
    """
    for identifier, name in _framework_names(settings).items():
        if phrase.casefold() in (identifier, name.casefold()):
            break
    else:
        return ""
    options = [word for path in settings.lexicons for word in ("--lexicon", name_of_lexicon(path))]
    asked = shlex.join([command, "-f", identifier, *scope.words, *options])
    if find_bundled(settings, scope):
        raise UsageError(
            f"nothing is stored for {scope.asked}: see the bundled counts of {name} with "
            f"`papertally {asked}`"
        )
    return (
        f"{name} is also a framework, whose rules find other papers than the bare name "
        f"does: `papertally {asked}`"
    )


def _framework_names(settings: Settings) -> dict[str, str]:
    """Return the ids and names of the frameworks; the bundled ones are found without its rules."""
    if settings.lexicons:
        from papertally.pipeline import read_lexicon

        lexicon = read_lexicon(settings)
        return {framework.id: framework.name for framework in lexicon.frameworks}
    return names_in("frameworks.toml")


def suggest_titles(settings: Settings, scope: Scope, words: Iterable[str]) -> None:
    """Raise `UsageError` if nothing of a scope is stored, but its titles are bundled.

    `words` are the command that searches them, without --from.
    """
    if find_bundled(settings, scope):
        from papertally.absent_papers import how_to_get

        command = shlex.join([*words, "--from", BUNDLED_SNAPSHOT])
        advice = f"search the bundled titles with `papertally {command}`, {how_to_get(scope)}"
        raise UsageError(f"nothing is stored for {scope.asked}: {advice}")
