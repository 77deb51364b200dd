"""The form of a saved paper: its state, its note, its tags."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bot.messages.saved_paper import SAVED_PAPER, saved_paper_errors, saved_paper_modal
from bot.rules.reading_list import SavedPaper
from bot.rules.saved_paper_form import SavedPaperForm, read_saved_paper_form
from handlers.answers import answer_path
from handlers.asker import identify_asker
from handlers.home import metadata_of_home, show_again
from handlers.modals import open_form
from handlers.requests import no_response_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slack_bolt.async_app import AsyncAck, AsyncApp

    from bot.templating.blocks import Block
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to the form."""

    @app.view(SAVED_PAPER)
    async def submitted(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        """The form closes when all of it is on disk; a paper that was not on the list is saved with it."""
        asker = await identify_asker(deps, body)
        filled_in = read_saved_paper_form(field_values(view))
        if not isinstance(filled_in, SavedPaperForm):
            await ack(response_action="errors", errors=saved_paper_errors(filled_in, language=asker.language))
            return
        paper_id = json.loads(view["private_metadata"])["paper"]
        paper = (await deps.shown_papers.known(paper_id, asker.language)).paper
        await deps.reading_lists(asker.team).fill_in(asker.team, asker.user, paper, filled_in)
        await ack()
        show_again(deps, asker, body)


def open_note_form(deps: HandlerDeps, asker: Asker, body: Mapping[str, Any], paper_id: str) -> None:
    """Open the form of a paper, on the asker's list or not, while the trigger of what they did lives.

    They are told in one sentence where it can't be opened. Raises `TooBusy`.
    """
    url = body.get("response_url")
    respond = deps.respond_to(url) if isinstance(url, str) and url else no_response_url
    path = answer_path(deps, body, respond, deps.workspaces[asker.team].client)

    async def prepare() -> Callable[[str], Block]:
        paper = (await deps.shown_papers.known(paper_id, asker.language)).paper
        saved = await deps.store.reading_lists.entry(asker.team, asker.user, paper.id)
        entry = saved or SavedPaper(paper, deps.clock.now())
        home = metadata_of_home(body)
        return lambda language: saved_paper_modal(entry=entry, is_saved=saved is not None, language=language, home=home)

    deps.background.start(open_form(deps, asker, path, str(body.get("trigger_id")), prepare))


def field_values(view: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a form as they were filled in, by their names, as text."""
    values = (view.get("state") or {}).get("values") or {}
    read: dict[str, str] = {}
    for fields in values.values():
        for name, field in fields.items():
            value = (
                (field.get("selected_option") or {}).get("value") if "selected_option" in field else field.get("value")
            )
            read[name] = value if isinstance(value, str) else ""
    return read
