"""A Slack of many workspaces that is fast, for several bots at once: what it took is what a fleet is judged by.

The emulator is strict and shares the event loop of whoever tests; this one only keeps messages, and Slack's limits. As
a program it answers on the port it prints, in a process of its own.

A token is `xoxb-` and its workspace. Each replica has an address of its own, so that it is known who sent what, and a
replica can be stopped in the middle of a request.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import random
import signal
import sys
import time
from collections import Counter, defaultdict, deque
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from itertools import count
from subprocess import PIPE, Popen
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import aiohttp
from aiohttp import web

from bot.slack.manifest import build_manifest
from tests.scopes import USUALLY_GRANTED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SIGNING_SECRET = "5f" * 16
APP_TOKEN = "xapp-1-A0FLEET-1-5f5f"
APP = "A0FLEET"
# docs.slack.dev, rate-limits: a message a second and channel, "short bursts" allowed; several hundred a minute.
_BURST = 4
_MINUTE = 60.0
# docs.slack.dev, rate-limits: an event is acknowledged within three seconds, or comes again.
_ACKNOWLEDGED_WITHIN = 3.0
_HISTORY_OF_ONE_A_MINUTE = 15
_REACTION_SCOPES = frozenset(build_manifest()["oauth_config"]["scopes"]["bot"])


@dataclass(frozen=True)
class Terms:
    """What a Slack is like: `workspaces` of so many `channels` each, and what it lets a bot do.

    It runs `speed` times as fast as the real one: its limits, its retries. `history_a_minute` of None is no limit.
    """

    workspaces: int = 1
    channels: int = 1
    posts_a_minute: int = 330
    has_history: bool = True
    history_a_minute: int | None = None
    latency_seconds: tuple[float, float] = (0.002, 0.02)
    retry_after_seconds: tuple[float, ...] = (10.0, 60.0, 300.0)
    speed: float = 1.0


def team_name(number: int) -> str:
    """The id of the workspace of this number, from 1."""
    return f"T{number:04}"


def channel_name(team: str, number: int) -> str:
    """The id of a workspace's channel of this number, from 1."""
    return f"C{team[1:]}N{number:04}"


def token_of(team: str) -> str:
    """The bot's token in a workspace."""
    return f"xoxb-{team}"


def bot_user(team: str) -> str:
    """The bot's id in a workspace."""
    return f"U{team[1:]}BOT"


def person(team: str, number: int = 1) -> str:
    """Somebody of a workspace."""
    return f"U{team[1:]}P{number:04}"


@dataclass
class Posted:
    """A message as Slack has it, or had it; `at` is in seconds since the epoch."""

    ts: str
    at: float
    replica: str
    edition: str
    part: str
    thread_ts: str | None
    is_deleted: bool = False


@dataclass
class Seen:
    """All a fleet did to a Slack: the messages of each channel as they arrived, and how often each method was called
    and what it was refused with."""

    posted: dict[str, list[Posted]]
    calls: Counter[str]
    refused: Counter[str]
    notices: list[str]


class Slack:
    """A Slack that is running."""

    def __init__(self, base: str, terms: Terms) -> None:
        self.base = base
        self.terms = terms

    def api_url(self, replica: str) -> str:
        """The address of the Web API for a replica."""
        return f"{self.base}/{replica}/api/"

    async def seen(self) -> Seen:
        """All that was done so far."""
        told = await self._ask("seen")
        posted = {channel: [Posted(**each) for each in messages] for channel, messages in told["posted"].items()}
        return Seen(posted, Counter(told["calls"]), Counter(told["refused"]), told["notices"])

    async def number_of_posts(self) -> int:
        """How many messages came so far."""
        return int((await self._ask("number"))["posts"])

    async def senders(self) -> Counter[str]:
        """Who sent the last fifty messages."""
        return Counter((await self._ask("number"))["last_by"])

    async def stop_in_request(self, replica: str, pid: int, seconds: float) -> None:
        """Stop a replica as soon as it posts its next message, which arrives only once it goes on after `seconds`."""
        await self._ask("stop", {"replica": replica, "pid": pid, "seconds": seconds})

    async def listen_at(self, urls: Sequence[str]) -> None:
        """Send events to these addresses, in turn, instead of over Socket Mode."""
        await self._ask("urls", {"urls": list(urls)})

    async def bring(self, events: Sequence[Mapping[str, Any]], *, at_once: int = 20) -> dict[str, int]:
        """Bring these payloads of events, until each is acknowledged or Slack gives up; how many were, and how often
        one had to be brought again."""
        told: dict[str, int] = await self._ask("events", {"events": list(events), "at_once": at_once})
        return told

    async def _ask(self, what: str, body: Mapping[str, Any] | None = None) -> Any:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session,
            session.post(f"{self.base}/control/{what}", json=body or {}) as answer,
        ):
            return await answer.json()


