"""How each thing that people ask for is done, for whoever takes up what another process left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.requests import RequestKind
from handlers.channel_settings import change_asked
from handlers.commands import save_asked
from handlers.reports import act_on_report
from handlers.requests import carry_out_left_over
from handlers.sharing import share_paper

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slack_sdk.web.async_client import AsyncWebClient

    from handlers.deps import HandlerDeps, Respond
    from handlers.requests import Work

_WORKS: Mapping[RequestKind, Work] = {
    RequestKind.SHARE: share_paper,
    RequestKind.REPORT: act_on_report,
    RequestKind.SAVE: save_asked,
    RequestKind.START: change_asked,
    RequestKind.RESUME: change_asked,
    RequestKind.PAUSE: change_asked,
    RequestKind.SKIP: change_asked,
    RequestKind.UNSKIP: change_asked,
    RequestKind.POST_NOW: change_asked,
    RequestKind.UNDO: change_asked,
}


async def finish_left_over(
    deps: HandlerDeps, team: str, client: AsyncWebClient, respond_to: Callable[[str], Respond]
) -> None:
    """Hold what is worked on here and take up what is worked on by nobody. Raises `StoreError`."""
    await deps.requests.hold()
    await carry_out_left_over(deps, team, client, respond_to, _WORKS)
