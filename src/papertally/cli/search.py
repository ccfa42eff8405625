"""The command `search`: papers that contain something, and the sentences that do."""

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from papertally.cli.arguments import parse_first_venue
from papertally.cli.context import (
    Console,
    SectionedCommand,
    SharedOptions,
    as_record,
    option,
    shared_options,
    wrong_use,
)
from papertally.cli.lexicon import warn_of_lexicon
from papertally.cli.options import (
    AS_OF,
    LEXICON,
    POPULATION,
    ZONE,
    first_given,
    refuse_workspace_options,
    split_names,
    under,
)
from papertally.cli.terminal import has_colour, print_data, print_text
from papertally.errors import UsageError
from papertally.models import Scope, Status, ZoneFilter
from papertally.settings import Settings, parse_years

if TYPE_CHECKING:
    from papertally.match.finders import HitFinder
    from papertally.match.lexicon import Framework
    from papertally.match.queries import SearchMode, SearchQuery
    from papertally.models import FrameworkInfo
    from papertally.search.results import SearchResult

_WHAT, _PAPERS, _FORM = "What to find", "Which papers", "Form"
"""Headings of the help."""
_MAX_LISTED = 20
"""Papers that the table lists by default."""
_ALL = 10**9
"""More papers than there are."""
_MODES = ("anywhere", "case", "regex")
_NEED_TEXTS = ("mentions", "left_out", "as_of", "lexicon")
"""Options that a report folder cannot serve."""
_DASH_HINT = (
    "; a QUERY that begins with - stands after all options and --, "
    "as in `papertally search -- -x iclr 2018`"
)