@contextmanager
def open_slack(terms: Terms) -> Iterator[Slack]:
    """A Slack in a process of its own, gone when the block ends."""
    process = Popen([sys.executable, "-m", "tests.fleet.slack", json.dumps(asdict(terms))], stdout=PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Slack(process.stdout.readline().strip(), terms)
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


# the program ----------------------------------------------------------------------------------------------------------


class _Refused(Exception):
    def __init__(self, error: str, retry_after: float | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.retry_after = retry_after


@dataclass
class _Channel:
    messages: list[Posted] = field(default_factory=list)
    tokens: float = _BURST
    filled_at: float = 0.0


@dataclass
class _Stop:
    pid: int
    seconds: float


@dataclass
class _Program:
    terms: Terms
    base: str = ""
    channels: dict[str, _Channel] = field(default_factory=lambda: defaultdict(_Channel))
    metadata: dict[tuple[str, str], Any] = field(default_factory=dict)
    in_last_minute: dict[tuple[str, str], deque[float]] = field(default_factory=lambda: defaultdict(deque))
    calls: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    notices: list[str] = field(default_factory=list)
    stops: dict[str, _Stop] = field(default_factory=dict)
    urls: list[str] = field(default_factory=list)
    sockets: list[_Socket] = field(default_factory=list)
    turns: Iterator[int] = field(default_factory=count)
    last_ts: float = 0.0
    posts: int = 0
    last_by: deque[str] = field(default_factory=lambda: deque(maxlen=50))

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        replica, _, rest = request.path.strip("/").partition("/")
        if replica == "control":
            return web.json_response(await self.control(rest, json.loads(await request.content.read() or b"{}")))
        if rest == "link":
            return await self.link(request, replica)
        return await self.answer(request, replica, rest.removeprefix("api/"))

    # the Web API

    async def answer(self, request: web.BaseRequest, replica: str, method: str) -> web.Response:
        body = await request.read()
        self.calls[method] += 1
        arguments: dict[str, Any]
        if request.content_type == "application/json":
            arguments = json.loads(body or b"{}")
        else:
            arguments = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            arguments |= request.query
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or arguments.get("token", "")
        await asyncio.sleep(random.uniform(*self.terms.latency_seconds))
        if method == "chat.postMessage" and (stop := self.stops.pop(replica, None)):
            await self.hold(stop)
        headers = {"X-OAuth-Scopes": self.scopes()}
        try:
            told = {"ok": True, **self.call(method, replica, token, arguments)}
        except _Refused as refused:
            self.refused[f"{method} {refused.error}"] += 1
            told = {"ok": False, "error": refused.error}
            if refused.retry_after is not None:
                headers["Retry-After"] = str(max(1, round(refused.retry_after + 0.5)))
                return web.json_response(told, status=429, headers=headers)
        return web.json_response(told, headers=headers)

    async def hold(self, stop: _Stop) -> None:
        """The request left only when its sender goes on."""
        os.kill(stop.pid, signal.SIGSTOP)
        await asyncio.sleep(stop.seconds)
        with suppress(ProcessLookupError):
            os.kill(stop.pid, signal.SIGCONT)

    def scopes(self) -> str:
        scopes = {*USUALLY_GRANTED, *_REACTION_SCOPES}
        history = {"channels:history", "groups:history"}
        return ",".join(sorted(scopes | history if self.terms.has_history else scopes - history))

    def call(self, method: str, replica: str, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if method == "apps.connections.open":
            return {"url": f"{self.base.replace('http', 'ws')}/{replica}/link"}
        team = token.removeprefix("xoxb-")
        number = int(team[1:]) if team[1:].isdigit() else 0
        if not 1 <= number <= self.terms.workspaces:
            raise _Refused("invalid_auth")
        match method:
            case "chat.postMessage":
                return self.post(team, replica, arguments)
            case "chat.update":
                self.limit(team, method, self.terms.posts_a_minute)
                return {"channel": arguments["channel"], "ts": arguments["ts"], "text": ""}
            case "chat.delete":
                self.message(arguments["channel"], arguments["ts"]).is_deleted = True
                return {"channel": arguments["channel"], "ts": arguments["ts"]}
            case "reactions.get":
                found = self.message(arguments["channel"], arguments["timestamp"])
                replies = sum(each.thread_ts == found.ts for each in self.there(arguments["channel"]))
                return {"type": "message", "message": {"ts": found.ts, "text": "", "reply_count": replies}}
            case "conversations.history" | "conversations.replies":
                return self.history(team, method, arguments)
            case "auth.test":
                return {
                    "url": f"https://{team.lower()}.slack.com/",
                    "team": f"Team {number}",
                    "user": "paperboy",
                    "team_id": team,
                    "user_id": bot_user(team),
                    "bot_id": f"B{team[1:]}",
                    "is_enterprise_install": False,
                }
            case "users.info":
                return {"user": _user(team, arguments.get("user", person(team)))}
            case "users.conversations":
                return {"channels": self.listed(team), "response_metadata": {"next_cursor": ""}}
            case "conversations.info":
                return {"channel": _described(arguments["channel"], team)}
            case "conversations.members":
                return {"members": [bot_user(team), person(team)], "response_metadata": {"next_cursor": ""}}
            case "conversations.open":
                return {"channel": {"id": f"D{arguments['users'][1:]}"}}
            case "chat.postEphemeral":
                return {"message_ts": self.next_ts()}
            case "emoji.list":
                return {"emoji": {}}
            case "views.publish" | "views.open" | "views.update":
                return {"view": {"id": "V1"}}
        raise _Refused("unknown_method")

    def post(self, team: str, replica: str, arguments: dict[str, Any]) -> dict[str, Any]:
        channel = arguments["channel"]
        if channel.startswith("U"):
            self.notices.append(arguments.get("text", ""))
            return {"channel": f"D{channel[1:]}", "ts": self.next_ts(), "message": {"text": ""}}
        self.limit_channel(self.channels[channel])
        self.limit(team, "chat.postMessage", self.terms.posts_a_minute)
        if not channel.startswith(f"C{team[1:]}N"):
            raise _Refused("channel_not_found")
        thread = arguments.get("thread_ts")
        if thread and all(each.ts != thread for each in self.there(channel)):
            raise _Refused("thread_not_found")
        metadata = arguments.get("metadata") or {}
        payload = metadata.get("event_payload", {})
        ts = self.next_ts()
        self.metadata[channel, ts] = metadata
        self.channels[channel].messages.append(
            Posted(ts, time.time(), replica, payload.get("edition", ""), payload.get("part", ""), thread)
        )
        self.posts += 1
        self.last_by.append(replica)
        shown = {"text": "", "ts": ts} | ({"thread_ts": thread} if thread else {})
        return {"channel": channel, "ts": ts, "message": shown}

    def history(self, team: str, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if not self.terms.has_history:
            raise _Refused("missing_scope")
        if self.terms.history_a_minute:
            self.limit(team, method, self.terms.history_a_minute)
        channel, thread = arguments["channel"], arguments.get("ts")
        first, last = float(arguments.get("oldest", 0)), float(arguments.get("latest", "inf"))
        found = [
            each
            for each in self.there(channel)
            if first <= float(each.ts) <= last
            and (thread in {each.ts, each.thread_ts} if thread else each.thread_ts is None)
        ]
        if thread and all(each.ts != thread for each in self.there(channel)):
            raise _Refused("thread_not_found")
        if not thread:
            found.reverse()
        limit = int(arguments.get("limit", 100))
        if self.terms.history_a_minute:
            limit = min(limit, _HISTORY_OF_ONE_A_MINUTE)
        start = int(arguments.get("cursor") or 0)
        with_metadata = arguments.get("include_all_metadata") == "true"
        messages = []
        for each in found[start : start + limit]:
            shown: dict[str, Any] = {"type": "message", "ts": each.ts, "text": "", "bot_id": f"B{team[1:]}"}
            if each.thread_ts:
                shown["thread_ts"] = each.thread_ts
            if with_metadata:
                shown["metadata"] = self.metadata[channel, each.ts]
            messages.append(shown)
        more = start + limit < len(found)
        cursor = str(start + limit) if more else ""
        return {"messages": messages, "has_more": more, "response_metadata": {"next_cursor": cursor}}

    def there(self, channel: str) -> list[Posted]:
        return [each for each in self.channels[channel].messages if not each.is_deleted]

    def message(self, channel: str, ts: str) -> Posted:
        for each in self.there(channel):
            if each.ts == ts:
                return each
        raise _Refused("message_not_found")

    def limit_channel(self, channel: _Channel) -> None:
        now = time.monotonic() * self.terms.speed
        channel.tokens = min(_BURST, channel.tokens + now - channel.filled_at)
        channel.filled_at = now
        if channel.tokens < 1:
            raise _Refused("ratelimited", 1)
        channel.tokens -= 1

    def limit(self, team: str, method: str, a_minute: int) -> None:
        now = time.monotonic() * self.terms.speed
        taken = self.in_last_minute[team, method]
        while taken and taken[0] <= now - _MINUTE:
            taken.popleft()
        if len(taken) >= a_minute:
            raise _Refused("ratelimited", taken[0] + _MINUTE - now)
        taken.append(now)

    def next_ts(self) -> str:
        self.last_ts = max(time.time(), self.last_ts + 0.000_01)
        return f"{self.last_ts:.6f}"

    def listed(self, team: str) -> list[dict[str, Any]]:
        numbers = range(1, self.terms.channels + 1)
        return [_described(channel_name(team, number), team) for number in numbers]

    # events

    async def link(self, request: web.BaseRequest, replica: str) -> web.WebSocketResponse:
        connection = web.WebSocketResponse(autoping=True)
        await connection.prepare(request)
        link = _Socket(connection, replica)
        self.sockets.append(link)
        hello = {
            "type": "hello",
            "num_connections": len(self.sockets),
            "debug_info": {"host": "fleet", "approximate_connection_time": 18060},
            "connection_info": {"app_id": APP},
        }
        try:
            await connection.send_json(hello)
            async for message in connection:
                if message.type is aiohttp.WSMsgType.TEXT:
                    link.acknowledge(json.loads(message.data))
        finally:
            self.sockets.remove(link)
        return connection

    async def bring(self, session: aiohttp.ClientSession, event: dict[str, Any], outcome: Counter[str]) -> None:
        for number, wait in enumerate((0.0, *self.terms.retry_after_seconds)):
            if number:
                outcome["brought again"] += 1
                await asyncio.sleep(wait / self.terms.speed)
            if self.urls:
                is_heard = await self.send(session, event, number)
            else:
                is_heard = bool(self.sockets) and await self.next_socket().send(event, number)
            if is_heard:
                outcome["acknowledged"] += 1
                return
        outcome["given up"] += 1

    def next_socket(self) -> _Socket:
        return self.sockets[next(self.turns) % len(self.sockets)]

    async def send(self, session: aiohttp.ClientSession, event: dict[str, Any], number: int) -> bool:
        """To the next address in turn, and to the one after where nobody listens, as a balancer does."""
        body = json.dumps(event).encode()
        first = next(self.turns)
        for nth in range(len(self.urls)):
            stamp = str(int(time.time()))
            basis = b"v0:%b:%b" % (stamp.encode(), body)
            signed = "v0=" + hmac.new(SIGNING_SECRET.encode(), basis, hashlib.sha256).hexdigest()
            headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signed}
            headers["Content-Type"] = "application/json"
            if number:
                headers |= {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": "http_error"}
            url = self.urls[(first + nth) % len(self.urls)]
            try:
                async with asyncio.timeout(_ACKNOWLEDGED_WITHIN), session.post(url, data=body, headers=headers) as told:
                    return told.status == web.HTTPOk.status_code
            except aiohttp.ClientConnectorError:
                continue
            except (aiohttp.ClientError, TimeoutError):
                return False
        return False

    # whoever tests

    async def control(self, what: str, told: dict[str, Any]) -> Any:
        match what:
            case "seen":
                return {
                    "posted": {
                        channel: [asdict(each) for each in kept.messages]
                        for channel, kept in self.channels.items()
                        if kept.messages
                    },
                    "calls": self.calls,
                    "refused": self.refused,
                    "notices": self.notices,
                }
            case "number":
                return {"posts": self.posts, "last_by": [*self.last_by]}
            case "stop":
                self.stops[told["replica"]] = _Stop(told["pid"], told["seconds"])
            case "urls":
                self.urls = told["urls"]
            case "events":
                outcome: Counter[str] = Counter({"acknowledged": 0, "brought again": 0, "given up": 0})
                room = asyncio.Semaphore(told["at_once"])
                async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
                    for event in told["events"]:
                        await room.acquire()
                        task = group.create_task(self.bring(session, event, outcome))
                        task.add_done_callback(lambda _: room.release())
                return outcome
        return {}


@dataclass
class _Socket:
    """A Socket Mode connection."""

    connection: web.WebSocketResponse
    replica: str
    waiting: dict[str, asyncio.Future[None]] = field(default_factory=dict)

    def acknowledge(self, told: dict[str, Any]) -> None:
        waiting = self.waiting.pop(str(told.get("envelope_id")), None)
        if waiting and not waiting.done():
            waiting.set_result(None)

    async def send(self, event: dict[str, Any], number: int) -> bool:
        envelope = f"{event['event_id']}-{number}-{time.monotonic_ns()}"
        heard = self.waiting[envelope] = asyncio.get_running_loop().create_future()
        try:
            await self.connection.send_json(
                {
                    "envelope_id": envelope,
                    "type": "events_api",
                    "accepts_response_payload": False,
                    "retry_attempt": number,
                    "retry_reason": "timeout" if number else "",
                    "payload": event,
                }
            )
            async with asyncio.timeout(_ACKNOWLEDGED_WITHIN):
                await heard
        except (TimeoutError, ConnectionError):
            return False
        return True


def _user(team: str, user: str) -> dict[str, Any]:
    return {
        "id": user,
        "team_id": team,
        "name": user.lower(),
        "real_name": user,
        "locale": "en-US",
        "tz": "UTC",
        "deleted": False,
        "is_bot": user == bot_user(team),
        "profile": {"display_name": user, "real_name": user},
    }


def _described(channel: str, team: str) -> dict[str, Any]:
    return {
        "id": channel,
        "name": channel.lower(),
        "is_channel": True,
        "is_member": True,
        "is_private": False,
        "is_archived": False,
        "is_im": False,
        "is_mpim": False,
        "context_team_id": team,
        "shared_team_ids": [team],
    }


async def _serve(terms: Terms) -> None:
    program = _Program(terms)
    runner = web.ServerRunner(web.Server(program.handle), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    program.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    print(program.base, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    told = json.loads(sys.argv[1])
    told["latency_seconds"] = tuple(told["latency_seconds"])
    asyncio.run(_serve(Terms(**told)))
