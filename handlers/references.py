"""Papers as references to copy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.errors import PaperboyError
from bot.exports.export import ExportFormat, export
from bot.messages import answers
from bot.messages.answers import LONGEST_REFERENCES
from bot.rules.commands import papers_answered
from bot.templating.catalogues import catalogue
from handlers.answers import Answer, explain, finish_answer, in_own_language, send_answer
from handlers.reading_list import reading_list_page
from handlers.shown_papers import looking_up

if TYPE_CHECKING:
    from bot.messages.message import Message
    from bot.rules.commands import CitePapers
    from bot.rules.papers import Paper
    from handlers.answers import AnswerPath
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps

_BIBTEX = frozenset({None, "bibtex", "bib"})
_MOST_EXPORTED = 50


async def cite_papers(deps: HandlerDeps, asker: Asker, path: AnswerPath, command: CitePapers) -> Answer:
    """Give papers as BibTeX: at once where all are known, or else as soon as they are."""
    refs, shown = command.refs, papers_answered(command.refs)
    known = [reading.paper for ref in shown if (reading := await deps.shown_papers.find(ref.id, asker.language))]
    note = None if command.format in _BIBTEX else "cite.only_bibtex"

    def compose_in(language: str, papers: list[Paper]) -> Message:
        message = answers.references(
            text=export(ExportFormat.BIBTEX, papers).text,
            language=language,
            note=catalogue(language).t(note) if note else "",
        )
        return answers.with_ignored(message, words=command.ignored, language=language)

    if len(known) == len(refs):
        return Answer(in_own_language(lambda language: compose_in(language, known)))

    async def look_up(asker: Asker, path: AnswerPath) -> None:
        found, failures = [], []
        for ref in shown:
            try:
                found.append((await deps.shown_papers.look_up(ref, asker.language)).paper)
            except PaperboyError as error:
                failures.append(explain(error, asker.language))
        told = [compose_in(asker.language, found)] if found else []
        await finish_answer(path, (told + failures)[0])
        for message in (told + failures)[1:]:
            await send_answer(path, message)

    return replace(looking_up(path, refs, command.ignored), follow=look_up)


async def export_list(deps: HandlerDeps, asker: Asker, wanted: str | None) -> Message:
    """The newest papers of the asker's list as BibTeX, as many as one message holds; an empty list as it is."""
    entries, total = await deps.store.reading_lists.page(asker.team, asker.user, limit=_MOST_EXPORTED)
    if not entries:
        return await reading_list_page(deps, asker, 1)
    words, papers = catalogue(asker.language), [entry.paper for entry in entries]
    while len(papers) > 1 and len(export(ExportFormat.BIBTEX, papers).text) > LONGEST_REFERENCES:
        papers.pop()
    notes = [
        words.t("cite.not_all", count=len(papers), total=total) if len(papers) < total else "",
        "" if wanted in _BIBTEX else words.t("cite.only_bibtex"),
    ]
    return answers.references(
        text=export(ExportFormat.BIBTEX, papers).text, language=asker.language, note=" ".join(filter(None, notes))
    )
