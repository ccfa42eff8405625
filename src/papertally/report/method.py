"""The method box: in plain words, what was counted, where, of what, and how to count it again."""

from __future__ import annotations

import re
import shlex
from collections import Counter

from papertally import __version__
from papertally.models import Counting, Ledger, Rule
from papertally.report import phrases
from papertally.report.audit_summary import audit_lines, corrected_lines
from papertally.report.counts import Report
from papertally.report.i18n import translatable
from papertally.report.phrases import number
from papertally.report.query import Display
from papertally.report.render.escaping import escaped

METHOD_TITLE = translatable("How this was counted")
_MAX_DATES = 4
"""With more years than these, their listings are told by the first and the last date."""
_MAX_ENGINES = 3
_MAX_WORDS = 200
_CAN_GO = 4
_SIGN = re.compile("[\u3400-\u9fff]")
_SIGNS_PER_WORD = 1.6
_IMPORTED = "text"
"""The engine of texts that were not read from PDFs."""
_UNREAD = {
    Ledger.EMPTY: translatable("{count} almost empty"),
    Ledger.UNREADABLE: translatable("{count} damaged or encrypted"),
    Ledger.TIMEOUT: translatable("{count} not read in time"),
    Ledger.CRASHED: translatable("{count} crashed the reader"),
    Ledger.NO_PDF: translatable("{count} without a PDF"),
    Ledger.NOT_FETCHED: translatable("{count} not fetched"),
}


def method_box(report: Report) -> list[str]:
    """Tell the method in under 200 words, a line `Label: text.` each.

    Where there is too much to tell, what stands elsewhere in the report goes first: corrected counts, then what an
    interval means, the years of each version, and the growth of submissions.
    """
    for left_out in range(_CAN_GO + 1):
        lines = _lines(report, left_out)
        if _length(lines) < _MAX_WORDS:
            break
    return lines


def _lines(report: Report, left_out: int) -> list[str]:
    lines = [
        _counted(report),
        report.translate(phrases.SEARCHED[report.question.zone]),
        _rule(report),
        _population(report),
    ]
    if report.question.zone != "front":
        lines += [phrases.revisions(report, with_years=left_out < 3), _engines(report)]
    lines += [
        phrases.growth_of_submissions(report) if left_out < 4 else "",
        _unread(report),
        _audited(report, with_corrected=left_out < 1),
        _interval(report, in_full=left_out < 2),
        _repeat(report),
    ]
    return [line for line in lines if line]


def _length(lines: list[str]) -> float:
    """Count words; Chinese, which has no blanks, takes about 1.6 signs for an English word."""
    text = " ".join(lines)
    return len(_SIGN.sub(" ", text).split()) + len(_SIGN.findall(text)) / _SIGNS_PER_WORD


def as_method(report: Report) -> str:
    """Write method.md: the method box as a list."""
    lines = [f"- {escaped(line)}" for line in method_box(report)]
    return "\n".join([f"# {escaped(report.translate(METHOD_TITLE))}", "", *lines]) + "\n"


def command(report: Report, *, display: bool = False) -> str:
    """Write the command line that counts this again in the report's folder, quoted for a shell.

    With `display` also what only changes how it looks.
    """
    question = report.question
    parts = [
        "papertally",
        "report",
        report.years[0].venue if report.years else "",
        *_years(report),
        "--from",
        ".",
    ]
    if question.statuses:
        parts += ["--population", question.population]
    if question.rule != Rule.LEXICON:
        parts += ["--rule", str(question.rule)]
    if question.zone != "any":
        parts += ["--zone", question.zone]
    if question.counting != Counting.ANY:
        parts += ["--count", str(question.counting)]
    if question.frameworks:
        parts += ["-f", ",".join(question.frameworks)]
    parts += _display(report.display) if display else []
    return shlex.join(part for part in parts if part)


def _display(display: Display) -> list[str]:
    """Write the options that differ from their defaults."""
    flags = [f"--{name}" for name in ("wide", "robustness", "events") if getattr(display, name)]
    chosen = {"chart": display.chart, "measure": display.measure, "lang": display.language}
    plain = {"chart": Display().chart, "measure": Display().measure, "lang": Display().language}
    options = flags + [
        word
        for name, value in chosen.items()
        if value != plain[name]
        for word in (f"--{name}", value)
    ]
    # what is about the chart alone needs a folder to draw it in
    return (
        [*options, "--out", "again"]
        if {"--events", "--chart", "--measure"} & {*options}
        else options
    )


