"""`paperboy doctor` in Slack itself: are the ids right, and does everything Paperboy does there work?

The trial posts, changes, reads and deletes messages of its own, and leaves nothing behind. What it tells holds no
secret: it is meant to be sent to somebody who can help.
"""

from __future__ import annotations

import json
import platform
import secrets
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from bot.cli.findings import Finding, Verdict
from bot.errors import SlackRefused, SlackUnreachable
from bot.messages.samples import samples
from bot.network import DIRECT
from bot.rules.editions import Edition, EditionKind
from bot.slack.files import Files
from bot.slack.lookups import look_up_channel, look_up_person
from bot.slack.manifest import HISTORY_SCOPES
from bot.slack.recovery import Recovery
from bot.slack.sender import delivery_mark
from bot.slack.web_api import Refusal, answer_to
from bot.text.clean import clean_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection

    from slack_sdk.web.async_client import AsyncWebClient
    from slack_sdk.web.async_slack_response import AsyncSlackResponse

    from bot.clock import Clock
    from bot.network import Network

_LANGUAGE = "en"
_POST = "chat.postMessage"
_UPDATE = "chat.update"
_DELETE = "chat.delete"
_EPHEMERAL = "chat.postEphemeral"
_REPLIES = "conversations.replies"
_HISTORY = "conversations.history"
_VALIDATE = "blocks.validate"
# So long all templates together may take, and so long one request is waited with when Slack asks for a pause.
_VALIDATING_SECONDS = 25.0
_LONGEST_PAUSE_SECONDS = 10.0
_LONGEST_DETAILS = 300
_TEXT = "Test message from `paperboy doctor --live`"

_INSTALL_AGAIN = "Replace your app's manifest with the output of `paperboy manifest`, then reinstall the app."
_INVITE = "Use a channel ID (from the very bottom of the channel's details in Slack), and type /invite @Paperboy there."
_SEND_PAGE = "Report a bug in Paperboy, and add this output."
_REMEDIES = {
    "messages_tab_disabled": f"The app's Messages tab is off. {_INSTALL_AGAIN}",
    "missing_scope": _INSTALL_AGAIN,
    "not_allowed_token_type": "Set SLACK_BOT_TOKEN to the Bot User OAuth Token (xoxb-…).",
    "channel_not_found": _INVITE,
    "not_in_channel": _INVITE,
    "is_archived": "Unarchive the channel, or use another one.",
    "user_not_in_channel": "Join that channel as the member in PAPERBOY_OPERATOR, then try again.",
    "user_not_found": "Set PAPERBOY_OPERATOR to your member ID (profile > ⋮ > Copy member ID).",
    "user_not_visible": "Set PAPERBOY_OPERATOR to the member ID of somebody in this workspace.",
    "cannot_dm_bot": "Set PAPERBOY_OPERATOR to the member ID of a person.",
}
_RESTRICTED = "Posting is restricted in that channel. Let Paperboy post there, or use another channel."


async def check_ids(client: AsyncWebClient, *, channel: str | None, operator: str | None) -> AsyncIterator[Finding]:
    """Whether the configured channel and person are known to Slack; nothing is posted."""
    if channel:
        yield await _check_channel(client, "PAPERBOY_CHANNEL", channel)
    if operator:
        yield await _check_person(client, "PAPERBOY_OPERATOR", operator)


