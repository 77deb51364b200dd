"""Answers to clicks in the Home tab and in modals, where Slack takes no message: each opens a modal of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import AnswerRefused, SlackRefused, SlackUnreachable
from bot.messages import answers
from bot.slack.web_api import call
from bot.templating.catalogues import DEFAULT_LANGUAGE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.messages.message import Message

log = structlog.get_logger(__name__)

_HOME = "home"
_GONE, _TOO_MANY = "not_found", "push_limit_reached"


def is_in_view(body: Mapping[str, Any]) -> bool:
    """Whether an interaction is a click in the Home tab or in a modal."""
    return body.get("type") == "block_actions" and isinstance(body.get("view"), dict) and not body.get("message")


@dataclass(slots=True)
class ViewAnswers:
    """The answers to one click: the first opens a modal, over the one it was made in, and others go into that.

    The modal's own words are in the `language` of whoever clicked, once it is known.
    """

    client: AsyncWebClient
    trigger_id: str
    clicked: Mapping[str, Any]
    language: str = DEFAULT_LANGUAGE
    _view_id: str | None = None
    _said: list[Message] = field(default_factory=list)

    @classmethod
    def within(cls, client: AsyncWebClient, view: Mapping[str, Any]) -> ViewAnswers:
        """The answers to a form that was sent off, all of them in its place."""
        return cls(client, "", view, _view_id=str(view["id"]))

    def begin(self, message: Message) -> dict[str, Any]:
        """The first answer as the view that the acknowledgement shows."""
        self._said = [message]
        return answers.answer_modal(message=message, language=self.language)

    async def post(self, message: Message) -> None:
        """Answer; below what was answered before. Raises `AnswerRefused`."""
        self._said.append(message)
        await self._show()

    async def edit(self, message: Message) -> None:
        """Answer in the place of the last answer. Raises `AnswerRefused`."""
        self._said[-1:] = [message]
        await self._show()

    async def _show(self) -> None:
        first, *more = self._said
        for each in more:
            first = first.followed_by(each)
        view = answers.answer_modal(message=first, language=self.language)
        try:
            if self._view_id is None:
                self._view_id = await self._open(view)
            else:
                await call("views.update", self.client.views_update(view_id=self._view_id, view=view))
        except (SlackRefused, SlackUnreachable) as error:
            if isinstance(error, SlackRefused) and error.values["error"] == _GONE:
                return  # they closed it
            raise AnswerRefused(reason=str(error)) from error

    async def _open(self, view: dict[str, Any]) -> str:
        """Open the modal, or show it in the place of the one on top where Slack takes no more; its id."""
        if self.clicked.get("type") == _HOME:
            answer = await call("views.open", self.client.views_open(trigger_id=self.trigger_id, view=view))
            return str(answer["view"]["id"])
        try:
            answer = await call("views.push", self.client.views_push(trigger_id=self.trigger_id, view=view))
        except SlackRefused as refused:
            if refused.values["error"] != _TOO_MANY:
                raise
            clicked = str(self.clicked.get("id"))
            answer = await call("views.update", self.client.views_update(view_id=clicked, view=view))
        return str(answer["view"]["id"])
