"""Commands that name no paper, read as what they mean beside the papers somebody has in view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.commands import (
    AskAbout,
    CitePapers,
    NamePapers,
    RemovePapers,
    SavePapers,
    SearchPapers,
    SharePapers,
)
from bot.rules.papers import PaperRef
from bot.rules.questions import is_question

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.rules.commands import Command


def in_context(command: Command, text: str, papers: Sequence[str]) -> Command:
    """The command that was meant, by the IDs of the papers in view.

    A verb alone (`save`) means the one paper there is; beside several it still has to name one. A question is about
    that paper, or of several about the first. Whatever names a paper or a day means that.
    """
    refs = tuple(map(PaperRef, papers))
    match command:
        case NamePapers("save") if len(refs) == 1:
            return SavePapers(refs)
        case NamePapers("remove") if len(refs) == 1:
            return RemovePapers(refs)
        case NamePapers("share") if len(refs) == 1:
            return SharePapers(refs)
        case NamePapers("cite") if refs:
            return CitePapers(refs)
        case SearchPapers() if refs and is_question(text):
            return AskAbout(refs, text)
        case _:
            return command
