"""The bot's messages on their way into the workspace: checked, given ids, stored, announced."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Literal

from .blocks import TEXT, check_message_blocks, with_ids
from .errors import RefusalError
from .events import Events
from .faults import Faults
from .grants import ResponseGrant
from .values import Json, PrivateMessage, SlackMessage
from .workspace import WorkspaceState


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a message. None means not mentioned: an update keeps what was there."""

    text: str | None
    blocks: tuple[Json, ...] | None
    attachments: tuple[Json, ...] | None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.text or self.blocks or self.attachments)


class Poster:
    """Posts, edits and deletes as the bot."""

    def __init__(self, workspace: WorkspaceState, events: Events, faults: Faults) -> None:
        self._workspace = workspace
        self._events = events
        self._faults = faults
        self._element = count(1)

    def next_id(self) -> str:
        """An id for a block or element that came without."""
        return f"e{next(self._element):06d}"

    def read(self, fields: Mapping[str, Any]) -> Content:
        """Check what a request wants to say.

        Raises RefusalError msg_too_long, invalid_blocks_format, invalid_blocks, msg_blocks_too_long and their like.
        """
        text = fields.get("text")
        if text is not None and len(str(text)) > TEXT:
            raise RefusalError("msg_too_long")
        blocks = decode(fields.get("blocks"), "invalid_blocks_format")
        attachments = decode(fields.get("attachments"), "invalid_attachments")
        if blocks is not None:
            check_message_blocks(blocks, self._faults.image_gate(), self._faults.refused_blocks)
            blocks = with_ids(blocks, self.next_id)
        if attachments is not None and (not isinstance(attachments, list) or len(attachments) > 100):
            raise RefusalError("too_many_attachments" if isinstance(attachments, list) else "invalid_attachments")
        return Content(None if text is None else str(text), blocks, None if attachments is None else tuple(attachments))

    def post(
        self,
        channel: str,
        content: Content,
        *,
        thread_ts: str | None = None,
        broadcast: bool = False,
        metadata: Json | None = None,
        through_response_url: bool = False,
    ) -> SlackMessage:
        """Show a message to everyone in a channel. Raises RefusalError no_text, thread_not_found."""
        if content.empty:
            raise RefusalError("no_text")
        if thread_ts is not None:
            lost = self._faults.unthreads and self._workspace.message(channel, thread_ts) is None
            thread_ts = None if lost else self.thread(channel, thread_ts)
        app = self._workspace.app
        message = self._workspace.post(
            channel,
            text=content.text or "",
            blocks=content.blocks or (),
            attachments=content.attachments or (),
            user=None if through_response_url else app.bot_user_id,
            subtype="bot_message" if through_response_url else None,
            bot_id=app.bot_id,
            app_id=app.app_id,
            team=app.team_id,
            thread_ts=thread_ts,
            broadcast=broadcast and thread_ts is not None,
            metadata=metadata or None,
        )
        self._events.posted(message)
        return message

    def thread(self, channel: str, thread_ts: str) -> str:
        """The first message of the thread that `thread_ts` is in; RefusalError thread_not_found."""
        parent = self._workspace.message(channel, thread_ts)
        if parent is None:
            raise RefusalError("thread_not_found")
        return parent.thread_ts or parent.ts

    def edit(self, message: SlackMessage, content: Content, metadata: Json | None = None) -> SlackMessage:
        """Change what a message says; what is not mentioned stays, an empty `metadata` removes it.

        Raises RefusalError no_text when nothing is mentioned or would be left.
        """
        text = message.text if content.text is None else content.text
        blocks = message.blocks if content.blocks is None else content.blocks
        attachments = message.attachments if content.attachments is None else content.attachments
        if content == Content(None, None, None) or not (text or blocks or attachments):
            raise RefusalError("no_text")
        changed = self._workspace.change(
            replace(
                # Others may have reacted between reading and writing: what is stored counts.
                self._workspace.message(message.channel, message.ts) or message,
                text=text,
                blocks=blocks,
                attachments=attachments,
                metadata=message.metadata if metadata is None else metadata or None,
                edited_ts=self._workspace.event_stamps.next(),
                edited_by=self._workspace.app.bot_user_id,
            )
        )
        self._events.changed(changed, message)
        return changed

    def delete(self, message: SlackMessage) -> None:
        """Take a message away."""
        self._workspace.delete(message)
        self._events.deleted(message)

    def post_privately(
        self,
        person: str,
        channel: str,
        content: Content,
        origin: Literal["acknowledgement", "response_url", "chat.postEphemeral"],
        thread_ts: str | None = None,
    ) -> PrivateMessage:
        """Show something to one person only. Raises RefusalError no_text."""
        if content.empty:
            raise RefusalError("no_text")
        return self._workspace.add_private(
            person,
            channel,
            text=content.text or "",
            blocks=content.blocks or (),
            origin=origin,
            thread_ts=thread_ts,
            is_shown=thread_ts is None or len(self._workspace.thread(channel, thread_ts)) > 1,
        )

    def respond(
        self, grant: ResponseGrant, payload: Mapping[str, Any], origin: Literal["acknowledgement", "response_url"]
    ) -> None:
        """Do what the body of an acknowledgement or of a request to a response_url says.

        It may replace or delete the message the interaction came from. A command has none, so `replace_original` does
        nothing there (slackapi/bolt-js#2287); only what everyone sees can go into a thread (bolt-js#963).
        """
        if truth(payload.get("delete_original")):
            self._delete_original(grant)
            return
        content = self.read(payload)
        original = self._original(grant) if truth(payload.get("replace_original")) else None
        if isinstance(original, SlackMessage):
            whole = Content(content.text or "", content.blocks or (), content.attachments or ())
            self.edit(original, whole)
        elif isinstance(original, PrivateMessage):
            if content.empty:
                raise RefusalError("no_text")
            changed = replace(original, text=content.text or "", blocks=content.blocks or ())
            self._workspace.change_private(changed)
        elif payload.get("response_type") == "in_channel":
            thread_ts = payload.get("thread_ts") or None
            self.post(grant.channel, content, thread_ts=thread_ts, through_response_url=True)
        else:
            self.post_privately(grant.person, grant.channel, content, origin)

    def _delete_original(self, grant: ResponseGrant) -> None:
        original = self._original(grant)
        if isinstance(original, SlackMessage):
            self.delete(original)
        elif isinstance(original, PrivateMessage):
            self._workspace.delete_private(original)
        else:
            raise RefusalError("message_not_found")

    def _original(self, grant: ResponseGrant) -> SlackMessage | PrivateMessage | None:
        if isinstance(grant.original, str):
            message = self._workspace.message(grant.channel, grant.original)
            return message if message and message.bot_id == self._workspace.app.bot_id else None
        if grant.original is None:
            return None
        ts = grant.original.ts
        return next((each for each in self._workspace.private_messages(grant.person) if each.ts == ts), None)


def decode(value: Any, error: str) -> Any:
    """A structured argument, which forms carry as JSON text; RefusalError `error` when it is not JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise RefusalError(error) from None


def truth(value: Any) -> bool:
    """A yes or no as requests write it."""
    return value in (True, 1, "1", "true", "True")