async def try_out(
    client: AsyncWebClient,
    clock: Clock,
    *,
    channel: str,
    operator: str | None,
    granted: Collection[str],
    network: Network = DIRECT,
) -> AsyncIterator[Finding]:
    """Do once in a channel what Paperboy does in Slack, and take it back; `granted` are the app's scopes."""
    yield Finding("Versions", Verdict.OK, _versions())
    yield Finding("Granted scopes", Verdict.OK, ", ".join(sorted(granted)) or "Slack listed no scopes")
    yield await _validate(client, clock)
    trial = _Trial(client, clock)
    if operator is None:
        text = "not tested, because PAPERBOY_OPERATOR isn't set"
        yield Finding("Direct message", Verdict.NOTE, text, "Set it to your member ID, then try again.")
    else:
        async for finding in trial.write_to(operator):
            yield finding
    yield await _upload(Files(client, network, clock), is_granted="files:write" in granted)
    where = await _check_channel(client, "Channel", channel)
    yield where
    if where.verdict is not Verdict.BROKEN:
        try:
            async for finding in trial.post_in(
                channel, operator, may_read=not HISTORY_SCOPES.keys().isdisjoint(granted)
            ):
                yield finding
        finally:
            left = await trial.delete()
        yield left


async def _upload(files: Files, *, is_granted: bool) -> Finding:
    """A file on its way as an export is one, but for what would show it to somebody: Slack drops it again."""
    if not is_granted:
        return Finding("File", Verdict.OK, "not tested, because the optional scope files:write isn't granted")
    try:
        await files.upload("paperboy.txt", _TEXT.encode())
    except (SlackRefused, SlackUnreachable) as error:
        why = clean_text(str(error.values.get("error") or error.values.get("reason")))
        text = f"Slack didn't take a file: {why}"
        return Finding("File", Verdict.NOTE, text, "Exports come as text to copy until Slack takes files.")
    return Finding("File", Verdict.OK, "Slack took one, which nobody was shown")


