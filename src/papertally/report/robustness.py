"""The same count under other readings, so that a reader sees which findings hold under all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from papertally.errors import UsageError
from papertally.models import Counting, FrameworkInfo, Rule, Status
from papertally.report.comparison import Comparison, Direction, first_to_last
from papertally.report.counts import Report, make_report
from papertally.report.i18n import translatable
from papertally.report.query import ReportQuery, has_substring

_NOTE = translatable(
    "Readings: any mention in the PDF's text; without references; papers that mention only this one of its group; "
    "with what is counted with it; any substring; accepted papers only."
)
_NOTE_OF_TERMS = translatable(
    "Readings: any mention in the PDF's text; without references; any substring; accepted papers only."
)
"""Terms are no alternatives to each other, and none is counted with another."""
CHANGES_NOTE = translatable("In parentheses: the change of the share in points.")

_WHY_NOT = {
    "body+appendix": translatable("the papers were counted without zones"),
    "accepted only": translatable("no decision is known"),
    "substring": translatable(
        "the substring rule cannot look for the regular expression of a term"
    ),
}
_IN_OTHER_WORDS = translatable("such a substring also stands in other words or for other things")
_NOT_KNOWN = translatable("the folder does not tell")


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to count."""

    name: str
    """In English."""
    report: Report | None
    why_not: str = ""
    """Why it cannot be told, where it cannot."""

    def first_to_last(self, framework: FrameworkInfo) -> Comparison | None:
        """Compare the first year with the last; None where there is nothing to compare."""
        if self.report is None or not self.tells(framework):
            return None
        return first_to_last(self.report).get(framework.id)

    def tells(self, framework: FrameworkInfo) -> bool:
        """Say whether the count means this framework: a substring may be anything, or none, as for an expression."""
        if self.report is None or self.report.question.rule != Rule.SUBSTRING:
            return self.report is not None
        return not framework.ambiguous and has_substring(framework, self.report.snapshot.lexicon)


def differing(
    framework: FrameworkInfo, every: Sequence[Variant]
) -> list[tuple[Variant, Direction]]:
    """Name the readings whose verdict is not that of most, each with its own."""
    verdicts = [
        (reading, one.verdict) for reading in every if (one := reading.first_to_last(framework))
    ]
    most = Counter(verdict for _, verdict in verdicts).most_common(1)
    return [(reading, verdict) for reading, verdict in verdicts if verdict != most[0][0]]


def untold(reading: Variant, frameworks: Sequence[FrameworkInfo]) -> list[tuple[str, list[str]]]:
    """Name the frameworks of which a reading that can be told tells nothing all the same, by the reason."""
    left = [
        framework for framework in frameworks if reading.report and not reading.tells(framework)
    ]
    ambiguous = [framework.name for framework in left if framework.ambiguous]
    others = [framework.name for framework in left if not framework.ambiguous]
    return [
        (why, names)
        for why, names in ((_IN_OTHER_WORDS, ambiguous), (_WHY_NOT["substring"], others))
        if names
    ]


def readings_note(report: Report) -> str:
    """Say what the readings are."""
    return report.translate(_NOTE_OF_TERMS if report.snapshot.lexicon.is_of_terms else _NOTE)


def readings(report: Report) -> list[Variant]:
    """Count the frameworks that a report shows under every reading."""
    plain = replace(
        report.question, rule=Rule.LEXICON, zone="any", counting=Counting.ANY,
        frameworks=tuple(framework.id for framework in report.shown),
    )  # fmt: skip
    return [_read(report, name, question) for name, question in _questions(report, plain)]


def _questions(report: Report, plain: ReportQuery) -> Iterator[tuple[str, ReportQuery]]:
    yield translatable("any"), plain
    yield translatable("body+appendix"), replace(plain, zone="body+appendix")
    if not report.snapshot.lexicon.is_of_terms:
        yield translatable("only"), replace(plain, counting=Counting.ONLY)
    if report.snapshot.lexicon.groups.grouped:
        yield translatable("grouped"), replace(plain, counting=Counting.GROUPED)
    spelled = tuple(one.id for one in report.shown if has_substring(one, report.snapshot.lexicon))
    yield (
        translatable("substring"),
        replace(plain, rule=Rule.SUBSTRING, frameworks=spelled or plain.frameworks),
    )
    yield translatable("accepted only"), replace(plain, statuses=(Status.ACCEPTED,))


def _read(report: Report, name: str, question: ReportQuery) -> Variant:
    try:
        return Variant(name, make_report(report.snapshot, question))
    except UsageError:
        return Variant(name, None, _WHY_NOT.get(name, _NOT_KNOWN))
