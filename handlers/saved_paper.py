"""The form of a saved paper: its state, its note, its tags."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.messages import lists
from bot.messages.saved_paper import SAVED_PAPER, saved_paper_errors, saved_paper_modal
from bot.rules.list_view import ListView
from bot.rules.reading_list import SavedPaper
from bot.rules.saved_paper_form import SavedPaperForm, read_saved_paper_form
from handlers.answers import answer_path, is_seen_by_one, replace_message
from handlers.asker import identify_asker, with_own_language
from handlers.home import metadata_of_home, show_again
from handlers.modals import open_form
from handlers.reading_list import reading_list_page
from handlers.requests import no_response_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.templating.blocks import Block
    from handlers.answers import AnswerPath
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps


# What a form knows of the message it was opened from: which part of a list that shows, and where it is replaced.
_LIST, _RESPONSE_URL = "list", "response_url"


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to the form."""

    @app.view(SAVED_PAPER)
    async def submitted(
        ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        """The form closes when all of it is on disk; a paper that was not on the list is saved with it."""
        asker = await identify_asker(deps, body)
        filled_in = read_saved_paper_form(field_values(view))
        if not isinstance(filled_in, SavedPaperForm):
            await ack(response_action="errors", errors=saved_paper_errors(filled_in, language=asker.language))
            return
        about = json.loads(view["private_metadata"])
        paper = (await deps.shown_papers.known(about["paper"], asker.language)).paper
        await deps.reading_lists(asker.team).fill_in(asker.team, asker.user, paper, filled_in)
        await ack()
        show_again(deps, asker, body)
        if url := about.get(_RESPONSE_URL):
            path = replace(answer_path(deps, body, respond, client), respond=deps.respond_to(url))
            deps.background.of(asker.team).start_if_room(
                _bring_up_to_date(deps, asker, path, paper.id, about.get(_LIST))
            )


async def _bring_up_to_date(
    deps: HandlerDeps, asker: Asker, path: AnswerPath, paper_id: str, viewed: str | None
) -> None:
    """Let the message from which the form was opened show what is so now: the part of the list, or the one paper."""
    asker = await with_own_language(deps, asker)
    if viewed:
        await replace_message(path, await reading_list_page(deps, asker, ListView.parse(viewed)))
    elif entry := await deps.reading_lists(asker.team).entry(asker.team, asker.user, paper_id):
        await replace_message(path, lists.noted(entry=entry, language=asker.language))


def _message_below(body: Mapping[str, Any]) -> dict[str, str]:
    """The way to bring the message up to date that was clicked in, where only who clicked sees it."""
    url, actions = body.get("response_url"), body.get("actions") or [{}]
    if not isinstance(url, str) or not url or not is_seen_by_one(body):
        return {}
    viewed = ListView.of_block(str(actions[0].get("block_id") or ""))
    return {_RESPONSE_URL: url, **({_LIST: str(viewed)} if viewed else {})}


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
        home, message = metadata_of_home(body), _message_below(body)
        return lambda language: saved_paper_modal(
            entry=entry, is_saved=saved is not None, language=language, home=home, message=message
        )

    deps.background.of(asker.team).start(open_form(deps, asker, path, str(body.get("trigger_id")), prepare))


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
