"""The emulator's HTTP server: one loopback port for the Web API, Socket Mode, and response_urls."""

import asyncio
import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import format_datetime
from typing import Any, Protocol

from aiohttp import BodyPartReader, web

from . import agent_methods, chat_methods, directory_methods, file_methods, oauth_methods
from .changes import Changes, WorkspaceChange
from .errors import RefusalError
from .faults import Fault
from .oauth_pages import OAuthPages
from .socket_mode import SocketMode
from .values import Call, Json
from .web_api import ApiContext, Methods

METHODS = Methods(
    chat_methods.method, directory_methods.method, agent_methods.method, file_methods.method, oauth_methods.method
)
RESPONSE_URL = "response_url"
"""The name of a request to a response_url among methods."""
UPLOAD_URL, FILE_URL = "upload_url", "url_private"
"""The names of requests that send a file's bytes and that fetch them."""
STRUCTURES = ("blocks", "attachments", "metadata", "view", "unfurls", "prompts", "files")
BODY_LIMIT = 16 * 1024 * 1024


Work = Callable[[Json, str | None], Json]


class Directory(Protocol):
    """Finds the workspace of a request: by its token, which may be an organization's, or by the ID in its path."""

    def of_token(self, value: str | None, arguments: Mapping[str, Any]) -> ApiContext:
        """The workspace that a request with this token and these arguments means."""

    def of_team(self, team: str) -> ApiContext:
        """The workspace with this ID."""


class Server:
    """Listens on 127.0.0.1 and nowhere else. Each request is noted in its workspace's `calls`."""

    def __init__(
        self, directory: Directory, changes: Changes, monotonic: Callable[[], float], pages: OAuthPages
    ) -> None:
        self._directory = directory
        self._pages = pages
        self._changes = changes
        self._monotonic = monotonic
        self._runner: web.AppRunner | None = None
        self._closing = asyncio.Event()
        self.base = ""

    async def start(self, port: int) -> None:
        """Listen on this port; 0 takes a free one."""
        app = web.Application(client_max_size=BODY_LIMIT)
        app.router.add_route("*", "/api/{method}", self._call)
        app.router.add_get("/link", self._link)
        app.router.add_post("/responses/{team}/{grant:.+}", self._respond)
        app.router.add_post("/upload/v1/{team}/{upload}", self._upload)
        app.router.add_get("/files-pri/{place}/{name:.+}", self._fetch)
        app.router.add_get("/signin", _sign_in)
        self._pages.add_to(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self, sockets: SocketMode) -> None:
        """Stop listening and end every connection."""
        self._closing.set()
        await sockets.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _call(self, request: web.Request) -> web.StreamResponse:
        name, fields = request.match_info["method"], _client(request) | await _fields(request)
        token = _token(request, fields)
        at = self._directory.of_token(token, fields)

        def work(fields: Json, token: str | None) -> Json:
            return METHODS.answer(at, name, token, fields)

        return await self._handle(request, at, name, work, fields, token)

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        at, fields = self._directory.of_team(request.match_info["team"]), await _fields(request)

        def work(fields: Json, _: str | None) -> Json:
            grant = at.grants.take_response(request.match_info["grant"])
            try:
                at.poster.respond(grant, fields, "response_url")
            except RefusalError as refusal:
                refusal.status = 400
                raise
            return {"ok": True}

        done = web.Response(text="ok")
        return await self._handle(request, at, RESPONSE_URL, work, fields, _token(request, fields), done=done)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        at, content = self._directory.of_team(request.match_info["team"]), await _uploaded(request)

        def work(_: Json, __: str | None) -> Json:
            at.files.receive(request.match_info["upload"], content)
            return {"ok": True}

        fields, done = {"size": len(content)}, web.Response(text=f"OK - {len(content)}")
        return await self._handle(request, at, UPLOAD_URL, work, fields, _token(request, {}), done=done)

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        place, done = request.match_info["place"], web.Response(content_type="text/plain")
        token = _token(request, {})
        at = self._directory.of_team(place.partition("-")[0])

        def work(_: Json, token: str | None) -> Json:
            here = self._directory.of_token(token, {"team_id": at.app.team_id}).app is at.app
            if not here or not at.tokens.is_good(token) or not at.app.has_any("files:read"):
                raise RefusalError("not_authed", status=302, headers={"Location": f"{self.base}/signin"})
            done.body = at.files.fetch(place).content
            return {"ok": True}

        return await self._handle(request, at, FILE_URL, work, {"url": str(request.url)}, token, done=done)

    async def _link(self, request: web.Request) -> web.StreamResponse:
        return await self._directory.of_team("").sockets.serve(request)

    async def _handle(
        self,
        request: web.Request,
        context: ApiContext,
        name: str,
        work: Work,
        fields: Json,
        token: str | None,
        *,
        done: web.Response | None = None,
    ) -> web.StreamResponse:
        """Do what a request asks in its workspace. One that is no method's is answered by `done`."""

        def note(status: int | None, answer: Json | None) -> None:
            arguments = {field: _readable(field, value) for field, value in fields.items() if field != "token"}
            received = context.workspace.now()
            context.calls.append(Call(name, arguments, token, received, self._monotonic(), status, answer))
            self._changes.announce(WorkspaceChange("call"))

        lost = await context.faults.run_before(name)
        fault = context.faults.take_fault(name)
        if lost or (fault is not None and fault.then == "drop" and not fault.accepted):
            note(None, None)
            return _drop(request)
        if fault is not None and not fault.accepted:
            note(fault.status, fault.body or {})
            return _faulty_answer(fault, _date(context))
        refusal: RefusalError | None = None
        try:
            answer = work(fields, token)
        except RefusalError as refused:
            refusal, answer = refused, refused.answer()
        status = refusal.status if refusal else 200
        note(status if fault is None else None, answer)
        await context.faults.run_after(name)
        if fault is not None:
            if fault.then == "hang":
                await self._closing.wait()
            return _faulty_answer(fault, _date(context)) if fault.then == "answer" else _drop(request)
        if done is not None and refusal is None:
            return done
        headers = {
            "X-OAuth-Scopes": ",".join(sorted(context.app.scopes)),
            "X-Accepted-OAuth-Scopes": ",".join(METHODS.scopes(name)),
            **_date(context),
            **(refusal.headers if refusal else {}),
        }
        return web.json_response(answer, status=status, headers=headers)


