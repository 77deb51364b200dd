"""A team's last seven days, for whoever asks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.messages.team import not_of_team, team_week
from bot.rules.slack_ids import is_direct_message
from bot.rules.team import WEEK
from bot.slack.profiles import is_new

if TYPE_CHECKING:
    from bot.messages.message import Message
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps

# A save is dated by Slack's clock, which may be ahead of ours.
_CLOCKS_APART = timedelta(minutes=5)


async def show_team_week(deps: HandlerDeps, asker: Asker) -> Message:
    """The last seven days of the asker's team, with what came up in the channel they ask in.

    People of other organizations are told nothing, nor is anybody of whom Slack does not tell where they belong: raises
    `SlackRefused` or `SlackUnreachable`.
    """
    person = await deps.store.people.find(asker.team, asker.user)
    if person is None or is_new(person):
        person = await deps.workspaces[asker.team].profiles.ask_slack(asker.team, asker.user)
    if person.is_external:
        return not_of_team(language=asker.language)
    now = deps.clock.now()
    channel = None if is_direct_message(asker.channel) else asker.channel
    week = await deps.workspaces[asker.team].team_recap.find(channel, since=now - WEEK, until=now + _CLOCKS_APART)
    return team_week(week=week, shows_name=person.shows_name, language=asker.language)
