"""Asking Slack's Web API: what its failures mean, and when to ask again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError

from bot.errors import SlackRefused, SlackUnreachable
from bot.refusals import Remedy, remedy_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_sdk.web.async_slack_response import AsyncSlackResponse

    from bot.clock import Clock

log = structlog.get_logger(__name__)

T = TypeVar("T")

LONGEST_BACK_OFF_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer of Slack's that is not "ok", or something in front of Slack that answered instead.

    `error` is Slack's code, empty where there is none; `details` are its own words on it; `wait` is how many seconds it
    asked us to stay away.
    """

    error: str
    status: int
    details: tuple[str, ...] = ()
    wait: float | None = None

    @property
    def remedy(self) -> Remedy:
        """What to do about it."""
        return remedy_for(self.error, status=self.status, details=self.details)


def refusal_in(error: SlackApiError) -> Refusal:
    """What Slack said no with."""
    response: Any = error.response
    # slack_sdk's own response, or aiohttp's where the body was not what its type promised.
    data = getattr(response, "data", None)
    body = data if isinstance(data, dict) else {}
    metadata = body.get("response_metadata") or {}
    asked = str(response.headers.get("Retry-After", ""))
    return Refusal(
        error=str(body.get("error") or ""),
        status=response.status if isinstance(response, aiohttp.ClientResponse) else response.status_code,
        details=tuple(str(message) for message in metadata.get("messages") or ()),
        wait=float(asked) if asked.isdigit() else None,
    )


class SlackBusy(SlackUnreachable):
    """Slack did not answer `method` now; it is to be asked again after `seconds` at the earliest."""


async def ask(method: str, answer: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
    """Slack's answer to one request.

    Raises `SlackRefused` when asking again will not help; `SlackUnreachable` when it may, and then `SlackBusy` where
    Slack says when (docs.slack.dev, rate-limits: 429 with `Retry-After` in seconds).
    """
    try:
        return await answer
    except SlackApiError as error:
        raise _meaning(method, refusal_in(error)) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise SlackUnreachable(method=method, reason=str(error) or type(error).__name__) from error


async def ask_until_answered(
    attempt: Callable[[], Awaitable[T]], clock: Clock, *, give_up_after: float | None = None
) -> T:
    """What `attempt` brings once Slack can be reached, tried ever more slowly.

    Lets `SlackRefused` through at once, and `SlackUnreachable` when `give_up_after` seconds have passed.
    """
    began, seconds = clock.monotonic(), 0.0
    while True:
        try:
            return await attempt()
        except SlackUnreachable as error:
            seconds = min(max(2 * seconds, 1.0), LONGEST_BACK_OFF_SECONDS)
            wait = max(seconds, float(str(error.values.get("seconds", 0))))
            if give_up_after is not None and clock.monotonic() - began + wait > give_up_after:
                raise
            log.warning("Slack cannot be reached; trying again", **{**error.values, "seconds": wait})
        await clock.sleep(wait)


def _meaning(method: str, refusal: Refusal) -> SlackRefused | SlackUnreachable:
    reason = refusal.error or f"HTTP {refusal.status}"
    if refusal.error and refusal.remedy not in {Remedy.WAIT, Remedy.LOOK}:
        return SlackRefused(method=method, error=refusal.error)
    if refusal.wait is not None and refusal.remedy is not Remedy.NONE:
        return SlackBusy(method=method, reason=reason, seconds=int(refusal.wait))
    return SlackUnreachable(method=method, reason=reason)