async def _sign_in(_: web.Request) -> web.StreamResponse:
    return web.Response(text="<!DOCTYPE html><title>Sign in | Slack</title>", content_type="text/html")


async def _fields(request: web.Request) -> Json:
    if request.content_type == "application/json":
        try:
            parsed: Any = json.loads(await request.text())
        except ValueError:
            return {}
        return parsed if isinstance(parsed, dict) else {}
    posted = await request.post() if request.method == "POST" else {}
    return {**request.query, **{name: value for name, value in posted.items() if isinstance(value, str)}}


async def _uploaded(request: web.Request) -> bytes:
    """The bytes of a file, sent as they are or in a form (docs.slack.dev, files.getUploadURLExternal)."""
    if request.content_type != "multipart/form-data":
        return await request.read()
    parts = [bytes(await part.read()) async for part in await request.multipart() if isinstance(part, BodyPartReader)]
    return b"".join(parts)


def _client(request: web.Request) -> Json:
    """The app's ID and secret, where it names them as HTTP does (docs.slack.dev, oauth.v2.access)."""
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Basic":
        return {}
    try:
        client_id, _, client_secret = base64.b64decode(sent, validate=True).decode().partition(":")
    except ValueError:
        return {}
    return {"client_id": client_id, "client_secret": client_secret}


def _token(request: web.Request, fields: Json) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Bearer" and token:
        return token
    sent = fields.get("token")
    return str(sent) if sent else None


def _readable(field: str, value: Any) -> Any:
    if field in STRUCTURES and isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _date(context: ApiContext) -> dict[str, str]:
    return {"Date": format_datetime(context.workspace.now().astimezone(UTC), usegmt=True)}


def _faulty_answer(fault: Fault, date: dict[str, str]) -> web.Response:
    if fault.raw is not None:
        return web.Response(status=fault.status, headers={**date, **fault.headers}, body=fault.raw)
    headers = date | ({} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)})
    if fault.body is None:
        return web.Response(status=fault.status, headers=headers, text="upstream connect error")
    return web.json_response(fault.body, status=fault.status, headers=headers)


def _drop(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
