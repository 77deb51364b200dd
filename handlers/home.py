"""The Home tab: shown whenever somebody opens it, and brought up to date by what they do in it.

What they do elsewhere is shown soon to whoever may be looking, and to everybody when they open it again, of which Slack
tells each time. Publishing a tab for every reaction of a morning would use up the calls that openings need
(`bot/slack/home_refreshes.py`).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import structlog

from bot.messages.home import home_tab
from bot.rules.home import HomeState, home_below
from bot.rules.my_settings import AUTOMATIC
from bot.slack.home_tabs import ShownHome
from handlers.agent import suggest_prompts
from handlers.answers import answer_path, run_in_background
from handlers.asker import identify_asker, language_awaited
from handlers.shown_papers import show_in_language

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_bolt.context.async_context import AsyncBoltContext
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.templating.blocks import Block
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps

log = structlog.get_logger(__name__)

_HOME, _MESSAGES = "home", "messages"


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to Home tabs being opened, and to their buttons and menus."""

    @app.event("app_home_opened")
    async def opened(event: dict[str, Any], context: AsyncBoltContext) -> None:
        """Slack sends the tab with the event unless it has never shown one (docs.slack.dev, app_home_opened)."""
        if context.team_id is None:
            return
        if event.get("tab") == _MESSAGES and (channel := event.get("channel")):
            deps.background.of(context.team_id).start_if_room(
                suggest_prompts(deps, context.team_id, event["user"], channel)
            )
        if event.get("tab") != _HOME:
            return
        shown = _shown(event.get("view"))
        state = HomeState.parse(shown.metadata).opened_again() if shown else HomeState(teaches=True)
        if not deps.background.of(context.team_id).start_if_room(
            show_home(deps, context.team_id, event["user"], state, shown)
        ):
            log.warning("no room to show a Home tab", user=event["user"])

    @app.action("home_language")
    async def choose_language(ack: AsyncAck, action: dict[str, Any], body: dict[str, Any]) -> None:
        asker = await identify_asker(deps, body)
        chosen = str((action.get("selected_option") or {}).get("value") or AUTOMATIC)
        await deps.answer_languages(asker.team).choose(asker.team, asker.user, None, chosen)
        await ack()
        show_again(deps, asker, body)

    @app.action("home_card")
    async def show_card(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker = await identify_asker(deps, body)
        reading = await deps.shown_papers.known(action["value"], asker.language)
        await ack()
        path = answer_path(deps, body, respond, client)
        run_in_background(deps, asker, path, lambda known: show_in_language(deps, known, reading, path))


async def show_home(deps: HandlerDeps, team: str, user: str, state: HomeState, shown: ShownHome | None) -> None:
    """Show a person their Home tab as it is now, in their language; `shown` is what Slack says stands there."""
    await language_awaited(deps, team, user)
    await deps.workspaces[team].home_tabs.show(user, lambda: _compose(deps, team, user, state), shown)


def refresh_home(deps: HandlerDeps, team: str, user: str) -> None:
    """After a change that somebody made elsewhere, bring their Home tab up to date soon, if they may be looking at it.

    It stays at the page and the filter at which it is by then.
    """
    workspace = deps.workspaces[team]
    if workspace.home_tabs.is_elsewhere(user):
        deps.tell_home_changed(team, user)
        return

    async def compose() -> Block:
        shown = workspace.home_tabs.last(user)
        return await _compose(deps, team, user, HomeState.parse(shown.metadata if shown else None))

    workspace.home_refreshes.begin(user, compose)


async def _compose(deps: HandlerDeps, team: str, user: str, state: HomeState) -> Block:
    language = await deps.workspaces[team].profiles.language(team, user)
    home = await deps.home_contents(team).read(team, user, state, language=language)
    return home_tab(
        home=home,
        state=state,
        language=language,
        now=deps.clock.now(),
        emoji=await deps.list_emoji(team),
        version=_version(),
        has_model=deps.summarizer.has_model,
        closed=deps.workspaces[team].scopes.closed,
    )


def show_again(
    deps: HandlerDeps, asker: Asker, body: Mapping[str, Any], *, change: Callable[[HomeState], HomeState] | None = None
) -> None:
    """After a click in a Home tab, or in a modal over it, show the tab as it is now, looked at in a changed way.

    A click elsewhere is a change that may wait a while. For a modal of somebody whose tab is not known here there is
    nothing to do: it is shown when they open it.
    """
    view = body.get("view")
    if not isinstance(view, dict):
        refresh_home(deps, asker.team, asker.user)
        return
    last = deps.workspaces[asker.team].home_tabs.last(asker.user)
    shown = _shown(view) if view.get("type") == _HOME else last
    # A form knows the tab over which it was opened, whichever process has published that.
    metadata = home_below(view.get("private_metadata")) or (shown.metadata if shown else None)
    if metadata is None:
        return
    state = HomeState.parse(metadata)
    deps.background.of(asker.team).start_if_room(
        show_home(deps, asker.team, asker.user, change(state) if change else state, shown)
    )


def metadata_of_home(body: Mapping[str, Any]) -> str:
    """The metadata of the Home tab that was clicked in, for a form that is opened over it; empty for none."""
    view = body.get("view")
    return str(view.get("private_metadata") or "") if isinstance(view, dict) and view.get("type") == _HOME else ""


def _shown(view: object) -> ShownHome | None:
    if not isinstance(view, dict):
        return None
    return ShownHome(str(view.get("hash") or ""), str(view.get("private_metadata") or ""))


@cache
def _version() -> str:
    # Takes milliseconds to import, which a start does without.
    from importlib.metadata import version

    return version("paperboy")
