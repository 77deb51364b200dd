"""Requests written to disk before they are acknowledged, and done once, by this process or the next one."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import RequestGivenUp, RequestTooOld, TooBusy
from bot.rules.requests import (
    UNASKED,
    Request,
    RequestKind,
    by_channel,
    is_dropped,
    is_given_up,
    is_too_old,
    outlasts_response_url,
)
from handlers.answers import AnswerPath, run_and_report, thread_of
from handlers.asker import Asker, origin_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.messages.message import Message
    from handlers.deps import HandlerDeps

    Work = Callable[[HandlerDeps, Asker, AnswerPath, Request], Awaitable[None]]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Task:
    """A request with who made it, the way to them, how it is done, and whether an ended process left it."""

    request: Request
    asker: Asker
    path: AnswerPath
    work: Work
    is_left_over: bool = False


async def keep_request(
    deps: HandlerDeps, asker: Asker, body: Mapping[str, Any], kind: RequestKind, *, cause: str, value: str
) -> list[Request]:
    """Store a request before it is acknowledged; an empty list where it is being done already.

    Raises `StoreError`.
    """
    request = Request(
        team=asker.team,
        channel=origin_of(body)[2] or "",
        person=asker.user,
        kind=kind,
        cause=cause,
        value=value,
        at=deps.clock.now(),
        thread_ts=thread_of(body),
        response_url=body.get("response_url"),
        view_id=(body.get("view") or {}).get("id"),
    )
    return [request] if await deps.requests.keep(request) else []


async def keep_asked(
    deps: HandlerDeps, asker: Asker, path: AnswerPath, kind: RequestKind, values: Iterable[str]
) -> tuple[Request, ...]:
    """Store what somebody typed as a request for each of the values, but for those that are being done already.

    Raises `StoreError`.
    """
    kept = []
    for value in values:
        request = Request(
            team=asker.team,
            channel=path.channel or "",
            person=asker.user,
            kind=kind,
            cause=f"{path.cause}:{value}",
            value=value,
            at=deps.clock.now(),
            thread_ts=path.thread_ts,
            response_url=path.response_url,
        )
        if await deps.requests.keep(request):
            kept.append(request)
    return tuple(kept)


async def carry_out(deps: HandlerDeps, asker: Asker, path: AnswerPath, requests: Iterable[Request], work: Work) -> None:
    """Do requests one after the other, after their acknowledgement. Raises `TooBusy`, having removed them."""
    tasks = [_Task(request, asker, path, work) for request in requests]
    if not tasks:
        return
    try:
        _start(deps, tasks)
    except TooBusy:
        for task in tasks:
            await deps.requests.end(task.request)
        raise


def begin_if_room(deps: HandlerDeps, asker: Asker, path: AnswerPath, request: Request, work: Work) -> None:
    """Begin a request that nobody is there to be told no to; without room it is taken up later, as one left over."""
    with suppress(TooBusy):
        _start(deps, [_Task(request, asker, path, work)])


async def carry_out_left_over(
    deps: HandlerDeps,
    team: str,
    client: AsyncWebClient,
    works: Mapping[RequestKind, Work],
) -> None:
    """Do the requests that an ended process left, in order for each channel. Raises `StoreError`.

    Without room it is left for another time.
    """
    if not deps.background.of(team).has_room:
        return
    for requests in by_channel(await deps.requests.take_over(team)):
        tasks = []
        for request in requests:
            log.info("finished a request left from before the restart", kind=request.kind, asked_at=request.at)
            language = await deps.workspaces[team].profiles.language(team, request.person, request.channel or None)
            asker = Asker(team, request.person, request.channel or None, language)
            path = path_to(deps, request, client)
            tasks.append(_Task(request, asker, path, works[request.kind], is_left_over=True))
        with suppress(TooBusy):
            _start(deps, tasks)


def _start(deps: HandlerDeps, tasks: list[_Task]) -> None:
    for task in tasks:
        deps.requests.begin(task.request)
    try:
        deps.background.of(tasks[0].request.team).start(_do_each(deps, tasks))
    except TooBusy:
        for task in tasks:
            deps.requests.release(task.request)
        raise


def path_to(deps: HandlerDeps, request: Request, client: AsyncWebClient) -> AnswerPath:
    """The way to answer a request of some time ago: where its author looked then, or directly after too long."""
    respond = deps.respond_to(request.response_url) if request.response_url else no_response_url
    # A message has no response_url, and its thread may be one that only its author's message stands in: nobody sees a
    # private answer there.
    is_late = request.kind in {RequestKind.REPLY, RequestKind.IMPORT} or outlasts_response_url(
        request.at, deps.clock.now()
    )
    path = AnswerPath(respond, client, request.person, request.channel or None, request.thread_ts, is_late=is_late)
    return replace(path, post=_tell_nobody) if request.kind in UNASKED else path


async def _tell_nobody(_: Message) -> None:
    """Keep an answer from everybody: nobody asked."""


async def no_response_url(**_: object) -> Any:
    """Answer at no response_url, as Slack gave none. Raises `ValueError`, as Bolt's own does."""
    raise ValueError("Slack gave no response_url")


async def _do_each(deps: HandlerDeps, tasks: list[_Task]) -> None:
    for task in tasks:
        try:
            await _do(deps, task)
        except Exception:
            log.exception("request delayed", kind=task.request.kind)
        finally:
            deps.requests.release(task.request)


async def _do(deps: HandlerDeps, task: _Task) -> None:
    """Do a request, report its failure to whoever asked, and remove it."""
    request = task.request
    if is_dropped(request):
        log.error("request given up, couldn't tell who asked", kind=request.kind)
        await deps.requests.end(request)
        return
    if task.is_left_over:
        await deps.requests.note_attempt(request)
    path = replace(task.path, write_to=partial(deps.direct_answers(request.team).send, request))

    async def work(known: Asker) -> None:
        if is_too_old(request, deps.clock.now()):
            raise RequestTooOld
        if is_given_up(request):
            log.error("request given up", kind=request.kind, attempts=request.attempts)
            raise RequestGivenUp
        await task.work(deps, known, path, request)

    await run_and_report(deps, task.asker, path, work)
    await deps.requests.end(request)
