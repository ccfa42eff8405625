"""Recognize pages that stand in a file for what few programs can show: forms and portfolios."""

import re

from papertally.extract.clean import count_letters

_MAX_LETTERS = 2000
"""The longest such notices have half of it."""
_PROGRAM = (
    "viewer|reader|portfolio|visionneuse|visualis|lecteur|visor|visualiz|lettore|leitor|lector"
    "|просмотр|przegląd|prohlížeč|görüntüleyici|läsare|fremviser|katselu"
    "|ビューア|リーダー|ポートフォリオ|阅读器|閱讀器|查看器|檢視器|包|뷰어|포트폴리오"
)
_ASKS_FOR_PROGRAM = (
    rf"(?:adobe|acrobat) reader|pdf[^.]{{0,12}}(?:{_PROGRAM})|(?:{_PROGRAM})[^.]{{0,12}}pdf"
)
"""A program that shows PDFs, in the languages in which such notices are written."""
_ABOUT_PROGRAM = (
    rf"{_ASKS_FOR_PROGRAM}|pdf|viewer|windows|\bmac\b|linux|www\.|https?:"
    "|please wait|this message|document"
)
_SENTENCE = re.compile(r"[^.!?。！？]+[.!?。！？\s]*")


def is_placeholder(text: str, letters: int, min_letters: int) -> bool:
    """Check whether a text only says that another program is needed to see the document.

    It does if the sentences about such programs are most of it, and the others have fewer letters
    than a paper.
    """
    # compiled here, because that takes longer than most of a paper and few files get here
    if letters > _MAX_LETTERS or not re.search(_ASKS_FOR_PROGRAM, text, re.IGNORECASE):
        return False
    is_about_program = re.compile(_ABOUT_PROGRAM, re.IGNORECASE).search
    others = [found for found in _SENTENCE.findall(text) if not is_about_program(found)]
    other_letters = count_letters("".join(others))
    return other_letters < min_letters and 2 * other_letters < letters
