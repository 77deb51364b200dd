"""The reading list in the Home tab: filtered, ordered, searched, paged through, and changed in place."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.messages import lists
from bot.messages.list_parts import EVERYTHING
from bot.messages.saved_paper import LIST_SEARCH, TAG, WORDS, list_search_errors, list_search_modal
from bot.rules.commands import CitePapers
from bot.rules.home import HomeState
from bot.rules.list_filter import WHOLE_LIST, ListFilter, ListOrder
from bot.rules.papers import parse_paper_id
from bot.rules.reading_list import ReadingState, SaveKind
from handlers.answers import answer_path, run_in_background, send_answer
from handlers.asker import identify_asker
from handlers.exporting import cite_papers
from handlers.home import metadata_of_home, show_again
from handlers.modals import open_form
from handlers.saved_paper import field_values, open_note_form

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.templating.blocks import Block
    from handlers.answers import AnswerPath
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to the buttons and menus of the list, and to the form that searches it."""

    @app.action("home_save")
    async def save(ack: AsyncAck, action: dict[str, Any], body: dict[str, Any]) -> None:
        asker = await identify_asker(deps, body)
        paper = (await deps.shown_papers.known(action["value"], asker.language)).paper
        await deps.reading_lists(asker.team).save(asker.team, asker.user, paper, SaveKind.CLICK)
        await ack()
        show_again(deps, asker, body, change=_nothing_to_undo)

    @app.action("home_remove")
    async def remove(ack: AsyncAck, action: dict[str, Any], body: dict[str, Any]) -> None:
        asker = await identify_asker(deps, body)
        await remove_paper(asker, action["value"])
        await ack()
        show_again(deps, asker, body, change=partial(_with_removed, paper_id=action["value"]))

    async def remove_paper(asker: Asker, paper_id: str) -> None:
        paper = (await deps.shown_papers.known(paper_id, asker.language)).paper
        await deps.reading_lists(asker.team).remove(asker.team, asker.user, paper)

    @app.action("home_undo")
    async def undo(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker, paper_id = await identify_asker(deps, body), parse_paper_id(action["value"]).id
        lists_here = deps.reading_lists(asker.team)
        await lists_here.restore(asker.team, asker.user, paper_id)
        is_there = await lists_here.entry(asker.team, asker.user, paper_id) is not None
        await ack()
        show_again(deps, asker, body, change=_nothing_to_undo)
        if not is_there:  # a tab of long ago
            path = answer_path(deps, body, respond, client)
            run_in_background(deps, asker, path, partial(say_nothing_to_undo, path=path))

    async def say_nothing_to_undo(asker: Asker, path: AnswerPath) -> None:
        await send_answer(path, lists.nothing_to_undo(language=asker.language))

    @app.action("home_state")
    async def choose_state(ack: AsyncAck, action: dict[str, Any], body: dict[str, Any]) -> None:
        asker = await identify_asker(deps, body)
        state, _, paper_id = _chosen(action).partition(" ")
        if state in set(ReadingState):
            await deps.reading_lists(asker.team).set_state(
                asker.team, asker.user, parse_paper_id(paper_id).id, ReadingState(state), SaveKind.CLICK
            )
        await ack()
        show_again(deps, asker, body, change=_nothing_to_undo)

    @app.action("home_entry")
    async def choose_from_menu(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker = await identify_asker(deps, body)
        choice, _, paper_id = _chosen(action).partition(" ")
        match choice:
            case "remove":
                await remove_paper(asker, paper_id)
                await ack()
                show_again(deps, asker, body, change=partial(_with_removed, paper_id=paper_id))
            case "note":
                await ack()
                open_note_form(deps, asker, body, paper_id)
            case "cite":
                wanted = CitePapers((parse_paper_id(paper_id),))
                await ack()
                path = answer_path(deps, body, respond, client)
                run_in_background(deps, asker, path, partial(cite, path=path, wanted=wanted))
            case _:  # the PDF, which Slack opens by itself
                await ack()

    async def cite(asker: Asker, path: AnswerPath, wanted: CitePapers) -> None:
        answer = await cite_papers(deps, asker, path, wanted)
        await send_answer(path, await answer.compose(asker))
        if answer.follow:
            await answer.follow(asker, path)

    @app.action("home_newer")
    @app.action("home_older")
    async def turn_page(ack: AsyncAck, action: dict[str, Any], body: dict[str, Any]) -> None:
        asker = await identify_asker(deps, body)
        await ack()
        show_again(deps, asker, body, change=lambda state: state.at_page(action["value"]))

    @app.action("home_state_filter")
    async def filter_by_state(ack: AsyncAck, action: dict[str, Any], body: dict[str, Any]) -> None:
        state = _chosen(action)
        states = frozenset({ReadingState(state)} if state in set(ReadingState) else ())
        await filter_anew(ack, body, lambda sought: replace(sought, states=states))

    @app.action("home_tag_filter")
    async def filter_by_tag(ack: AsyncAck, action: dict[str, Any], body: dict[str, Any]) -> None:
        tag = _chosen(action)
        await filter_anew(ack, body, lambda sought: replace(sought, tag=None if tag == EVERYTHING else tag))

    @app.action("home_order")
    async def choose_order(ack: AsyncAck, action: dict[str, Any], body: dict[str, Any]) -> None:
        order = _chosen(action)
        chosen = ListOrder(order) if order in set(ListOrder) else ListOrder.NEWEST
        await filter_anew(ack, body, lambda sought: replace(sought, order=chosen))

    @app.action("home_show_all")
    async def show_all(ack: AsyncAck, body: dict[str, Any]) -> None:
        await filter_anew(ack, body, lambda sought: replace(WHOLE_LIST, order=sought.order))

    async def filter_anew(ack: AsyncAck, body: Mapping[str, Any], change: Callable[[ListFilter], ListFilter]) -> None:
        asker = await identify_asker(deps, body)
        await ack()
        show_again(deps, asker, body, change=lambda state: state.with_filter(change(state.filter)))

    @app.action("home_search")
    async def ask_what_to_search(
        ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker = await identify_asker(deps, body)
        await ack()
        metadata = metadata_of_home(body)

        async def prepare() -> Callable[[str], Block]:
            tags = await deps.store.reading_lists.tags(asker.team, asker.user)
            sought = HomeState.parse(metadata).filter
            return lambda language: list_search_modal(
                sought=sought, tags=tuple(tags.items()), language=language, home=metadata
            )

        path = answer_path(deps, body, respond, client)
        deps.background.of(asker.team).start(open_form(deps, asker, path, str(body.get("trigger_id")), prepare))

    @app.view(LIST_SEARCH)
    async def search(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        asker = await identify_asker(deps, body)
        fields = field_values(view)
        words, tag = fields.get(WORDS, ""), fields.get(TAG, EVERYTHING)
        sought = ListFilter.parse(str(ListFilter(tag=None if tag == EVERYTHING else tag, words=words)))
        if sought.words and not sought.searched:
            await ack(response_action="errors", errors=list_search_errors(language=asker.language))
            return
        await ack()
        show_again(
            deps,
            asker,
            body,
            change=lambda state: state.with_filter(replace(state.filter, words=sought.words, tag=sought.tag)),
        )


def _with_removed(state: HomeState, paper_id: str) -> HomeState:
    return replace(state, removed=paper_id)


def _nothing_to_undo(state: HomeState) -> HomeState:
    return replace(state, removed="")


def _chosen(action: Mapping[str, Any]) -> str:
    """The value that was chosen from a menu."""
    return str((action.get("selected_option") or {}).get("value") or "")
