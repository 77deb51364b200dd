"""The form in which a reader saves and removes papers of a digest."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.errors import PaperUnknown
from bot.messages import lists
from bot.rules.reading_list import OfferedPapers, papers_to_change
from handlers.answers import answer_path
from handlers.asker import identify_asker
from handlers.modals import open_form

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.templating.blocks import Block
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to the button that opens the form, and to the form."""

    @app.action(lists.CHOOSE_PAPERS)
    async def asked(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker = await identify_asker(deps, body)
        await ack()
        path, trigger_id = answer_path(deps, body, respond, client), str(body.get("trigger_id"))
        prepare = partial(offer_papers, deps, asker, action["value"])
        deps.background.of(asker.team).start(open_form(deps, asker, path, trigger_id, prepare))

    @app.view(lists.CHOOSE_PAPERS)
    async def submitted(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        """Save what was ticked before the form says so."""
        asker = await identify_asker(deps, body)
        about = json.loads(view["private_metadata"])
        offered, saved = (OfferedPapers.parse(about[name]).ids for name in ("offered", "saved"))
        to_save, to_remove = papers_to_change(offered, saved, _ticked(view))
        changed = await deps.reading_lists(asker.team).change_several(
            asker.team, asker.user, to_save=to_save, to_remove=to_remove
        )
        done = lists.papers_chosen_modal(
            saved=changed.saved, removed=changed.removed, total=changed.total, language=asker.language
        )
        await ack(response_action="update", view=done)


async def offer_papers(deps: HandlerDeps, asker: Asker, value: str) -> Callable[[str], Block]:
    """The form for the papers of a button's `value`, by language. Raises `PaperUnknown` where none is known."""
    offered = OfferedPapers.parse(value)
    papers, saved = await deps.reading_lists(asker.team).offer(asker.team, asker.user, offered.ids)
    if not papers:
        raise PaperUnknown(id=offered.ids[0] if offered.ids else value)
    return lambda language: lists.choose_papers_modal(papers=papers, saved=saved, offered=offered, language=language)


def _ticked(view: Mapping[str, Any]) -> set[str]:
    fields = (field for block in view["state"]["values"].values() for field in block.values())
    return {option["value"] for field in fields for option in field.get("selected_options") or ()}
