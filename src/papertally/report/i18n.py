"""The languages of reports: translated sentences, and names written from right to left."""

import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from string import Formatter
from unicodedata import bidirectional

from papertally.errors import UsageError
from papertally.resources import DATA_FOLDER

LEFT_TO_RIGHT_MARK = "\u200e"
"""An invisible character that keeps the text around it in left-to-right order."""
_RIGHT_TO_LEFT = {"R", "AL", "AN"}
"""Unicode's bidirectional classes of Hebrew and Arabic letters and digits."""
_NO_BLANK = re.compile(" (?=[%，。；：、（）])|(?<=[，。；：、（）]) ")
"""Blanks that Chinese does not write, but which are beside the values that are filled in."""
_FIELD = re.compile(r"\{(\w+)\}")
_NUMBER_FIELDS = {"count", "line", "number"}
"""Fields of messages that stand for a number; the others stand for any text."""

_MAX_LEVELS = 6
"""Messages within each other; more are no messages, but a name that was made to look like them."""

_MAX_MESSAGE = 5000
"""Characters of a message that is translated; a path has 4,096 at most."""


class Language(StrEnum):
    """The languages of reports."""

    EN = "en"
    ZH = "zh"


def translatable(text: str) -> str:
    """Return an English sentence unchanged.

    The call marks sentences that are stored in constants and translated later, as gettext's `N_`
    does: the test that compares the code with the catalogues finds sentences by these calls.
    """
    return text


SEMICOLON, BLANK = translatable("; "), translatable(" ")
"""What is set between clauses, and between sentences."""


def translate(text: str, language: Language, **values: object) -> str:
    """Return a sentence in a language with its fields filled in.

    `text` is the English sentence with fields in braces. The catalogue of the language is read
    when the first sentence is translated. Raises `UsageError` if it is damaged or lacks the text.
    """
    if "framework" in values:
        values["framework"] = left_to_right(str(values["framework"]))
    if language == Language.EN:
        return text.format(**values)
    sentences = catalogue(language)
    if text not in sentences:
        raise _damaged(_path(language), f"the sentence {text!r} is missing")
    return _NO_BLANK.sub("", sentences[text].format(**values))


def translate_message(text: str, language: Language, levels: int = _MAX_LEVELS) -> str:
    """Return an English line of the command line in a language; unchanged without an entry.

    All stages raise errors as finished sentences, so that an entry is found by its form: what
    stands in the place of a word in braces is kept, or is translated if it is a message itself.
    Messages that were joined by semicolons are translated one by one. Messages within messages are
    translated over so many `levels`.
    """
    if language == Language.EN or not levels or len(text) > _MAX_MESSAGE:
        return text
    parts = text.split("; ")
    if len(parts) > 1:
        translated = [translate_message(part, language, levels - 1) for part in parts]
        if not set(parts) & set(translated):
            return translate(SEMICOLON, language).join(translated)
    for form, translation in _messages(language):
        if match := form.fullmatch(text):
            values = {}
            for name, value in match.groupdict().items():
                values[name] = translate_message(value, language, levels - 1)
            return translation.format(**values)
    return text


@cache
def _messages(language: Language) -> list[tuple[re.Pattern[str], str]]:
    """Return the forms of messages and their translations, those with most words first."""
    entries = read_catalogue(_path(language, "messages"))
    ordered = sorted(entries, key=lambda english: -len(_FIELD.sub("", english)))
    return [(_message_form(english), entries[english]) for english in ordered]


def _message_form(english: str) -> re.Pattern[str]:
    expression = ""
    for index, part in enumerate(_FIELD.split(english)):
        if index % 2 == 0:
            expression += re.escape(part)
        else:
            expression += f"(?P<{part}>{r'[0-9.,]+' if part in _NUMBER_FIELDS else '.+?'})"
    return re.compile(expression, re.DOTALL)


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """Return the translations of a language other than English by their English sentences."""
    return read_catalogue(_path(language))


def read_catalogue(path: Path) -> dict[str, str]:
    """Read a catalogue and return its translations by their English sentences.

    The file is named for its language, as `zh.toml`, and so are the keys of its translations.
    Raises `UsageError` with the file and the reason if the catalogue cannot be used.
    """
    translations: dict[str, str] = {}
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("text", [])
        for number, entry in enumerate(entries, start=1):
            english, translation = entry.get("en"), entry.get(path.stem)
            if not isinstance(english, str) or not isinstance(translation, str):
                raise _damaged(path, f"entry {number} needs the texts `en` and `{path.stem}`")
            if _fields(english) != _fields(translation):
                raise _damaged(path, f"the words in braces differ in the entry {english!r}")
            if english in translations:
                raise _damaged(path, f"two entries translate {english!r}")
            translations[english] = translation
    except OSError as error:
        raise _damaged(path, error.strerror or str(error)) from None
    except (ValueError, TypeError, AttributeError) as error:
        raise _damaged(path, str(error)) from None
    return translations


def left_to_right(name: str) -> str:
    """Put marks around a name with right-to-left letters.

    Without them, viewers show the numbers that follow the name in reverse order.

    >>> left_to_right("Keras")
    'Keras'
    """
    if not any(bidirectional(letter) in _RIGHT_TO_LEFT for letter in name):
        return name
    return f"{LEFT_TO_RIGHT_MARK}{name.strip(LEFT_TO_RIGHT_MARK)}{LEFT_TO_RIGHT_MARK}"


def _path(language: Language, folder: str = "") -> Path:
    return DATA_FOLDER / "translations" / folder / f"{language}.toml"


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def _damaged(path: Path, reason: str) -> UsageError:
    return UsageError(
        f"the translations in {path} cannot be used: {reason}; mend the file or install "
        "papertally again"
    )
