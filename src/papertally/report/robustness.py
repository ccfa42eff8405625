"""The same count under other rules, zones and populations: which findings hold in all of them.

Readers know these variants of a report as "readings".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from papertally.errors import UsageError
from papertally.models import Counting, FrameworkInfo, Rule, Status, ZoneFilter
from papertally.report.comparison import Direction
from papertally.report.counts import Report, make_report
from papertally.report.formatting import UNKNOWN, are_compared, paper_counts, percent, signed
from papertally.report.i18n import BLANK, SEMICOLON, translatable
from papertally.report.phrases import VERDICTS, entry
from papertally.report.query import ReportQuery, has_substring
from papertally.report.tables import Table

_MEANINGS = {
    "any": translatable("any mention in the PDF's text"),
    "body+appendix": translatable("without references"),
    "only": translatable("papers that mention only this one of its group"),
    "grouped": translatable("with what is counted with it"),
    "substring": translatable("any substring"),
    "accepted only": translatable("accepted papers only"),
}
"""What the names of the variants mean."""
_NOTE_OF_SUBSTRING = translatable(
    "Only the column of substrings counts them as this report does; the others count whole words "
    "or by the rules."
)
_WHY_NOT = {
    "body+appendix": translatable("the papers were counted without zones"),
    "accepted only": translatable("no decision is known"),
    "substring": translatable(
        "the substring rule cannot look for the regular expression of a term"
    ),
}
_IN_OTHER_WORDS = translatable("such a substring also stands in other words or for other things")
_NOT_KNOWN = translatable("the folder does not tell")
_MAX_YEARS = 3
"""With more years, a cell holds the first and the last only."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to count."""

    name: str
    """In English."""
    report: Report | None
    """None if the snapshot cannot be counted this way."""
    why_not: str = ""
    """Why it cannot, in English."""
    frameworks: tuple[FrameworkInfo, ...] = ()
    """Those of the table that the count is about; a substring may be about other words."""
    verdicts: dict[str, Direction] = field(default_factory=dict)
    """The verdicts on their first and last year, by framework id; empty for one year."""


def make_variants(report: Report) -> tuple[Variant, ...]:
    """Count the frameworks that a report shows in every way."""
    variants = []
    for name, query in _queries(report):
        try:
            counted = make_report(report.snapshot, query)
        # a snapshot without zones, decisions or substrings cannot be counted this way
        except UsageError:
            variants.append(Variant(name, None, _WHY_NOT.get(name, _NOT_KNOWN)))
            continue
        frameworks = report.shown
        if query.rule == Rule.SUBSTRING:
            unambiguous = [item for item in frameworks if not item.ambiguous]
            frameworks = tuple(item for item in unambiguous if has_substring(item))
        verdicts = {}
        for framework in frameworks:
            if change := counted.changes.get(framework.id):
                verdicts[framework.id] = change.verdict
        variants.append(Variant(name, counted, "", frameworks, verdicts))
    return tuple(variants)


def _queries(report: Report) -> Iterator[tuple[str, ReportQuery]]:
    lexicon = report.snapshot.lexicon
    shown = tuple(framework.id for framework in report.shown)
    plain = ReportQuery(report.query.statuses, frameworks=shown)
    yield translatable("any"), plain
    yield translatable("body+appendix"), replace(plain, zone=ZoneFilter.BODY_APPENDIX)
    # terms are not alternatives to each other
    if not lexicon.is_of_terms:
        yield translatable("only"), replace(plain, counting=Counting.ONLY)
    if lexicon.groups.grouped:
        yield translatable("grouped"), replace(plain, counting=Counting.GROUPED)
    # a term that is a regular expression would be refused, and with it the others
    spelled = tuple(item.id for item in report.shown if has_substring(item))
    substring = replace(plain, rule=Rule.SUBSTRING, frameworks=spelled or shown)
    yield translatable("substring"), substring
    if plain.statuses != (Status.ACCEPTED,):
        yield translatable("accepted only"), replace(plain, statuses=(Status.ACCEPTED,))


