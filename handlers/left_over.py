"""Requests that another process left, done by this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.requests import RequestKind
from handlers.channel_settings import do_requested_change
from handlers.conversation import reply_to_message
from handlers.exporting import export_requested
from handlers.importing import import_requested
from handlers.link_previews import preview_links
from handlers.personal_data import erase_requested, my_data_requested
from handlers.questions import answer_requested
from handlers.reading_list import save_requested
from handlers.reports import act_on_report
from handlers.requests import carry_out_left_over
from handlers.sharing import share_days, share_paper

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_sdk.web.async_client import AsyncWebClient

    from handlers.deps import HandlerDeps
    from handlers.requests import Work

_WORKS: Mapping[RequestKind, Work] = {
    RequestKind.SHARE: share_paper,
    RequestKind.SHARE_DAYS: share_days,
    RequestKind.REPORT: act_on_report,
    RequestKind.SAVE: save_requested,
    RequestKind.START: do_requested_change,
    RequestKind.RESUME: do_requested_change,
    RequestKind.PAUSE: do_requested_change,
    RequestKind.SKIP: do_requested_change,
    RequestKind.UNSKIP: do_requested_change,
    RequestKind.POST_NOW: do_requested_change,
    RequestKind.UNDO: do_requested_change,
    RequestKind.REPLY: reply_to_message,
    RequestKind.QUESTION: answer_requested,
    RequestKind.PREVIEW: preview_links,
    RequestKind.ERASE: erase_requested,
    RequestKind.MY_DATA: my_data_requested,
    RequestKind.EXPORT: export_requested,
    RequestKind.IMPORT: import_requested,
}


async def finish_left_over(deps: HandlerDeps, team: str, client: AsyncWebClient) -> None:
    """Take over the requests nobody works on. Raises `StoreError`."""
    await carry_out_left_over(deps, team, client, _WORKS)
