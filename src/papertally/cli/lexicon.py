"""What commands check and tell of the lexicon in use."""

from typing import TYPE_CHECKING

from papertally.cli.context import Console

if TYPE_CHECKING:
    from papertally.match.lexicon import Lexicon


def require_frameworks(names: tuple[str, ...], lexicon: "Lexicon") -> None:
    """Raise `UsageError` if the lexicon has no framework of one of the names."""
    from papertally.report.query import check_frameworks

    check_frameworks(names, [framework.id for framework in lexicon.frameworks], in_folder=False)


def warn_of_lexicon(lexicon: "Lexicon", console: Console) -> None:
    """Warn if a user's lexicon replaces bundled entries or has faults.

    A name that is added may replace an entry without the user's knowledge.
    """
    if lexicon.replaced:
        console.warn(f"your lexicon replaces the bundled entry of {', '.join(lexicon.replaced)}")
    if lexicon.own:
        from papertally.match.lexicon_check import check

        faulty = dict.fromkeys(fault.framework for fault in check(lexicon, lexicon.own))
        if faulty:
            console.warn(
                f"the rules of {', '.join(faulty)} may count wrongly: run `papertally "
                "frameworks FILE` with your file to see why"
            )