def variants_table(report: Report, variants: Sequence[Variant]) -> Table:
    """Return a row per framework: its counts in each way, and how many have the same verdict."""
    headers = [
        report.translate("{entry}, by reading", entry=entry(report)),
        *(report.translate(variant.name) for variant in variants),
        report.translate("holds"),
    ]
    rows = []
    for framework in report.shown:
        cells = [_variant_cell(variant, framework) for variant in variants]
        verdicts, holds = _verdicts(framework, variants), UNKNOWN
        if verdicts:
            verdict, count = Counter(verdicts.values()).most_common(1)[0]
            values = {"verdict": report.translate(VERDICTS[verdict]), "total": len(verdicts)}
            if count == len(verdicts):
                holds = report.translate("{verdict}: all of {total}", **values)
            else:
                holds = report.translate("{verdict}: {count} of {total}", count=count, **values)
        rows.append([framework.name, *cells, holds])
    return Table("readings", headers, rows)


def _variant_cell(variant: Variant, framework: FrameworkInfo) -> str:
    report = variant.report
    if report is None or framework not in variant.frameworks:
        return UNKNOWN
    first, last = report.ends
    years = report.years if len(report.years) <= _MAX_YEARS else (first, last)
    papers = paper_counts(report, framework.id, years)
    before, after = report.share(framework.id, first), report.share(framework.id, last)
    if len(years) == 1:
        change = percent(before)
    elif before is None or after is None or not are_compared(report, (first, last)):
        change = UNKNOWN
    else:
        change = signed(100 * (after - before))
    return f"{papers} ({change})"


def _verdicts(framework: FrameworkInfo, variants: Sequence[Variant]) -> dict[str, Direction]:
    """Return the verdicts on a framework by the names of the variants that have one."""
    verdicts = {}
    for variant in variants:
        if framework.id in variant.verdicts:
            verdicts[variant.name] = variant.verdicts[framework.id]
    return verdicts


def variant_notes(report: Report, variants: Sequence[Variant]) -> list[str]:
    """Return the notes below the robustness table."""
    meanings = [report.translate(_MEANINGS[variant.name]) for variant in variants]
    readings = report.join(meanings, SEMICOLON)
    first = [report.translate("Readings: {readings}.", readings=readings)]
    if report.query.rule == Rule.SUBSTRING:
        first.append(report.translate(_NOTE_OF_SUBSTRING))
    if len(report.years) > 1:
        first.append(report.translate("In parentheses: the change of the share in points."))
    if len(report.years) > _MAX_YEARS:
        ends = translatable("Shown are the first and the last year with readable papers.")
        first.append(report.translate(ends))
    notes = [report.join(first, BLANK)]
    for variant in variants:
        if variant.why_not:
            note = report.translate(
                "Not told: {reading}, because {why}.",
                reading=report.translate(variant.name),
                why=report.translate(variant.why_not),
            )
            notes.append(note)
    for variant in variants:
        notes += _partly_counted(report, variant)
    differing = [_differing(report, framework, variants) for framework in report.shown]
    if any(differing):
        each = report.join(differing, SEMICOLON)
        notes.append(report.translate("Readings that differ: {each}.", each=each))
    return notes


def _partly_counted(report: Report, variant: Variant) -> Iterator[str]:
    """Yield a note per reason why a variant counts some of the frameworks and not the others."""
    if variant.report is None:
        return
    left_out = [framework for framework in report.shown if framework not in variant.frameworks]
    for why, ambiguous in ((_IN_OTHER_WORDS, True), (_WHY_NOT["substring"], False)):
        names = [framework.name for framework in left_out if framework.ambiguous == ambiguous]
        if names:
            yield report.translate(
                "Not told for {names}: {reading}, because {why}.",
                names=report.join(names),
                reading=report.translate(variant.name),
                why=report.translate(why),
            )


def _differing(report: Report, framework: FrameworkInfo, variants: Sequence[Variant]) -> str:
    """Return a framework with the variants whose verdict is not the most common one, if any."""
    verdicts = _verdicts(framework, variants)
    most_common = Counter(verdicts.values()).most_common(1)
    differing = []
    for name, verdict in verdicts.items():
        if verdict != most_common[0][0]:
            reading, words = report.translate(name), report.translate(VERDICTS[verdict])
            differing.append(
                report.translate("{reading}: {verdict}", reading=reading, verdict=words)
            )
    if not differing:
        return ""
    return report.translate(
        "{framework} ({readings})",
        framework=framework.name,
        readings=report.join(differing),
    )