class _Trial:
    """Messages of a trial, remembered until they are deleted."""

    def __init__(self, client: AsyncWebClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._posted: list[tuple[str, str]] = []
        # Where a message may be that Slack took and did not answer for: channel, and thread if any.
        self._unanswered: list[tuple[str, str | None]] = []
        self._mark = delivery_mark(Edition(EditionKind.OTHER, "trial"), secrets.token_hex(8))

    async def write_to(self, operator: str) -> AsyncIterator[Finding]:
        """A direct message, as an operator's notice is one."""
        answer = await self._post(operator)
        yield _finding("Direct message", answer, f"reached {operator}")
        if self._posted or self._unanswered:
            yield await self.delete("Direct message deleted")

    async def post_in(self, channel: str, operator: str | None, *, may_read: bool) -> AsyncIterator[Finding]:
        """A message, an answer in its thread, a private one beside it, and what is done with messages later."""
        header = await self._post(channel)
        yield _finding("Post", header, "a message was posted")
        if isinstance(header, Refusal):
            return
        ts = str(header["ts"])
        reply = await self._post(channel, thread_ts=ts)
        yield _finding("Thread", reply, "a reply was posted in its thread")
        if not isinstance(reply, Refusal) and operator:
            private_reply = await self._ask(
                _EPHEMERAL,
                lambda: self._client.chat_postEphemeral(channel=channel, user=operator, thread_ts=ts, **_words()),
            )
            yield _finding("Private reply in a thread", private_reply, f"accepted for {operator}")
        update = await self._ask(
            _UPDATE,
            lambda: self._client.chat_update(channel=channel, ts=ts, metadata=self._mark, **_words(" Changed.")),
        )
        yield _finding("Update", update, "the message was updated")
        reactions = await self._ask(
            "reactions.get", lambda: self._client.reactions_get(channel=channel, timestamp=ts, full=True)
        )
        yield _finding("Reactions", reactions, "can be read")
        yield (
            await self._read_back(channel, ts)
            if may_read
            else Finding("Read back", Verdict.OK, "not tested, because the optional history scopes aren't granted")
        )

    async def _read_back(self, channel: str, ts: str) -> Finding:
        arguments = {"channel": channel, "ts": ts, "include_all_metadata": "true"}
        answer = await self._ask(_REPLIES, lambda: self._client.api_call(_REPLIES, data=arguments))
        if isinstance(answer, Refusal):
            return _refused("Read back", answer)
        marks = [each.get("metadata") for each in answer["messages"] if each.get("ts") == ts]
        if any(isinstance(mark, dict) and mark.get("event_payload") == self._mark["event_payload"] for mark in marks):
            return Finding("Read back", Verdict.OK, "the message was found by its metadata")
        text = "the message came back without its metadata" if marks else "the message wasn't found in its thread"
        return Finding("Read back", Verdict.BROKEN, text, _SEND_PAGE)

    async def delete(self, what: str = "Delete") -> Finding:
        """Take back what is still there, the latest first."""
        refused: list[Refusal] = []
        unseen = [channel for channel, thread_ts in self._unanswered if not await self._find(channel, thread_ts)]
        self._unanswered.clear()
        count = len(self._posted)
        while self._posted:
            channel, ts = self._posted.pop()
            answer = await self._ask(_DELETE, lambda: self._client.chat_delete(channel=channel, ts=ts))  # noqa: B023 - asked at once
            refused += [answer] if isinstance(answer, Refusal) else []
        if refused:
            text = f"{len(refused)} of {count} test messages couldn't be deleted: {_format_refusal(refused[0])}"
            return Finding(what, Verdict.NOTE, text, "Delete them in Slack.")
        if unseen:
            text = f"Slack didn't respond, so a test message may be left in {', '.join(dict.fromkeys(unseen))}"
            return Finding(what, Verdict.NOTE, text, f"If “{_TEXT}” is there, delete it.")
        return Finding(what, Verdict.OK, f"{count} test {'message' if count == 1 else 'messages'} deleted")

    async def _post(self, channel: str, thread_ts: str | None = None) -> AsyncSlackResponse | Refusal:
        arguments = {
            "channel": channel,
            "metadata": self._mark,
            **({"thread_ts": thread_ts} if thread_ts else {}),
            **_words(),
        }
        answer = await self._ask(_POST, lambda: self._client.api_call(_POST, json=arguments))
        if not isinstance(answer, Refusal):
            self._posted.append((str(answer["channel"]), str(answer["ts"])))
        elif answer.recovery is Recovery.LOOK:
            self._unanswered.append((channel, thread_ts))
        return answer

    async def _find(self, channel: str, thread_ts: str | None) -> bool:
        """Look for a message Slack may have taken, so that it is deleted, too. False when nobody can tell."""
        method = _REPLIES if thread_ts else _HISTORY
        arguments = {"channel": channel, "include_all_metadata": "true", **({"ts": thread_ts} if thread_ts else {})}
        answer = await self._ask(method, lambda: self._client.api_call(method, data=arguments))
        if isinstance(answer, Refusal):
            return False
        known = {ts for _, ts in self._posted}
        for message in answer["messages"]:
            mark = message.get("metadata")
            is_ours = isinstance(mark, dict) and mark.get("event_payload") == self._mark["event_payload"]
            if is_ours and message["ts"] not in known:
                self._posted.append((channel, str(message["ts"])))
        return True

    async def _ask(
        self, method: str, request: Callable[[], Awaitable[AsyncSlackResponse]]
    ) -> AsyncSlackResponse | Refusal:
        return await _ask(self._clock, method, request)


async def _ask(
    clock: Clock, method: str, request: Callable[[], Awaitable[AsyncSlackResponse]]
) -> AsyncSlackResponse | Refusal:
    """Slack's answer; asked once more after a pause it asks for, if that is short."""
    answer = await answer_to(method, request())
    if isinstance(answer, Refusal) and answer.wait is not None and answer.wait <= _LONGEST_PAUSE_SECONDS:
        await clock.sleep(answer.wait)
        answer = await answer_to(method, request())
    return answer


async def _check_channel(client: AsyncWebClient, what: str, channel: str) -> Finding:
    found = await look_up_channel(client, channel)
    if isinstance(found, Refusal):
        return _refused(what, found)
    if found.get("is_archived"):
        return Finding(what, Verdict.BROKEN, f"{channel} is archived", _REMEDIES["is_archived"])
    if not found.get("is_member"):
        return Finding(what, Verdict.BROKEN, f"Paperboy isn't in {channel}", "Type /invite @Paperboy there.")
    kind = "private" if found.get("is_private") else "public"
    shared = ", shared with another workspace" if found.get("is_ext_shared") else ""
    return Finding(what, Verdict.OK, f"{channel} is a {kind} channel{shared}, and Paperboy is in it")


async def _check_person(client: AsyncWebClient, what: str, person: str) -> Finding:
    found = await look_up_person(client, person)
    if isinstance(found, Refusal):
        return _refused(what, found)
    if found.get("deleted"):
        return Finding(what, Verdict.BROKEN, f"{person} is deactivated", _REMEDIES["user_not_found"])
    if found.get("is_bot"):
        return Finding(what, Verdict.BROKEN, f"{person} is an app", _REMEDIES["cannot_dm_bot"])
    return Finding(what, Verdict.OK, f"{person} is a member")


async def _validate(client: AsyncWebClient, clock: Clock) -> Finding:
    """Whether Slack would show everything that Paperboy says."""
    began, tried, refused = clock.monotonic(), 0, []
    everything = [each for each in samples(_LANGUAGE) if each.payload is not None]
    for sample in everything:
        if clock.monotonic() - began > _VALIDATING_SECONDS:
            break
        arguments = {"view" if sample.is_view else "message": json.dumps(sample.payload, ensure_ascii=False)}
        answer = await _ask(clock, _VALIDATE, lambda: client.api_call(_VALIDATE, data=arguments))  # noqa: B023 - asked at once
        if isinstance(answer, Refusal):
            if not answer.error.startswith("invalid_"):
                text = f"only {tried} of {len(everything)} tested: {_format_refusal(answer)}"
                return Finding("Templates", Verdict.NOTE, text, _SEND_PAGE)
            refused.append(f"{sample.name} ({_format_refusal(answer)})")
        tried += 1
    if refused:
        text = f"Slack would reject {len(refused)} of {tried}: {'; '.join(refused)}"
        return Finding("Templates", Verdict.BROKEN, text, _SEND_PAGE)
    if tried < len(everything):
        return Finding(
            "Templates",
            Verdict.NOTE,
            f"{tried} of {len(everything)} tested in {_VALIDATING_SECONDS:.0f} s, all accepted by Slack",
            "To test the others, run doctor again later.",
        )
    return Finding("Templates", Verdict.OK, f"Slack accepts all {tried}")


def _finding(what: str, answer: AsyncSlackResponse | Refusal, text: str) -> Finding:
    return _refused(what, answer) if isinstance(answer, Refusal) else Finding(what, Verdict.OK, text)


def _refused(what: str, refusal: Refusal) -> Finding:
    if not refusal.error:
        remedy = "Check this machine's internet connection and SLACK_API_URL."
        return Finding(what, Verdict.BROKEN, f"Slack didn't respond: {_format_refusal(refusal)}", remedy)
    remedy = _RESTRICTED if refusal.error.startswith("restricted_action") else _REMEDIES.get(refusal.error, _SEND_PAGE)
    return Finding(what, Verdict.BROKEN, f"rejected by Slack: {_format_refusal(refusal)}", remedy)


def _format_refusal(refusal: Refusal) -> str:
    details = f" ({'; '.join(refusal.details)})" if refusal.details else ""
    return clean_text(f"{refusal.reason}{details}")[:_LONGEST_DETAILS]


def _words(more: str = "") -> dict[str, Any]:
    text = f"{_TEXT}.{more} It will be deleted in a moment."
    return {"text": text, "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]}


def _versions() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in ("slack-sdk", "slack-bolt", "aiohttp"))
    return f"Paperboy {version('paperboy')}, Python {platform.python_version()} on {platform.system()}, {libraries}"
