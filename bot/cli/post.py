"""`paperboy post`: a day's digest brought to a channel, once."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.arguments import WRITTEN_WITHIN, Day, Team, read_day, start
from bot.cli.output import DONE, FAILED, WRONG_USE, finish, print_error, print_json, print_reason, print_text
from bot.editions.daily import PostedDay
from bot.errors import NotAChannelId
from bot.rules.slack_ids import read_channel_id
from bot.services import open_services
from bot.workspace import open_configured_workspace

if TYPE_CHECKING:
    from datetime import date

    from bot.services import Services
    from bot.settings import Settings


def post(
    channel: Annotated[str, typer.Option("--channel", help="Channel ID, such as C0123456789.")],
    day: Day = None,
    team: Team = None,
    top: Annotated[
        int | None, typer.Option("--top", min=1, max=50, metavar="NUMBER", help="Number of papers, 1 to 50.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the messages as JSON without sending them.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Send the messages that Slack rejected once more.")] = False,
    unconfirmed: Annotated[
        bool,
        typer.Option("--unconfirmed", help="With --again, also send unconfirmed messages, which may have arrived."),
    ] = False,
) -> None:
    """Post a digest to a channel. Never posts the same day twice."""
    settings = start()
    if (unconfirmed and not again) or (again and dry_run):
        print_error("Use --unconfirmed only with --again, and neither with --dry-run.")
        raise typer.Exit(WRONG_USE)
    named = read_channel_id(channel)
    if named is None:
        raise NotAChannelId(text=channel)
    doing = _post(settings, named, read_day(day), top, team=team, dry_run=dry_run, again=again, unconfirmed=unconfirmed)
    finish(asyncio.run(doing))


async def _post(
    settings: Settings,
    channel: str,
    day: date,
    top: int | None,
    *,
    team: str | None,
    dry_run: bool,
    again: bool,
    unconfirmed: bool,
) -> int:
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(open_services(settings, waits_for_summaries=WRITTEN_WITHIN))
        workspace = None
        if settings.many_workspaces:
            from bot.installed_workspaces import open_installed_workspace  # with one token there is nothing of it

            chosen_team = await _choose_team(services, channel, team)
            if chosen_team is None:
                return FAILED
            workspace = await stack.enter_async_context(open_installed_workspace(services, chosen_team))
        elif settings.slack_bot_token or not dry_run:
            workspace = await stack.enter_async_context(open_configured_workspace(services))
        at = workspace.team if workspace else ""
        daily = workspace.daily if workspace else services.daily_edition()
        known = await services.store.channels.find(at, channel)
        chosen = known.settings if known else settings.channel_defaults()
        chosen = replace(chosen, top=top or chosen.top)
        if workspace is None or dry_run:
            composed = await daily.compose(at, channel, day, chosen)
            if not isinstance(composed, list):
                return print_reason(composed)
            print_json([json.loads(delivery.payload) for delivery in composed])
            return DONE
        outcome = await daily.post(workspace.sender, at, channel, day, chosen, again=again, unconfirmed=unconfirmed)
        if isinstance(outcome, PostedDay) and outcome.sent_now:
            await services.store.channels.reopen(at, channel, now=services.clock.now())
        return _print_report(outcome, channel) if isinstance(outcome, PostedDay) else print_reason(outcome)


async def _choose_team(services: Services, channel: str, team: str | None) -> str | None:
    """The workspace that is named, or else the only one that has the channel; None, and why is printed."""
    if team is not None:
        return team.strip()
    teams = await services.store.memberships.teams()
    having = [each for each in teams if await services.store.channels.find(each, channel)]
    if len(having) == 1:
        return having[0]
    print_error(f"{len(having) or 'No'} workspaces have the channel {channel}. Choose one with --team.")
    return None


def _print_report(posted: PostedDay, channel: str) -> int:
    report = posted.report
    day, planned = posted.day.isoformat(), report.planned
    once_more = f"`paperboy post --channel {channel} --date {day} --again"
    if posted.sent_now:
        print_text(f"Posted {posted.sent_now} of {planned} messages for {day} to {channel}.")
    elif report.sent == planned:
        print_text(f"{day} was already posted to {channel}. Nothing was sent.")
    if report.refused:
        error = report.refused[0][1]
        print_error(
            f"Slack rejected {len(report.refused)} of {planned} messages for {day} in {channel}: {error}."
            f" Fix that, then run {once_more}`."
        )
    if report.unknown:
        print_error(
            f"{len(report.unknown)} of {planned} messages for {day} are unconfirmed in {channel}:"
            f" {', '.join(report.unknown)}. Check the channel. To send them again, run {once_more} --unconfirmed`."
        )
    if report.waiting:
        reason = report.waiting[0][1] or "another Paperboy is sending them"
        print_error(
            f"{len(report.waiting)} of {planned} messages for {day} to {channel} are waiting: {reason}."
            " Keep Paperboy running, or run this command again in a few minutes."
        )
    return FAILED if report.refused or report.unknown or report.waiting else DONE
