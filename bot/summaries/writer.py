"""The summary writer: a model summarizes a text, the source check reads the summary, and it is rewritten once."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from bot.rules.papers import MAIN_SECTIONS, ReadSource, Section
from bot.summaries.models.client import ModelFailed
from bot.summaries.models.requests import ChatMessage
from bot.summaries.models.responses import Failure, Usage
from bot.templating.catalogues import catalogue
from bot.templating.environment import render_prompt
from bot.text.clean import clean_text, shorten, without_markdown
from bot.text.languages import is_written_in
from bot.text.latex import without_latex

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from bot.rules.papers import Material
    from bot.rules.reports import Complaint
    from bot.summaries.models.client import LanguageModel

log = structlog.get_logger(__name__)

_MOST_ATTEMPTS = 2
_LONGEST_SECTION = 1500  # characters; the model is asked for less
_LONGEST_FAULT = 300  # characters
# Failures that another request may correct, and what it says about them.
_MENDABLE = {
    Failure.GARBLED: "it is no JSON object of the form asked for",
    Failure.EMPTY: "there was nothing in it",
    Failure.CUT_SHORT: "it was too long and was cut off; write half as much",
}

_TAKEAWAY = "takeaway"
_KEYS = (_TAKEAWAY, *(section.value for section in Section))
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {key: {"type": ["string", "null"]} for key in _KEYS},
    "required": list(_KEYS),
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A summary a model wrote, and the `faults` the source check found, for which it may not be shown.

    A `takeaway` that may not be shown is left out; it is no fault of the summary. `not_stated` names the main sections
    of which the model said that the source states nothing, as far as the source check agrees.
    """

    sections: tuple[tuple[Section, str], ...]
    score: float | None
    faults: tuple[str, ...]
    takeaway: str | None = None
    not_stated: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftAttempt:
    """One answer of a model: its `text`, and the draft in it, or why there is none.

    `window` is how many input tokens the server reads, None unless that is less than it was sent.
    """

    text: str
    usage: Usage
    draft: Draft | None = None
    failure: Failure | None = None
    reason: str = ""
    window: int | None = None

    @property
    def faults(self) -> tuple[str, ...]:
        """The faults that another attempt should correct; empty where there are none, or no rewriting can help."""
        if self.draft:
            return self.draft.faults
        return (_MENDABLE[self.failure],) if self.failure in _MENDABLE else ()


@dataclass(frozen=True, slots=True)
class Written:
    """The attempts at one summary; `is_cut_off` when another was not made for lack of tokens."""

    attempts: tuple[DraftAttempt, ...]
    is_cut_off: bool = False

    @property
    def drafts(self) -> tuple[Draft, ...]:
        """The drafts; only the last may be shown, when it has no faults."""
        return tuple(attempt.draft for attempt in self.attempts if attempt.draft)

    @property
    def accepted(self) -> Draft | None:
        """The draft that may be shown."""
        last = self.attempts[-1].draft
        return last if last and not last.faults else None

    @property
    def window(self) -> int | None:
        """The input tokens that the server reads, None unless that turned out to be less than it was sent."""
        return min((attempt.window for attempt in self.attempts if attempt.window), default=None)

    @property
    def usage(self) -> Usage:
        """The tokens all attempts cost."""
        return sum((attempt.usage for attempt in self.attempts), Usage())


