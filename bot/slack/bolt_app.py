"""The Bolt app without Bolt's own defaults.

Bolt answers some requests by itself, with 200 and so for good, before any listener sees them: when it cannot look up
its token, when an event is the bot's own doing, when Slack checks a certificate. Each of these is switched off or
decided here, so that a request is acknowledged because it was handled and for no other reason.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import structlog
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import OtherWorkspace, PaperboyError, TooSlow
from bot.settings import environment_hidden
from bot.slack.installation import address_to, concerned, meant_for
from bot.slack.payload_shapes import misfit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from slack_bolt.context.async_context import AsyncBoltContext
    from slack_bolt.request.async_request import AsyncBoltRequest

    from bot.clock import Clock
    from bot.slack.installation import Installation
    from bot.web.metrics import Metrics

log = structlog.get_logger(__name__)

# People are waiting: Slack shows them an error after three seconds (docs.slack.dev, handling user interaction).
ANSWER_SECONDS = 2.2
_FAILURE = "failure"
_JSON = {"content-type": "application/json"}


class BoltApp(AsyncApp):
    """A Bolt app of all its `installations`, asked for at each request, which are known by their workspace.

    A person gets an answer, if only that it takes too long, within `answer_seconds`; an event may take longer, as Slack
    sends it again. `find` is given what is not clearly meant for one of them, to find more. `client` is the client of
    listeners, after `prepare` was given their context. An event of which `is_outdated` says so, given its workspace and
    itself, is acknowledged, and comes to no listener. `is_there` tells whether a workspace's Paperboy is where an event
    happened.
    """

    def __init__(
        self,
        installations: Callable[[], Mapping[str, Installation]],
        client: AsyncWebClient,
        metrics: Metrics,
        clock: Clock,
        *,
        prepare: Callable[[AsyncBoltContext], None],
        find: Callable[[Mapping[str, Any]], Awaitable[None]] | None = None,
        is_outdated: Callable[[str, Mapping[str, Any]], Awaitable[bool]],
        is_there: Callable[[str, Mapping[str, Any]], Awaitable[bool]],
        answer_seconds: float | None = None,
    ) -> None:
        async def authorize(team_id: str | None) -> AuthorizeResult:
            """Known already; asking Slack would make every request depend on Slack's health.

            A request for another workspace is answered without a token.
            """
            installation = installations().get(team_id or "")
            if installation is None:
                return AuthorizeResult(enterprise_id=None, team_id=team_id)
            return AuthorizeResult(
                enterprise_id=installation.enterprise,
                team_id=installation.team,
                bot_user_id=installation.bot_user,
                bot_id=installation.bot,
                bot_token=installation.token,
            )

        # Bolt takes tokens and OAuth settings from there, whatever it is given.
        with environment_hidden("SLACK_"):
            super().__init__(
                # Without one, Bolt reads the source of everything on the stack to name itself after a file.
                name="paperboy",
                # Without a token of its own, or Bolt would warn that it does not use it.
                client=AsyncWebClient(
                    base_url=client.base_url,
                    timeout=client.timeout,
                    session=client.session,
                    retry_handlers=[],
                ),
                authorize=authorize,
                process_before_response=True,
                # What no listener is for comes to the error handler, instead of a 404 and a page of advice in the log.
                raise_error_for_unhandled_request=True,
                # Signatures are checked before Bolt sees a request; over Socket Mode there are none.
                request_verification_enabled=False,
                # Decided below.
                ssl_check_enabled=False,
                url_verification_enabled=False,
                # Listeners know whose doing something was.
                ignoring_self_events_enabled=False,
                # Would speak with a token that a payload brings.
                attaching_function_token_enabled=False,
            )
        self._installations = installations
        self._metrics = metrics
        self._clock = clock
        self._is_outdated = is_outdated
        self._is_there = is_there
        self._find = find
        self._answer_seconds = ANSWER_SECONDS if answer_seconds is None else answer_seconds

        # One for both, as Bolt makes all that any function may ask for before each it calls.
        async def let_through(context: AsyncBoltContext, next: Callable[[], Awaitable[None]]) -> None:  # noqa: A002 - Bolt's
            if error := context.get(_FAILURE):
                raise error
            prepare(context)
            await next()

        self.middleware(let_through)

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Deal with one request, over whichever transport it came."""
        began = self._clock.monotonic()
        response = await self._answer(req)
        self._metrics.answered(_kind(req.body), response.status, self._clock.monotonic() - began)
        return response

    async def _answer(self, req: AsyncBoltRequest) -> BoltResponse:
        request_type = req.body.get("type")
        if request_type == "url_verification":
            # docs.slack.dev, reference/events/url_verification
            return BoltResponse(
                status=200, body=json.dumps({"challenge": req.body.get("challenge")}), headers={**_JSON}
            )
        if request_type == "app_rate_limited":
            # docs.slack.dev, reference/events/app_rate_limited: the events of that minute will never come.
            log.warning("Slack held back events: too many")
            return BoltResponse(status=200)
        if (place := misfit(req.body)) is not None:
            log.warning("rejected a signed request with an unknown shape", kind=_kind(req.body), at=place)
            return BoltResponse(status=400, headers={"x-slack-no-retry": "1"})
        try:
            installation = await self._installation_for(req.body)
            if installation and _kind(req.body) == "event":
                installation = await self._concerned(installation, req.body)
        except (PaperboyError, TimeoutError) as error:
            return await self._fail(req, TooSlow() if isinstance(error, TimeoutError) else error)
        if installation is None:
            return await self._reject(req)
        address_to(installation, req.body)
        req.context["team_id"] = installation.team
        if _kind(req.body) == "event":
            try:
                if await self._is_outdated(installation.team, req.body["event"]):
                    log.info("an event from before its person's data was erased")
                    return BoltResponse(status=200)
            except PaperboyError as error:
                return await self._fail(req, error)
            return await super().async_dispatch(req)
        try:
            async with asyncio.timeout(self._answer_seconds):
                return await super().async_dispatch(req)
        except TimeoutError:
            return await self._fail(req, TooSlow())

    async def _installation_for(self, body: Mapping[str, Any]) -> Installation | None:
        """Raises `StoreError`, or `TimeoutError` where it takes too long."""
        if self._find is None:
            return meant_for(self._installations(), body)
        if installation := meant_for(self._installations(), body, only_named=True):
            return installation
        async with asyncio.timeout(self._answer_seconds):
            await self._find(body)
        return meant_for(self._installations(), body, only_named=True)

    async def _concerned(self, told: Installation, body: Mapping[str, Any]) -> Installation:
        """Raises `StoreError`."""
        for each in concerned(told, self._installations(), body):
            if each.team == told.team or await self._is_there(each.team, body["event"]):
                return each
        return told

    async def _reject(self, req: AsyncBoltRequest) -> BoltResponse:
        """Acknowledge an event of another workspace, so that Slack does not send it again; tell a person why not."""
        log.info("rejected a request for another workspace", kind=_kind(req.body))
        if _kind(req.body) == "event":
            return BoltResponse(status=200)
        return await self._fail(req, OtherWorkspace())

    async def _fail(self, req: AsyncBoltRequest, error: Exception) -> BoltResponse:
        """The response to a request whose listener fails with this error."""
        req.context[_FAILURE] = error
        return await super().async_dispatch(req)


def _kind(body: Mapping[str, Any]) -> str:
    if "command" in body:
        return "command"
    return "event" if "event" in body else "interaction"
