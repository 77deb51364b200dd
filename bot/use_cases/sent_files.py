"""Files sent to people directly, each once as far as Slack tells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from bot.errors import AnswerUnwanted, SlackUnreachable
from bot.slack.files import Sharing

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.exports.export import ExportFile
    from bot.open_requests import OpenRequests
    from bot.rules.requests import Request
    from bot.slack.files import Files
    from bot.use_cases.direct_answers import DirectPlace

log = structlog.get_logger(__name__)

# What a request notes once nobody can tell any more whether its file was shared, before the file's ID.
_SHARING = "sharing:"
_MOST_TRIES = 2
# Slack shares a file a little after it says so (slackapi/bolt-js#2115), so one is looked for more than once.
_LOOKS, _BETWEEN_LOOKS_SECONDS = 3, 2.0


@dataclass(frozen=True, slots=True)
class SentFiles:
    """Sends files to one person each, below a message that says what they are."""

    files: Files
    requests: OpenRequests
    clock: Clock

    async def send(self, request: Request, place: DirectPlace, file: ExportFile) -> bool:
        """Send the file that a request asks for; False where nobody can tell whether it arrived.

        Begun anew, it looks for what it may have sent before. Raises `SlackRefused` and `SlackUnreachable` for a file
        that Slack does not take and did not share, `AnswerUnwanted` where another process sends it, and `StoreError`.
        """
        if request.progress.startswith(_SHARING):
            is_there = await self._look(request.progress.removeprefix(_SHARING), place)
            if is_there is not False:
                return bool(is_there)
        for _ in range(_MOST_TRIES):
            file_id = await self.files.upload(file.name, file.text.encode())
            if not await self.requests.note_progress(request, f"{_SHARING}{file_id}"):
                raise AnswerUnwanted(reason="another process sends the file")
            request = replace(request, progress=f"{_SHARING}{file_id}")
            if await self.files.share(file_id, file.name, place.channel, thread_ts=place.thread_ts) is Sharing.SHARED:
                return True
            is_there = await self._look(file_id, place)
            if is_there is not False:
                return bool(is_there)
            log.warning("couldn't find a file that may have been shared", channel=place.channel)
        return False

    async def _look(self, file_id: str, place: DirectPlace) -> bool | None:
        """Whether the file is there; None where nobody can tell."""
        is_there: bool | None = None
        for _ in range(_LOOKS):
            try:
                is_there = await self.files.is_shared(file_id, place.channel, since=place.ts, thread_ts=place.thread_ts)
            except SlackUnreachable as error:
                log.warning("couldn't look for a file", error=str(error))
                is_there = None
            if is_there:
                break
            await self.clock.sleep(_BETWEEN_LOOKS_SECONDS)
        return is_there