class Writer:
    """Has a language model write summaries."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self.name = model.name

    @property
    def most_output_tokens(self) -> int:
        """The output limit of one answer, in tokens."""
        return self._model.most_output_tokens

    async def write(
        self,
        material: Material,
        language: str,
        *,
        complaint: Complaint | None = None,
        may_ask_again: Callable[[], Awaitable[bool]] | None = None,
    ) -> Written:
        """A summary of `material` in a language; `complaint` is what readers reported about the one before.

        `may_ask_again` is awaited before each further request and says whether the budget allows it. Never raises for
        what a model does.
        """
        fence = f"paper-{secrets.token_hex(16)}"
        instructions = render_prompt("summary", fence=fence, code=language, language=language_in_english(language))
        messages = [ChatMessage("user", render_prompt("paper", text=material.text, complaint=complaint, fence=fence))]
        attempts: list[DraftAttempt] = []
        most = _MOST_ATTEMPTS
        while True:
            limit = self._model.most_output_tokens
            last = await self._attempt(instructions, messages, material, language)
            attempts.append(last)
            if last.failure is Failure.THINKING:
                if self._model.most_output_tokens <= limit:
                    break
                most = _MOST_ATTEMPTS + 1  # a higher output limit does not count as an attempt
            elif last.faults:
                again = [shorten(clean_text(fault), _LONGEST_FAULT) for fault in last.faults]
                messages += [
                    ChatMessage("assistant", last.text),
                    ChatMessage("user", render_prompt("again", faults=again)),
                ]
            else:
                break
            if len(attempts) >= most:
                break
            if may_ask_again and not await may_ask_again():
                return Written(tuple(attempts), is_cut_off=True)
        return Written(tuple(attempts))

    async def _attempt(
        self, instructions: str, messages: Sequence[ChatMessage], material: Material, language: str
    ) -> DraftAttempt:
        try:
            reply = await self._model.ask(instructions, messages, SCHEMA, {_TAKEAWAY})
        except ModelFailed as failed:
            return DraftAttempt(
                failed.text or "{}", failed.usage, failure=failed.kind, reason=failed.reason, window=failed.window
            )
        try:
            # To hold a summary to a whole paper takes a while, in which the event loop has others to serve.
            draft = await asyncio.to_thread(_check_draft, reply.values, material, language)
        except Exception as error:
            # It was paid for, and would be again: what breaks the check once breaks it each time.
            log.exception("couldn't check a summary")
            reason = f"the check failed: {type(error).__name__}"
            return DraftAttempt(reply.text, reply.usage, failure=Failure.UNCHECKED, reason=reason, window=reply.window)
        return DraftAttempt(reply.text, reply.usage, draft, window=reply.window)


def language_in_english(code: str) -> str:
    """The language named in a prompt: by its English name, or else by its code."""
    name = catalogue("en").language_name(code)
    return name if name != code else f"the language with the ISO 639 code “{code}”"


def _sections(values: Mapping[str, object]) -> tuple[tuple[Section, str], ...]:
    """The sections of an answer, cleaned of mark-up; a section that only says that nothing is stated is left out."""
    # Here, as below: the source check is loaded for the first summary, not at every start, where it takes 40 ms.
    from bot.summaries.source_check.absence import is_absence

    texts = ((section, values.get(section.value)) for section in Section)
    cleaned = (
        (section, clean_text(without_markdown(without_latex(text)))) for section, text in texts if isinstance(text, str)
    )
    return tuple((section, text) for section, text in cleaned if not is_absence(text))


def _not_stated(values: Mapping[str, object], material: Material) -> tuple[Section, ...]:
    """The main sections of which an answer says that there is nothing, where that is borne out by a text read in full.

    A key that is missing, or holds something else than text, says nothing.
    """
    from bot.summaries.source_check.absence import is_absence, tells_something

    if material.read is not ReadSource.FULL_TEXT:
        return ()
    said = [section for section in MAIN_SECTIONS if section.value in values]
    answers = [(section, values[section.value]) for section in said]
    empty = [section for section, told in answers if told is None or (isinstance(told, str) and is_absence(told))]
    return tuple(section for section in empty if not tells_something(section, material.text))


def _check_draft(values: Mapping[str, object], material: Material, language: str) -> Draft:
    """The draft with every fault found in it."""
    from bot.summaries.source_check.check import check_summary
    from bot.summaries.source_check.issue_texts import describe_issues

    sections = _sections(values)
    texts = [text for _, text in sections]
    if not any(section in MAIN_SECTIONS for section, _ in sections):
        return Draft(sections, None, ("there is nothing in it",))
    result = check_summary(texts, material.text)
    found = [] if result.passes else describe_issues(result.issues)
    if not is_written_in("\n".join(texts), language):
        found.insert(0, f"it is not in {language_in_english(language)}")
    if any(len(text) > _LONGEST_SECTION for text in texts):
        found.append(f"a section is longer than {_LONGEST_SECTION} characters")
    takeaway, not_stated = _takeaway(values, material, language), _not_stated(values, material)
    return Draft(sections, result.support, tuple(found), takeaway, not_stated)


def _takeaway(values: Mapping[str, object], material: Material, language: str) -> str | None:
    """The take-away of an answer; None where it may not be shown."""
    from bot.summaries.takeaways import checked_takeaway

    told = values.get(_TAKEAWAY)
    if not isinstance(told, str):
        return None
    try:
        text = checked_takeaway(told, material.text, language)
    except Exception:
        log.exception("couldn't check a take-away")  # the summary it came with holds all the same
        return None
    return text if text and is_written_in(text, language) else None
