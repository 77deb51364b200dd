"""The buttons below a model's summary: what its readers think of it, noted for nobody else to see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.messages import cards
from bot.messages import summaries as summary_messages
from bot.rules.feedback import read_choice
from bot.rules.slack_ids import moment_of
from handlers.answers import answer_path, run_in_background, send_answer
from handlers.asker import identify_asker

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from handlers.asker import Asker
    from handlers.deps import HandlerDeps


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to the buttons that rate a summary."""

    @app.action("summary_feedback")  # Slack's own pair of buttons, where it takes them
    @app.action("summary_helpful")
    @app.action("summary_not_helpful")
    async def rate(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        """A rating is on disk before it is acknowledged; of several clicks, the last by Slack's clock counts."""
        asker = await identify_asker(deps, body)
        choice, at = read_choice(action["value"]), moment_of(action["action_ts"])
        paper = await deps.summary_ratings.rate(asker.team, asker.user, *choice, at=at) if choice else None
        await ack()
        path = answer_path(deps, body, respond, client)

        async def tell(known: Asker) -> None:
            if choice and paper:
                rating, summary = choice
                message = summary_messages.feedback_noted(
                    rating=rating, paper=paper, spoken=summary.language, language=known.language
                )
            else:
                message = cards.choice_unknown(language=known.language)
            await send_answer(path, message)

        run_in_background(deps, asker, path, tell)
