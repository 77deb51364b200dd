"""Things to ask that an agent suggests in somebody's Messages tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages import agent as agent_messages
from handlers.asker import language_awaited

if TYPE_CHECKING:
    from handlers.deps import HandlerDeps


async def suggest_prompts(deps: HandlerDeps, team: str, user: str, channel: str) -> None:
    """Suggest things to ask in somebody's Messages tab, in their language, where Slack shows any there."""
    workspace = deps.workspaces[team]
    if workspace.agent.is_one:
        language = await language_awaited(deps, team, user)
        prompts = agent_messages.suggested_prompts(language)
        await workspace.agent.suggest(channel, prompts, title=agent_messages.prompts_title(language))
