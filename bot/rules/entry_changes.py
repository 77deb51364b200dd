"""A change to a saved paper that somebody typed: a state, more of a note, tags."""

from __future__ import annotations

from dataclasses import dataclass

from bot.rules.list_texts import split_tags
from bot.rules.reading_list import ReadingState

_STATE, _NOTE, _TAG, _UNTAG = "state", "note", "tag", "untag"
_STATES = {state.value: state for state in ReadingState}


@dataclass(frozen=True, slots=True)
class EntryChange:
    """Something to change of a saved paper; without anything, it is only saved."""

    state: ReadingState | None = None
    note: str = ""
    tags: tuple[str, ...] = ()
    gone_tags: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The change as a request keeps it behind the ID of a paper; `parse` reads it."""
        if self.state:
            return f"{_STATE} {self.state}"
        if self.note:
            return f"{_NOTE} {self.note}"
        name, tags = (_UNTAG, self.gone_tags) if self.gone_tags else (_TAG, self.tags)
        return f"{name} {', '.join(tags)}" if tags else ""

    @classmethod
    def parse(cls, text: str) -> EntryChange:
        """The change that `str` wrote; none for any other text. Never raises."""
        name, _, value = text.partition(" ")
        match name:
            case "state":
                return cls(state=_STATES.get(value))
            case "note":
                return cls(note=value)
            case "tag":
                return cls(tags=split_tags(value))
            case "untag":
                return cls(gone_tags=split_tags(value))
            case _:
                return cls()

    @property
    def saves(self) -> bool:
        """Whether a paper that isn't on the list is saved with it; there is nothing to take away from such a one."""
        return not self.gone_tags


def longer_note(note: str, added: str) -> str:
    """A note with a line more; as it is where it ends with that line already."""
    if not note or note == added:
        return added
    return note if note.endswith(f"\n{added}") else f"{note}\n{added}"