class _SearchCommand(SectionedCommand):
    """A command that explains a QUERY which was taken for an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            message = wrong_use(error).rstrip(".")
            raise click.UsageError(f"{message}{_DASH_HINT}", ctx) from None


def _parse_limit(text: str | None) -> int | None:
    """Return the number of papers to list, `_ALL`, or None if it was not given."""
    if text is None:
        return None
    if text == "all":
        return _ALL
    if not text.isdecimal() or len(text) > len(str(_ALL)):
        raise click.BadParameter(f"{text!r} is not a number of papers: write a number, or all")
    return int(text)


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """What is searched, and how the result is shown."""

    anywhere: bool = option(
        "Find QUERY, or the frameworks' names, in any case and inside longer words too.",
        is_flag=True,
        heading=_WHAT,
    )
    case: bool = option(
        "Find QUERY only with the same upper and lower case.", is_flag=True, heading=_WHAT
    )
    regex: bool = option(
        "Read QUERY as a regular expression (RE2); (?i) at its start ignores case.",
        is_flag=True,
        heading=_WHAT,
    )
    framework: tuple[str, ...] = option(
        "Find papers that mention any of these frameworks, by the lexicon; without QUERY.",
        "-f",
        multiple=True,
        metavar="X,Y",
        heading=_WHAT,
    )
    left_out: bool = option(
        "With -f: find the papers that contain the name but are not counted by the rules, and show "
        "why.",
        is_flag=True,
        heading=_WHAT,
    )
    zone: str = under(_WHAT, ZONE)
    lexicon: tuple[Path, ...] = under(_WHAT, LEXICON)
    population: tuple[Status, ...] | None = under(_PAPERS, POPULATION)
    paper: str = option("Search only this paper.", default="", metavar="ID", heading=_PAPERS)
    as_of: str = under(_PAPERS, AS_OF)
    from_: str | None = option(
        "Search a report folder, a bundled one by its name, or a published one by its https "
        "address: frameworks with -f, or titles with QUERY.",
        metavar="DIR|URL",
        heading=_PAPERS,
    )
    mentions: bool = option(
        "Show each sentence, with its page and zone.", is_flag=True, heading=_FORM
    )
    limit: int | None = option(
        f"List at most N papers, or all. The counts are of all papers. Default: {_MAX_LISTED} in "
        "the table, all in csv and json.",
        metavar="N|all",
        parse=_parse_limit,
        heading=_FORM,
    )
    format: str = option("Format of the output.", choices=["table", "csv", "json"], heading=_FORM)

    def check(self) -> None:
        """Raise `UsageError` for options that exclude each other."""
        if self.anywhere + self.case + self.regex + self.left_out > 1:
            raise UsageError(
                "--anywhere, --case, --regex and --left-out are different ways to search: use one "
                "of them"
            )
        if self.from_ is not None:
            refuse_workspace_options(self, _NEED_TEXTS)
            if not self.framework and self.zone not in (ZoneFilter.ANY, ZoneFilter.LISTING):
                raise UsageError(
                    f"a report folder has titles but no texts: leave out --zone {self.zone}"
                )
        if self.framework and (self.case or self.regex):
            raise UsageError("--case and --regex work with QUERY, not with -f")
        if self.left_out and not self.framework:
            raise UsageError("--left-out needs -f: name the frameworks")
        if self.left_out and self.zone != "any":
            raise UsageError(
                "--left-out searches whole texts, as a mention anywhere makes a paper count: leave "
                "out --zone"
            )


@click.command(
    cls=_SearchCommand,
    epilog="\b\nExample: papertally search tensorflow iclr 2018 2019 --mentions --limit 10",
)
@click.argument("words", nargs=-1, metavar="[QUERY] [VENUE [YEARS]...]")
@as_record("options", SearchOptions)
@shared_options
def search(words: tuple[str, ...], options: SearchOptions, shared: SharedOptions) -> None:
    """Count and list the papers whose text contains QUERY.

    QUERY is found as whole words in any case, and in lower case with its plural, as with `report
    --term`. Phrases are combined with AND, OR and NOT, as in 'lstm AND "language model" NOT image'.
    The newest year comes first, and in each year the papers with the most mentions. Only stored
    texts are searched: nothing is fetched or extracted. To see why a count is 42 and not 43: -f
    lists the papers that count, and -f with --left-out those that contain the name but do not
    count.
    """
    from papertally import absent_papers
    from papertally.cli import search_output
    from papertally.cli.bundled import also_a_framework, suggest_titles
    from papertally.search.texts import run_search

    settings, console = shared.settings(options.lexicon), shared.console()
    text, scope = _split_words(words, options)
    mentions, limit = options.mentions, options.limit
    if limit is None:
        limit = _MAX_LISTED if options.format == "table" else _ALL
    folder, hint = _find_folder(options, settings, scope, console), ""
    if folder:
        result = _search_folder(folder, text, scope, options, limit)
    else:
        query, finder = _make_query(text, options, settings, console)
        if needing := first_given(options, _NEED_TEXTS):
            absent_papers.require_papers(settings, scope, needing)
        if not options.framework and not options.mentions:
            modes = [f"--{name}" for name in _MODES if getattr(options, name)]
            if not modes:
                hint = also_a_framework(settings, scope, "search", text)
            suggest_titles(settings, scope, ["search", *words, *modes])
        absent_papers.require_workspace(settings, scope)
        progress = console.progress()
        result = run_search(
            settings, scope, query, finder, limit, progress, mentions=mentions, needing=needing
        )
    hint = hint or _phrase_hint(result)
    for line in result.waiting():
        console.warn(line)
    if options.format == "table":
        width = shutil.get_terminal_size().columns
        print_text(search_output.as_table(result, width, colour=has_colour()), paged=True)
    elif options.format == "csv":
        _print_notes(result, console)
        print_data(search_output.as_csv(result, mentions=mentions))
    else:
        document = search_output.as_json(result, mentions=mentions)
        print_data(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    if hint:
        console.info(hint)


def _phrase_hint(result: "SearchResult") -> str:
    """Return how to find papers with each of the words that none has beside each other."""
    from papertally.match.queries import SearchMode
    from papertally.match.query_terms import suggest_terms

    of_words = (SearchMode.WORD, SearchMode.EXACT, SearchMode.ANYWHERE)
    if not result.is_in_none or result.query.mode not in of_words:
        return ""
    terms = suggest_terms(result.query.text)
    return f"QUERY is one phrase; {terms!r} looks for its words one by one" if terms else ""


def _split_words(words: tuple[str, ...], options: SearchOptions) -> tuple[str, Scope]:
    """Split the arguments into QUERY and VENUE YEARS; with frameworks there is no QUERY."""
    options.check()
    text, rest = "", words
    if not options.framework:
        if not words:
            raise UsageError(
                "say what to look for, such as `papertally search tensorflow iclr 2018`, or "
                "-f FRAMEWORK"
            )
        text, rest = words[0], words[1:]
    try:
        if not rest:
            return text, Scope()
        before = ("-f", ",".join(options.framework)) if options.framework else (text,)
        venue = parse_first_venue(rest[0], rest[1:], before)
        return text, Scope(venue, parse_years(rest[1:]) if rest[1:] else (), rest[0])
    except UsageError as error:
        hint = ""
        if options.framework:
            hint = " (with -f there is no QUERY, only VENUE and YEARS)"
        elif "several venues" in str(error):
            hint = " (leave VENUE out to search all)"
        elif len(words) > 1:
            hint = " (write QUERY VENUE YEARS; put a QUERY of several words in quotes)"
        raise UsageError(f"{error}{hint}") from None


def _find_folder(
    options: SearchOptions, settings: Settings, scope: Scope, console: Console
) -> Path | None:
    """Return the report folder to search, if any.

    That is the bundled one if it can answer what is asked, and nothing is stored.
    """
    from papertally.cli.bundled import find_bundled, find_folder

    if options.from_ is not None:
        return find_folder(options.from_, console)
    if first_given(options, _NEED_TEXTS) or not options.framework:
        return None
    return find_bundled(settings, scope)


def _search_folder(
    folder: Path, text: str, scope: Scope, options: SearchOptions, limit: int
) -> "SearchResult":
    """Search the counts of a report folder, or its titles. Raises `UsageError`."""
    from papertally.cli.bundled import bundled_note
    from papertally.match.queries import SearchQuery, make_finder
    from papertally.report.snapshot_folder import read_folder
    from papertally.search.folder import search_folder

    loaded = read_folder(folder, scope, name=options.from_ or "")
    notes = [bundled_note(scope)] if options.from_ is None else []
    where = (ZoneFilter(options.zone), options.population, options.paper)
    if options.framework:
        query = _framework_query(loaded.snapshot.lexicon.frameworks, where, options, in_folder=True)
        return search_folder(loaded, query, None, limit, notes)
    mode, cleaned = _clean(text, options)
    where = (ZoneFilter.LISTING, *where[1:])
    query = SearchQuery(cleaned, mode, (), *where, titles=True)
    return search_folder(loaded, query, make_finder(cleaned, mode), limit, notes)


def _make_query(
    text: str, options: SearchOptions, settings: Settings, console: Console
) -> tuple["SearchQuery", "HitFinder"]:
    """Build the query and its finder, before any text is opened. Raises `UsageError`."""
    from papertally.match.finders import AnywhereFinder, LeftOutFinder
    from papertally.match.matcher import Matcher
    from papertally.match.queries import (
        SearchQuery,
        make_finder,
        rule_reasons,
    )

    where = (ZoneFilter(options.zone), options.population, options.paper, options.as_of)
    if not options.framework:
        if options.lexicon:
            raise UsageError("--lexicon needs -f: name the frameworks")
        mode, cleaned = _clean(text, options)
        return SearchQuery(cleaned, mode, (), *where), make_finder(cleaned, mode)
    from papertally.pipeline import read_lexicon

    lexicon = read_lexicon(settings)
    query = _framework_query(lexicon.frameworks, where, options, in_folder=False)
    warn_of_lexicon(lexicon, console)
    frameworks = [item for item in lexicon.frameworks if item.id in query.frameworks]
    if options.left_out:
        return replace(query, reasons=rule_reasons(frameworks)), LeftOutFinder(frameworks)
    if options.anywhere:
        return query, AnywhereFinder(frameworks)
    rules = tuple((framework.id, framework.fingerprint) for framework in frameworks)
    return replace(query, rules=rules), Matcher(frameworks)


def _clean(text: str, options: SearchOptions) -> tuple["SearchMode", str]:
    """Return how QUERY is searched for, and its cleaned text. Raises `UsageError`."""
    from papertally.match.queries import SearchMode, clean_query

    mode = SearchMode.WORD
    for wanted, other in (
        (options.regex, SearchMode.REGEX),
        (options.case, SearchMode.EXACT),
        (options.anywhere, SearchMode.ANYWHERE),
    ):
        if wanted:
            mode = other
    return mode, clean_query(text, mode)


def _framework_query(
    known: "Sequence[Framework | FrameworkInfo]",
    where: tuple[Any, ...],
    options: SearchOptions,
    *,
    in_folder: bool,
) -> "SearchQuery":
    """Build the query of frameworks. Raises `UsageError` for one that is not among the known."""
    from papertally.match.queries import SearchMode, SearchQuery
    from papertally.report.query import check_frameworks

    names = split_names(options.framework)
    if not names:
        raise UsageError("-f needs a framework, such as -f pytorch")
    try:
        check_frameworks(names, [framework.id for framework in known], in_folder=in_folder)
    except UsageError as error:
        # `-f -x` takes the option for a framework, and `-fast` is read as `-f ast`
        is_query = any(name.startswith("-") or f"-f{name}" in sys.argv for name in names)
        hint = _DASH_HINT if is_query else ""
        raise UsageError(f"{error}{hint}") from None
    frameworks = [framework for framework in known if framework.id in names]
    ids = tuple(framework.id for framework in frameworks)
    text = " or ".join(framework.name for framework in frameworks)
    mode = SearchMode.LEFT_OUT if options.left_out else SearchMode.LEXICON
    if options.anywhere:
        mode = SearchMode.ANYWHERE
        text = "' or '".join(framework.substring for framework in frameworks)
    return SearchQuery(text, mode, ids, *where)


def _print_notes(result: "SearchResult", console: Console) -> None:
    """Print on stderr what CSV has no place for."""
    from papertally.cli.search_output import listed

    for line in (*result.counts(), *map(str, (*result.wider, *result.query.reasons))):
        console.info(line)
    for line in result.notes:
        console.warn(line)
    if result.left_out:
        console.info(listed(result))
