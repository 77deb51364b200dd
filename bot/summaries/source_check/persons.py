"""The check of people: names that look like those of persons and are not in the source."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.summaries.source_check.addresses import without_addresses
from bot.summaries.source_check.languages import OTHER_LATIN
from bot.summaries.source_check.names import occurs
from bot.summaries.source_check.relevance import is_field_term

if TYPE_CHECKING:
    from bot.summaries.source_check.source import Source

_PART = r"[A-Z][a-z]{1,20}(?:-[A-Z][a-z]{1,20})?"
_NAME = re.compile(rf"(?<![A-Za-z.-]){_PART}(?: [A-Z]\.)?(?: {_PART}){{1,3}}(?![A-Za-z-])")
_WELL_KNOWN = "Hugging Face"


def unknown_persons(summary: str, source: Source, language: str) -> list[str]:
    """Capitalised words in a row that might be a person: none is in the source, and none is a term of the field.

    A term spelt out whose initials the source has is none, such as `Mean Absolute Error` for its MAE. Where every noun
    may be capitalised nothing is found.
    """
    if language == OTHER_LATIN:
        return []
    found = dict.fromkeys(match[0] for match in _NAME.finditer(without_addresses(summary)))
    return [name for name in found if name != _WELL_KNOWN and _is_unknown(name, source)]


def _is_unknown(name: str, source: Source) -> bool:
    words = re.findall(r"[A-Z][a-z]+", name)
    initials = "".join(word[0] for word in words).lower()
    return initials not in source.words and not any(is_field_term(word) or occurs(word, source) for word in words)
