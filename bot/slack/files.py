"""Files in Slack: uploaded and shared in a conversation, and fetched from one.

A file goes in three steps: Slack names an address, the bytes are sent there, and the upload is completed, which shares
it (docs.slack.dev, files.getUploadURLExternal). Only the last step shows anything to anybody. It is not taken twice for
one upload, and its answer comes before the file is shared, so a file in doubt is looked for and not sent again.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any

import aiohttp

from bot.errors import SentFileTooLarge, SentFileUnreadable, SlackRefused, SlackUnreachable
from bot.rules.slack_hosts import is_slacks
from bot.slack.recovery import Recovery
from bot.slack.web_api import Refusal, answer_to, call, call_with_retry, error_for

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.clock import Clock
    from bot.network import Network
    from bot.rules.incoming_messages import SentFile

# What a person downloads by hand; an export of 5,000 papers has about 5 MB.
LARGEST_SENT = 20 * 1024 * 1024
_ANNOUNCE, _UPLOAD, _COMPLETE = "files.getUploadURLExternal", "upload", "files.completeUploadExternal"
_HISTORY, _REPLIES = "conversations.history", "conversations.replies"
_TRIED_FOR_SECONDS = 30.0
# For all of a file, however slowly it goes.
_TIME = aiohttp.ClientTimeout(total=60, sock_connect=5, sock_read=20)
_OK = 200
_PIECE = 64 * 1024
# Where the history may not be read, nobody can look.
_MAY_NOT_LOOK = frozenset({"missing_scope", "no_permission", "not_allowed_token_type"})
_LOOKED_THROUGH = 50


class Sharing(Enum):
    """The outcome of sharing a file."""

    SHARED = auto()
    IN_DOUBT = auto()  # Slack may have done it


class Files:
    """Sends files to Slack and fetches them, with the token and through the proxies of one workspace."""

    def __init__(self, client: AsyncWebClient, network: Network, clock: Clock) -> None:
        self._client = client
        self._network = network
        self._clock = clock

    async def upload(self, name: str, content: bytes) -> str:
        """Send the bytes of a file, which nobody sees before it is shared; its ID.

        Raises `SlackRefused`, and `SlackUnreachable` when it can't be done within half a minute.
        """
        if len(content) > LARGEST_SENT:
            raise SlackRefused(method=_ANNOUNCE, error="file_upload_size_restricted")
        return await call_with_retry(
            lambda: self._upload(name, content),
            self._clock,
            give_up_after=_TRIED_FOR_SECONDS,
            undecided_after=_TRIED_FOR_SECONDS,
        )

    async def _upload(self, name: str, content: bytes) -> str:
        asked = self._client.files_getUploadURLExternal(filename=name, length=len(content))
        announced = await call(_ANNOUNCE, asked)
        url, file_id = str(announced["upload_url"]), str(announced["file_id"])
        if not self._is_slacks(url):
            raise SlackRefused(method=_ANNOUNCE, error="an address that isn't Slack's")
        headers = {"Content-Type": "application/octet-stream"}
        try:
            async with self._session().post(url, data=content, headers=headers, **self._bounds(url)) as answer:
                if answer.status != _OK:
                    raise SlackUnreachable(method=_UPLOAD, reason=f"HTTP {answer.status}")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SlackUnreachable(method=_UPLOAD, reason=type(error).__name__) from None  # its words hold the address
        return file_id

    async def share(self, file_id: str, title: str, channel: str, *, thread_ts: str | None) -> Sharing:
        """Complete an upload and share it in a conversation, named by its own ID, or in a thread there.

        Raises `SlackRefused`, and `SlackUnreachable` when Slack didn't take it within half a minute.
        """

        async def attempt() -> Sharing:
            files: list[dict[str, str | None]] = [{"id": file_id, "title": title}]
            asked = self._client.files_completeUploadExternal(files=files, channel_id=channel, thread_ts=thread_ts)
            answer = await answer_to(_COMPLETE, asked)
            if isinstance(answer, Refusal) and answer.recovery is Recovery.LOOK:
                return Sharing.IN_DOUBT
            if isinstance(answer, Refusal):
                raise error_for(_COMPLETE, answer)
            return Sharing.SHARED

        return await call_with_retry(attempt, self._clock, give_up_after=_TRIED_FOR_SECONDS)

    async def is_shared(self, file_id: str, channel: str, *, since: str, thread_ts: str | None) -> bool | None:
        """Whether a file stands in a conversation, or a thread there, in a message since this time stamp.

        None where nobody may look. Raises `SlackUnreachable`.
        """
        try:
            if thread_ts is None:
                asked = self._client.conversations_history(channel=channel, oldest=since, limit=_LOOKED_THROUGH)
                answer = await call(_HISTORY, asked)
            else:
                asked = self._client.conversations_replies(
                    channel=channel, ts=thread_ts, oldest=since, limit=_LOOKED_THROUGH
                )
                answer = await call(_REPLIES, asked)
        except SlackRefused:
            return None
        messages: list[Any] = answer["messages"]
        return any(
            isinstance(file, dict) and file.get("id") == file_id
            for message in messages
            if isinstance(message, dict)
            for file in message.get("files") or ()
        )

    async def fetch(self, file: SentFile, *, limit_bytes: int) -> bytes:
        """The content of a file that a message brings.

        Raises `SentFileTooLarge`, and `SentFileUnreadable` for one that Slack does not hand over.
        """
        name, url = file.name, file.url
        if file.size > limit_bytes:
            raise SentFileTooLarge(name=name, most=limit_bytes)
        if not self._is_slacks(url):
            raise SentFileUnreadable(name=name, reason="no address of Slack's")
        content = bytearray()
        headers = {"Authorization": f"Bearer {self._client.token}"}
        try:
            async with self._session().get(url, headers=headers, **self._bounds(url)) as answer:
                # Without the scope Slack leads to its page for signing in (slackapi/bolt-js#2585).
                if answer.status != _OK or answer.content_type == "text/html":
                    raise SentFileUnreadable(name=name, reason=f"HTTP {answer.status}, {answer.content_type}")
                async for piece in answer.content.iter_chunked(_PIECE):
                    content += piece
                    if len(content) > limit_bytes:
                        raise SentFileTooLarge(name=name, most=limit_bytes)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SentFileUnreadable(name=name, reason=type(error).__name__) from None
        return bytes(content)

    def _is_slacks(self, url: str) -> bool:
        return is_slacks(url, api_url=self._client.base_url)

    def _bounds(self, url: str) -> dict[str, Any]:
        return {"timeout": _TIME, "allow_redirects": False, "proxy": self._network.proxy_for(url)}

    def _session(self) -> aiohttp.ClientSession:
        if self._client.session is None:
            raise ValueError("the client has no session")
        return self._client.session
