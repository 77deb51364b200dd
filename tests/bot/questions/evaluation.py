"""How well questions are answered from long texts whose answers are known: `texts/`, or what stands beside it.

A folder has texts as `NAME.md` and `questions.json`: `{"text": NAME, "question": …, "language": "en" or "ko",
"answer_in": …, "answerable": …}`, where `answer_in` is a part of the sentence or row that answers, or a list of such.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.questions.passages import PaperText, units_of
from bot.questions.search import PassageIndex
from bot.rules.papers import ReadSource
from tests.documentation import ROOT
from tests.full_texts import read_markdown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.rules.papers import TextSection
    from bot.rules.questions import Passage

HERE = Path(__file__).parent
DEVELOPMENT, HELD_OUT = HERE / "development_texts", HERE / "texts"
_MARKUP = re.compile(r"[\s|*`_]+")


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the text it is about, and parts of what answers it; none where nothing does."""

    text: str
    question: str
    language: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What was shown in answer to a question."""

    question: Question
    passages: tuple[Passage, ...]

    @property
    def answers_at(self) -> int | None:
        """The place, from 0, of the first passage that answers."""
        for place, passage in enumerate(self.passages):
            if any(_plain(answer) in _plain(passage.text) for answer in self.question.answers):
                return place
        return None

    @property
    def is_right(self) -> bool:
        """Whether it is answered where the text answers it, and refused where it doesn't."""
        return self.answers_at is not None if self.question.answers else not self.passages


def read_questions(folder: Path) -> list[Question]:
    """The questions of a folder."""
    found = json.loads((folder / "questions.json").read_text(encoding="utf-8"))
    return [_question(each) for each in found]


def read_texts(folder: Path) -> Mapping[str, PaperText]:
    """The texts of a folder by their names."""
    return {
        path.stem: PaperText(read_markdown(path.read_text(encoding="utf-8")), ReadSource.FULL_TEXT)
        for path in sorted(folder.glob("*.md"))
    }


def other_prose() -> tuple[TextSection, ...]:
    """Some thousand sentences about something else: the documentation, but for what it says of questions."""
    pages = sorted((ROOT / "docs").glob("*.md"))
    sections = [section for page in pages for section in read_markdown(page.read_text(encoding="utf-8"))]
    return tuple(section for section in sections if section.title != "Questions")


def ask_all(folder: Path, *, around: tuple[TextSection, ...] = ()) -> list[Shown]:
    """Every question of a folder, answered from its text without a language model; with other sections `around` it."""
    texts = {name: replace(text, sections=(*text.sections, *around)) for name, text in read_texts(folder).items()}
    indexes = {name: PassageIndex(units_of(text)) for name, text in texts.items()}
    return [
        Shown(each, tuple(found.passage for found in indexes[each.text].search(each.question)))
        for each in read_questions(folder)
    ]


def counts(shown: Sequence[Shown]) -> str:
    """How many were answered and refused rightly, in one line."""
    can, cannot = ([each for each in shown if bool(each.question.answers) is wanted] for wanted in (True, False))
    right = [each.answers_at for each in can if each.is_right]
    return (
        f"answered by a passage shown: {len(right)} of {len(can)} (the first one: {right.count(0)});"
        f" refused though answerable: {sum(not each.passages for each in can)};"
        f" unanswerable refused: {sum(each.is_right for each in cannot)} of {len(cannot)}"
    )


def _question(found: Mapping[str, object]) -> Question:
    told = found["answer_in"] or []
    answers = tuple(map(str, told)) if isinstance(told, list) else (str(told),)
    return Question(
        str(found["text"]), str(found["question"]), str(found["language"]), answers if found["answerable"] else ()
    )


def _plain(text: str) -> str:
    return _MARKUP.sub(" ", text).strip().casefold()


def main() -> None:
    """Print every question of the folders named, or of both, with what was shown."""
    for folder in [Path(each) for each in sys.argv[1:]] or [each for each in (DEVELOPMENT, HELD_OUT) if each.exists()]:
        shown = ask_all(folder)
        for each in shown:
            print(f"{'right' if each.is_right else 'WRONG'}  {each.question.text}: {each.question.question}")
            for passage in each.passages:
                print(f"         [{passage.section}] {' // '.join(passage.lines)}")
        for language in ("en", "ko"):
            asked = [each for each in shown if each.question.language == language]
            print(f"{folder.name}, {language}: {counts(asked)}")
        if folder.samefile(DEVELOPMENT):
            print(f"{folder.name}, other prose around: {counts(ask_all(folder, around=other_prose()))}")


if __name__ == "__main__":
    main()
