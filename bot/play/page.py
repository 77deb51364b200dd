"""The playground's page over HTTP: for this machine only, with nothing from elsewhere.

Every request must name this machine as its host, and every action must come from the page (its Origin, and the token of
this start), so that no other site in the same browser can read it or press a button.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import re
import secrets
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.play.change_log import ChangeLog
from bot.play.conversation import can_open, is_open_to, viewer_of, words_for
from bot.play.first_steps import (
    FirstStep,
    FirstSteps,
    step_of_action,
    step_of_command,
    step_of_message,
    step_of_reaction,
)
from bot.play.playground import open_playground
from bot.play.rendering import as_json
from bot.play.thumbnails import paperboy_portrait, portrait, thumbnail
from bot.play.windows import Window, Windows, start_over_question
from bot.signals import on_signals
from bot.slack.manifest import COMMAND
from bot.slack_emulator import (
    MisuseError,
    PrivateMessage,
    SlackMessage,
    View,
    message_problems,
    readable_length,
    view_problems,
)
from bot.templating.catalogues import TEMPLATES
from bot.templating.environment import render_page
from bot.web.server import CONNECTIONS, open_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bot.play.playground import Playground
    from bot.slack_emulator import Answer, Channel, Person

Json = dict[str, Any]

_STATIC = TEMPLATES / "web" / "static"
_STATIC_TYPES = {"play.css": "text/css", "play.js": "text/javascript"}
_LARGEST_BODY = 64 * 1024
_LONGEST_TEXT = 4000
_STILL_HERE_SECONDS = 15.0
_STARTED_OVER_SECONDS = 30.0
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class _BadRequestError(Exception):
    """The request is none the page sends."""


@dataclass(frozen=True, slots=True)
class Act:
    """An action of a person: who, and the fields the browser sent."""

    person: Person
    fields: Json

    def text(self, name: str) -> str:
        """A text the browser must say; _BadRequestError when it does not."""
        value = self.fields.get(name)
        if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
            raise _BadRequestError(name)
        return value


class Page:
    """Serves the page to a browser."""

    def __init__(self, playground: Playground, start_over: Callable[[], Awaitable[Playground]]) -> None:
        self._token = secrets.token_urlsafe(24)
        self._change_log = ChangeLog()
        self._start_playground_over = start_over
        self._there = asyncio.Event()
        self._starting_over = asyncio.Lock()
        self._show_playground(playground)

    def _show_playground(self, playground: Playground) -> None:
        self._playground = playground
        self._slack = playground.slack
        self._steps = FirstSteps()
        self._windows = Windows(playground, self._token, self._steps)
        self._listen_no_more = self._slack.listen(self._change_log.append)
        self._there.set()

    def application(self) -> web.Application:
        """The web application that serves the page."""
        application = web.Application(client_max_size=_LARGEST_BODY, middlewares=[self._guard])
        acts: dict[str, Callable[[Act], Awaitable[Json]]] = {
            "say": self._say,
            "react": self._react,
            "act": self._act,
            "submit": self._submit,
            "close": self._close,
            "shortcut": self._shortcut,
            "invite": self._invite,
            "next-morning": self._next_morning,
            "close-steps": self._close_steps,
            "start-over": self._start_over,
        }
        application.add_routes(
            [
                web.get("/", self._show),
                web.get("/thread", self._show_thread),
                web.get("/events", self._stream_changes),
                web.get("/inspect", self._inspect),
                web.get("/files", self._open_file),
                web.get("/static/{name}", self._static),
                web.get("/faces/{person}.svg", self._avatar),
                web.get("/thumbnails/{seed}.svg", self._thumbnail),
                *(web.post(f"/{name}", self._doing(act)) for name, act in acts.items()),
            ]
        )
        return application

    # Who may ask

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if not self._is_ours(request):
            return web.Response(status=403, text="This page is only available on this machine.\n", headers=_HEADERS)
        if request.path == "/start-over" and not self._there.is_set():
            return web.json_response({}, headers=_HEADERS)  # it is starting over
        try:
            # A window listens for as long as it is open.
            with request.app[CONNECTIONS].serving(request.transport):
                await self._wait_for_playground()
                response = await handler(request)
        except _BadRequestError as error:
            response = web.Response(status=400, text=f"Unexpected request: {error}.\n")
        except web.HTTPException as error:
            response = web.Response(status=error.status, text=f"{error.reason}\n")
        if not response.prepared:
            response.headers.update(_HEADERS)
        return response

    async def _wait_for_playground(self) -> None:
        """Wait while everything starts over."""
        try:
            async with asyncio.timeout(_STARTED_OVER_SECONDS):
                while not self._there.is_set():  # of several who waited, the first may have it start over again
                    await self._there.wait()
        except TimeoutError:
            raise web.HTTPServiceUnavailable from None

    def _is_ours(self, request: web.Request) -> bool:
        if request.transport is None:
            return False
        port = request.transport.get_extra_info("sockname")[1]
        hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        origin = request.headers.get("Origin")
        if request.host not in hosts or (origin is not None and origin != f"http://{request.host}"):
            return False
        token = request.headers.get("X-Play-Token", "")
        return request.method in {"GET", "HEAD"} or (
            origin is not None and hmac.compare_digest(token.encode(), self._token.encode())
        )

    # What is looked at

    async def _show(self, request: web.Request) -> web.Response:
        window = self._window(request)
        if window.tab == "home":
            self._steps.finish(window.person.id, FirstStep.HOME)
            await self._slack.open_home(window.person.id)
        return _html(self._windows.whole(window, self._change_log.number))

    async def _show_thread(self, request: web.Request) -> web.Response:
        return _html(self._windows.thread(self._window(request)))

    async def _stream_changes(self, request: web.Request) -> web.StreamResponse:
        """Send the changes in a window, as they come, until the browser goes away."""
        window = self._window(request)
        number = _number(request.headers.get("Last-Event-ID") or request.query.get("seen", ""))
        response = web.StreamResponse(headers={**_HEADERS, "Content-Type": "text/event-stream"})
        with suppress(ConnectionResetError):
            await response.prepare(request)
            while True:
                try:
                    async with asyncio.timeout(_STILL_HERE_SECONDS):
                        changes = await self._change_log.after(number)
                except TimeoutError:
                    await response.write(b": still here\n\n")
                    continue
                number = self._change_log.number
                if changes is None:
                    patches: list[Json] = [{"part": "reload"}]
                else:
                    window = self._as_now(window)
                    patches = self._windows.changed(window, changes)
                await response.write(f"id: {number}\ndata: {json.dumps(patches)}\n\n".encode())
        return response

    async def _inspect(self, request: web.Request) -> web.Response:
        person = self._person(request.query.get("as", ""))
        place = self._place(person, request.query.get("place", ""))
        match place:
            case View():
                content: Json = place.content
                problems = view_problems(content, place.kind)
            case SlackMessage():
                content = place.snapshot(with_metadata=True)
                problems = message_problems(place.blocks)
            case PrivateMessage():
                content = {"text": place.text, "blocks": [*place.blocks]}
                problems = message_problems(place.blocks)
        return _html(
            render_page(
                "inspector",
                json=as_json(content),
                problems=problems,
                blocks=len(place.blocks),
                most_blocks=100 if isinstance(place, View) else 50,
                readable=readable_length([*place.blocks]),
                size=len(json.dumps(content, ensure_ascii=False).encode()),
                t=words_for(person).t,
            )
        )

    async def _open_file(self, request: web.Request) -> web.Response:
        person, file_id = self._person(request.query.get("as", "")), request.query.get("id", "")
        if not can_open(self._slack, person.id, file_id):
            raise web.HTTPNotFound
        # Whatever its name says, the browser takes it for nothing but text.
        return web.Response(body=self._slack.file(file_id).content, content_type="text/plain", charset="utf-8")

    async def _static(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in _STATIC_TYPES:
            raise web.HTTPNotFound
        return web.Response(
            text=(_STATIC / name).read_text(encoding="utf-8"), content_type=_STATIC_TYPES[name], charset="utf-8"
        )

    async def _avatar(self, request: web.Request) -> web.Response:
        person = request.match_info["person"]
        names = {each.id: each.real_name for each in self._slack.people}
        drawn = paperboy_portrait() if person == self._slack.bot_user_id else portrait(names.get(person, "?"))
        return web.Response(text=drawn, content_type="image/svg+xml")

    async def _thumbnail(self, request: web.Request) -> web.Response:
        return web.Response(text=thumbnail(request.match_info["seed"]), content_type="image/svg+xml")

    # What is done

    def _doing(self, act: Callable[[Act], Awaitable[Json]]) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def do(request: web.Request) -> web.Response:
            try:
                fields = await request.json()
            except ValueError:
                raise _BadRequestError("JSON") from None
            if not isinstance(fields, dict):
                raise _BadRequestError("JSON")
            if act != self._start_over:
                await self._wait_for_playground()  # once more: it may have begun to start over before all was read
            try:
                return web.json_response(await act(Act(self._person(str(fields.get("as", ""))), fields)))
            except MisuseError as error:
                return web.json_response({"said": _sentence(str(error))})

        return do

    async def _say(self, act: Act) -> Json:
        """Write a message, or type a command."""
        channel = self._channel(act.person, act.text("in"))
        words, thread = act.text("words").strip(), act.text("thread")
        if not words:
            return {}
        if not words.startswith("/"):
            if channel.person is None:
                name = self._slack.person(self._slack.bot_user_id).real_name
                self._steps.finish(act.person.id, step_of_message(words, name))
            await self._slack.write(act.person.id, channel.id, words, thread_ts=thread or None)
            return {}
        command, _, text = words.partition(" ")
        told = words_for(act.person)
        if thread:
            return {"said": told.t("play.not_in_threads", command=command)}
        if command == "/invite":
            return await self._invite_to(channel, act.person)
        if command == COMMAND:
            self._steps.finish(act.person.id, step_of_command(text))
        answer = await self._slack.command(act.person.id, channel.id, command, text.strip())
        if answer.error == "invalid_command":
            return {"said": told.t("play.not_a_command", command=command)}
        return _outcome(answer, told.t("play.command_failed", command=command, error=answer.error))

    async def _react(self, act: Act) -> Json:
        """Put an emoji under a message, or take it back."""
        message = self._place(act.person, act.text("place"))
        if not isinstance(message, SlackMessage):
            raise _BadRequestError("place")
        name = act.text("name")
        if not re.fullmatch(r"[a-z0-9_+'-]{1,80}", name):
            raise _BadRequestError("name")
        person = act.person.id
        if person in message.users_of(name):
            await self._slack.unreact(person, message.channel, message.ts, name)
            return {}
        self._steps.finish(person, step_of_reaction(name, self._playground.bot.services.settings.paperboy_emoji))
        await self._slack.react(person, message.channel, message.ts, name)
        return {}

    async def _act(self, act: Act) -> Json:
        """Press a button or choose from a menu."""
        place = self._place(act.person, act.text("place"))
        choice = self._choice(act.person, act.text("kind"), act.fields.get("choice"))
        self._steps.finish(act.person.id, step_of_action(act.text("action")))
        answer = await self._slack.choose(
            act.person.id, place, act.text("action"), choice, block_id=act.text("block") or None
        )
        return _outcome(answer, words_for(act.person).t("play.no_response"))

    async def _submit(self, act: Act) -> Json:
        """Send off a modal."""
        view = self._place(act.person, act.text("place"))
        values = act.fields.get("values")
        if not isinstance(view, View) or not isinstance(values, dict):
            raise _BadRequestError("view")
        chosen = {
            name: self._choice(act.person, str(each.get("kind")), each.get("choice"))
            for name, each in values.items()
            if isinstance(each, dict)
        }
        answer = await self._slack.submit(view, chosen)
        if answer.error == "errors":
            return {"wrong": answer.payload["errors"]}
        return _outcome(answer, words_for(act.person).t("play.no_response"))

    async def _close(self, act: Act) -> Json:
        view = self._place(act.person, act.text("place"))
        if isinstance(view, View):
            await self._slack.close(view)
        return {}

    async def _shortcut(self, act: Act) -> Json:
        """Use a shortcut, on a message or anywhere."""
        place = act.text("place")
        message = self._place(act.person, place) if place else None
        if message is not None and not isinstance(message, SlackMessage):
            raise _BadRequestError("place")
        answer = await self._slack.shortcut(act.person.id, act.text("name"), message=message)
        return _outcome(answer, words_for(act.person).t("play.no_response"))

    async def _invite(self, act: Act) -> Json:
        return await self._invite_to(self._channel(act.person, act.text("in")), act.person)

    async def _invite_to(self, channel: Channel, person: Person) -> Json:
        await self._slack.invite_bot(channel.id, by=person.id)
        return {"said": words_for(person).t("play.added")}

    async def _next_morning(self, act: Act) -> Json:
        words, playground = words_for(act.person), self._playground
        if playground.moving.locked():
            return {}
        if playground.is_over:
            return {"said": words.t("play.over"), "ask": start_over_question(words)}
        await playground.next_morning()
        for person in self._slack.people:
            self._steps.finish(person.id, FirstStep.MORNING)
        self._change_log.wake_windows()
        moment = playground.moment
        weekday = words.listed("dates.weekdays")[moment.weekday()]
        moved = words.t("play.moved", weekday=weekday, time=f"{moment:%H:%M}")
        return {"said": f"{moved} {words.t('play.over')}" if self._playground.is_over else moved}

    async def _close_steps(self, act: Act) -> Json:
        self._steps.close(act.person.id)
        self._change_log.wake_windows()
        return {}

    async def _start_over(self, act: Act) -> Json:
        """Back to the first morning; whoever asks meanwhile waits, and every window is loaded again."""
        if self._starting_over.locked():
            return {}
        async with self._starting_over:
            async with self._playground.moving:
                self._there.clear()
            self._listen_no_more()
            self._show_playground(await self._start_playground_over())
            self._change_log.start_over()
        return {"said": words_for(act.person).t("play.started_over")}

    # What the browser means

    def _window(self, request: web.Request) -> Window:
        person = self._person(request.query.get("as", "") or self._playground.ana.id)
        asked = request.query.get("in") or self._playground.papers.id
        channel = self._channel(person, asked)
        thread = request.query.get("thread", "")
        if thread and self._slack.message(channel.id, thread) is None:
            thread = ""
        at_home = self._slack.app.home_tab and channel.person is not None and request.query.get("tab") == "home"
        return Window(person, channel, thread, "home" if at_home else "messages")

    def _as_now(self, window: Window) -> Window:
        return Window(window.person, self._slack.channel(window.channel.id), window.thread, window.tab)

    def _person(self, person: str) -> Person:
        for each in self._slack.people:
            if each.id == person and not each.is_bot:
                return each
        raise _BadRequestError("as")

    def _channel(self, person: Person, channel: str) -> Channel:
        found = is_open_to(self._slack, person.id, channel)
        if found is None:
            raise _BadRequestError("in")
        return found

    def _place(self, person: Person, named: str) -> SlackMessage | PrivateMessage | View:
        """The message or view called `message:C1:1.2`, `private:1.2` or `view:V1` here, if this person sees it."""
        kind, *where = named.split(":")
        match kind, where:
            case "message", [channel, ts]:
                message = self._slack.message(self._channel(person, channel).id, ts)
                if message:
                    return message
            case "private", [ts]:
                for private in self._slack.ephemerals(person.id):
                    if private.ts == ts:
                        return private
            case "view", [view_id]:
                for view in (*self._slack.modals(person.id), self._slack.home(person.id)):
                    if view is not None and view.id == view_id:
                        return view
        raise MisuseError("what you selected is no longer there")

    def _choice(self, person: Person, kind: str, raw: object) -> object:
        """A choice as the emulator takes it, from what a browser's form holds."""
        if raw in ("", None):
            return None
        if not isinstance(raw, str) and not (isinstance(raw, list) and all(isinstance(each, str) for each in raw)):
            raise _BadRequestError("choice")
        match kind:
            case "datetimepicker":
                with suppress(ValueError):
                    zone = viewer_of(self._slack, person).zone
                    return int(datetime.fromisoformat(str(raw)).replace(tzinfo=zone).timestamp())
                raise _BadRequestError("choice")
            case "rich_text_input":
                text = {"type": "rich_text_section", "elements": [{"type": "text", "text": str(raw)}]}
                return {"type": "rich_text", "elements": [text]}
            case _:
                return raw


def _html(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html")


def _outcome(answer: Answer, failure: str) -> Json:
    return {} if answer.ok else {"said": failure}


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,12}", text):
        raise _BadRequestError("seen")
    return int(text)


@asynccontextmanager
async def open_page(port: int = 0) -> AsyncIterator[tuple[Playground, str]]:
    """A playground and the address its page is served at. Raises `PortInUse` or `PortUnusable`."""
    async with AsyncExitStack() as stack:

        async def start_over() -> Playground:
            await stack.aclose()
            return await stack.enter_async_context(open_playground())

        playground = await start_over()
        application = Page(playground, start_over).application()
        async with open_server(application, "127.0.0.1", port, drain_seconds=0.5) as bound:
            yield playground, f"http://127.0.0.1:{bound}/"


async def serve_playground(port: int, show: Callable[[str], object]) -> None:
    """Serve the page until SIGTERM or SIGINT; `show` is given its address. Raises `PortInUse` or `PortUnusable`."""
    stop = asyncio.Event()
    on_signals(stop.set)
    async with open_page(port) as (_, address):
        show(address)
        await stop.wait()