def _years(report: Report) -> list[str]:
    """Write the years as the command line takes them: two as they are, more as `2015,2017-2019`."""
    if len(report.years) < 3:
        return [str(year.year) for year in report.years]
    return [",".join("-".join(map(str, ends)) for ends in _runs(report))]


def _runs(report: Report) -> list[list[int]]:
    """Give the ends of each run of years without a gap; a run of one year has one end."""
    runs: list[list[int]] = []
    for year in (one.year for one in report.years):
        if runs and year - runs[-1][-1] == 1:
            runs[-1][1:] = [year]
        else:
            runs.append([year])
    return runs


def _span(report: Report) -> str:
    """Name the years as titles do, but many with gaps by their runs, for which there is room here."""
    many = len(report.years) > _MAX_DATES
    return (
        report.translate(", ").join("–".join(map(str, ends)) for ends in _runs(report))
        if many
        else phrases.span(report)
    )


def _counted(report: Report) -> str:
    return report.translate(
        "Counted: papers of {venue} {years} that mention a {entry}, not how they use it. {counted}",
        venue=report.years[0].venue.upper() if report.years else "",
        years=_span(report),
        entry=phrases.entry(report),
        counted=report.translate(phrases.COUNTED[report.question.counting]),
    )


def _rule(report: Report) -> str:
    """Name rule and lexicon; the lexicon's own rule tells its version already, and phrases have none."""
    if report.question.rule == Rule.LEXICON or report.snapshot.lexicon.is_of_terms:
        return report.translate("Rule: {rule}.", rule=phrases.rule(report))
    version = report.snapshot.lexicon.version
    return report.translate(
        "Rule: {rule}; lexicon version {lexicon}.", rule=phrases.rule(report), lexicon=version
    )


def _population(report: Report) -> str:
    return report.translate(
        "Population: {population}, {listed}: {papers} papers, {readable} searched.",
        population=phrases.population(report),
        listed=_listed(report),
        papers=number(sum(year.listed for year in report.years)),
        readable=number(sum(year.readable for year in report.years)),
    )


def _listed(report: Report) -> str:
    dates = sorted(year.listing_date for year in report.years if year.listing_date)
    if len(report.years) <= _MAX_DATES or not dates:
        return phrases.listed(report)
    return report.translate("listed between {first} and {last}", first=dates[0], last=dates[-1])


def _engines(report: Report) -> str:
    """Name the text engines with their versions, the one that read most papers first."""
    read = Counter(report.ledger.loc[report.ledger["ledger"] == Ledger.OK, "engine"])
    engines = sorted((-count, str(engine)) for engine, count in read.items() if engine)
    names = [
        report.translate("imported as text") if engine == _IMPORTED else engine
        for _, engine in engines
    ]
    if len(names) > _MAX_ENGINES:
        names[_MAX_ENGINES:] = [report.translate("{count} others", count=len(names) - _MAX_ENGINES)]
    return (
        report.translate("Text engine: {engines}.", engines=report.translate(", ").join(names))
        if names
        else ""
    )


def _unread(report: Report) -> str:
    """Say how many papers could not be searched, and why."""
    if report.question.zone == "front":
        counts = {
            translatable("{count} without an entry in the listing"): sum(
                one.listed - one.readable for one in report.years
            )
        }
    else:
        counts = {
            told_: sum(year.ledger[ledger] for year in report.years)
            for ledger, told_ in _UNREAD.items()
        }
    each = [
        report.translate(told_, count=number(count)) for told_, count in counts.items() if count
    ]
    return report.translate(
        "Not searched: {papers}.",
        papers=report.translate(", ").join(each) if each else report.translate("none"),
    )


def _audited(report: Report, *, with_corrected: bool) -> str:
    """Give the overall figures of hand-checking and corrected counts; all of them stand below the table."""
    lines = [*audit_lines(report)[:1], *(corrected_lines(report) if with_corrected else [])]
    return (
        report.translate("Checked by hand: {figures}", figures=report.translate(" ").join(lines))
        if lines
        else ""
    )


def _interval(report: Report, *, in_full: bool) -> str:
    """Say what the 95 % interval of a share means where the whole listing was counted."""
    whole = report.translate("Interval: how far such a share could differ by chance.")
    if in_full:
        whole = report.translate(
            "Interval: all readable papers of a complete year are counted; the 95 % interval is no error of the count, "
            "but tells how far such a share could differ by chance."
        )
    if all(year.complete for year in report.years):
        return whole
    return report.translate(" ").join(
        [whole, report.translate("Counts of incomplete years (*) are lower bounds.")]
    )


def _repeat(report: Report) -> str:
    return report.translate(
        "Repeat in this folder (papertally {version}): {command}",
        version=__version__,
        command=command(report),
    )
