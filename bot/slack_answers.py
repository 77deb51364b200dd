"""Asking Slack's Web API: what its failures mean, and when to ask again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError

from bot.errors import SlackRefused, SlackUnreachable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_sdk.web.async_slack_response import AsyncSlackResponse

    from bot.clock import Clock

log = structlog.get_logger(__name__)

T = TypeVar("T")

LONGEST_BACK_OFF_SECONDS = 30.0

# Errors that tell of Slack's state, not of ours (docs.slack.dev, common errors of every method).
_PASSING = frozenset(
    {
        "fatal_error",
        "internal_error",
        "rate_limited",
        "ratelimited",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
    }
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
        raise _meaning(method, error.response) from error
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


def _meaning(method: str, response: Any) -> SlackRefused | SlackUnreachable:
    """The response is slack_sdk's, or aiohttp's own where the body was not what its type promised."""
    data = getattr(response, "data", None)
    name = str(data.get("error") or "") if isinstance(data, dict) else ""
    status: int = response.status if isinstance(response, aiohttp.ClientResponse) else response.status_code
    asked = str(response.headers.get("Retry-After", ""))
    if asked.isdigit() and (status == 429 or name in _PASSING):
        return SlackBusy(method=method, reason=name or f"HTTP {status}", seconds=int(asked))
    if not name or status >= 500 or status == 429 or name in _PASSING:
        return SlackUnreachable(method=method, reason=name or f"HTTP {status}")
    return SlackRefused(method=method, error=name)
