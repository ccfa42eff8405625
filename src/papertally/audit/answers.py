"""What people are asked, and the words they may answer with."""

from papertally.audit_model import Verdict
from papertally.store.verdicts import HIT, NEAR

QUESTIONS = {
    HIT: "is this {0}, the software?",
    NEAR: "no rule found {0} in this paper: does it mention the software here?",
}
"""By the kind of what is judged; the framework's name goes in."""

VERDICTS = {str(verdict): verdict for verdict in Verdict} | {
    "u": Verdict.USE,
    "m": Verdict.MENTION,
    "o": Verdict.OTHER,
    "?": Verdict.UNSURE,
}
"""Verdicts by the words and letters that stand for them, in lower case."""

BACK, QUIT = ("b", "back"), ("q", "quit")
KEYS = "u(se), m(ention), o(ther: not the software), ?(unsure), b(ack), q(uit)"
