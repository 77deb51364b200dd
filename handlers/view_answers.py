"""Answers to clicks in the Home tab and in modals, where Slack takes no message: each opens a modal of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import AnswerRefused, SlackRefused, SlackUnreachable
from bot.messages import answers
from bot.messages.message import without_images
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

    The modal's own words are in the `language` of whoever clicked, once it is known. Slack refuses a view with a
    picture that it cannot fetch, and takes a trigger once, so a modal is opened without pictures and has them put in
    afterwards.
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
        """The first answer as the view that the acknowledgement shows; `add_pictures` comes after it."""
        self._said = [message]
        return without_images(self._view())

    async def add_pictures(self) -> None:
        """Put the pictures into what was shown without them, if there are any and Slack takes them."""
        view = self._view()
        if self._view_id is not None and view != without_images(view):
            await self._is_updated(self._view_id, view)

    async def post(self, message: Message) -> None:
        """Answer; below what was answered before. Raises `AnswerRefused`."""
        self._said.append(message)
        await self._show()

    async def edit(self, message: Message) -> None:
        """Answer in the place of the last answer. Raises `AnswerRefused`."""
        self._said[-1:] = [message]
        await self._show()

    def _view(self) -> dict[str, Any]:
        first, *more = self._said
        for each in more:
            first = first.followed_by(each)
        return answers.answer_modal(message=first, language=self.language)

    async def _show(self) -> None:
        view = self._view()
        plain = without_images(view)
        try:
            if self._view_id is None:
                self._view_id = await self._open(plain)
                await self.add_pictures()
            elif view == plain or not await self._is_updated(self._view_id, view):
                await self._update(self._view_id, plain)
        except (SlackRefused, SlackUnreachable) as error:
            if isinstance(error, SlackRefused) and error.values["error"] == _GONE:
                return  # they closed it
            raise AnswerRefused(reason=str(error)) from error

    async def _is_updated(self, view_id: str, view: dict[str, Any]) -> bool:
        """Show the view, if Slack takes it with its pictures."""
        try:
            await self._update(view_id, view)
        except (SlackRefused, SlackUnreachable) as error:
            log.info("a modal stays without its pictures", error=str(error))
            return False
        return True

    async def _update(self, view_id: str, view: dict[str, Any]) -> None:
        await call("views.update", self.client.views_update(view_id=view_id, view=view))

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
            await self._update(clicked, view)
            return clicked
        return str(answer["view"]["id"])
