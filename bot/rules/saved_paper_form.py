"""The form of a saved paper: what somebody filled in about their state of reading, their note, and their tags."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.rules.list_texts import LONGEST_NOTE, LONGEST_TAG, MOST_TAGS, clean_note, clean_tag, split_tags, tag_key
from bot.rules.reading_list import ReadingState
from bot.text.clean import clean_text

if TYPE_CHECKING:
    from collections.abc import Mapping

STATE, NOTE, TAGS = "state", "note", "tags"
# So much can be typed into the field of tags, of the 3,000 characters that Slack takes.
LONGEST_TAGS = MOST_TAGS * (LONGEST_TAG + 2)
# The commas of Chinese and Korean keyboards are among them.
_SEPARATOR = re.compile("[,，、\n]")
_SIGNS = "#＃"


class FormProblem(StrEnum):
    """A reason why a field can't be saved as it was filled in."""

    NOTE_TOO_LONG = "note_too_long"
    TAG_TOO_LONG = "tag_too_long"
    TOO_MANY_TAGS = "too_many_tags"


@dataclass(frozen=True, slots=True)
class SavedPaperForm:
    """The form of a saved paper as it was filled in."""

    state: ReadingState
    note: str
    tags: tuple[str, ...]


def read_saved_paper_form(fields: Mapping[str, str]) -> SavedPaperForm | dict[str, FormProblem]:
    """The form as it was filled in, by the names of fields; or what is wrong, by the same names. Never raises."""
    note, tags, state = (fields.get(name, "") for name in (NOTE, TAGS, STATE))
    problems: dict[str, FormProblem] = {}
    if len(note.strip()) > LONGEST_NOTE:
        problems[NOTE] = FormProblem.NOTE_TOO_LONG
    if problem := _problem_of_tags(tags):
        problems[TAGS] = problem
    if problems:
        return problems
    known = ReadingState(state) if state in set(ReadingState) else ReadingState.TO_READ
    return SavedPaperForm(known, clean_note(note), split_tags(tags))


def _problem_of_tags(typed: str) -> FormProblem | None:
    if len(typed) > LONGEST_TAGS:
        return FormProblem.TOO_MANY_TAGS
    words = typed.split()
    pieces = words if all(word.startswith(tuple(_SIGNS)) for word in words) else _SEPARATOR.split(typed)
    if any(len(clean_text(piece).lstrip(f"{_SIGNS} ")) > LONGEST_TAG for piece in pieces):
        return FormProblem.TAG_TOO_LONG
    several = {tag_key(tag) for piece in pieces if (tag := clean_tag(piece))}
    return FormProblem.TOO_MANY_TAGS if len(several) > MOST_TAGS else None
