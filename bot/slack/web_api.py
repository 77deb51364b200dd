"""Asking Slack's Web API: what its failures mean, and when to ask again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError

from bot.errors import SlackRefused, SlackUnreachable
from bot.slack.recovery import Recovery, recovery_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from slack_sdk.web.async_slack_response import AsyncSlackResponse

    from bot.clock import Clock

log = structlog.get_logger(__name__)

T = TypeVar("T")

LONGEST_BACK_OFF_SECONDS = 30.0
LONGEST_WAIT_SECONDS = 86_400.0
# What is not Slack may ask for less: it knows nothing of Slack's limits.
LONGEST_FOREIGN_WAIT_SECONDS = 600.0
FOREIGN = "an answer that is not Slack's"
_NO_CONNECTION, _NO_ANSWER = "no connection", "no answer"
_CLIENT_ERRORS = 400
_SERVER_ERRORS = 500


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no answer to a request: Slack said no, something else answered in its place, or nothing did.

    `error` is Slack's code, empty where Slack gave none; `reason` says in short what came instead of an answer, and is
    never empty; `details` are Slack's own words on it; `wait` is how many seconds it asked us to stay away.
    """

    error: str
    reason: str
    recovery: Recovery
    details: tuple[str, ...] = ()
    wait: float | None = None

    @property
    def is_foreign(self) -> bool:
        """Whether something in front of Slack answered in its place, or Slack gave no reason at all."""
        return not self.error and self.reason.startswith((FOREIGN, "HTTP "))

    @property
    def is_silence(self) -> bool:
        """Whether nothing answered at all."""
        return not self.error and self.reason.startswith((_NO_CONNECTION, _NO_ANSWER))


# The request never left: no connection to Slack, or none to or through the proxy before it.
_NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError, aiohttp.ConnectionTimeoutError)
# What an answer that says "ok" must bring to be one, as its method is documented (docs.slack.dev, reference/methods).
_BRINGS: Mapping[str, Mapping[str, type]] = {
    "apps.connections.open": {"url": str},
    "apps.manifest.export": {"manifest": dict},
    "auth.test": {"team_id": str, "user_id": str},
    "bots.info": {"bot": dict},
    "chat.delete": {"ts": str},
    "chat.postEphemeral": {"message_ts": str},
    "chat.postMessage": {"channel": str, "ts": str},
    "chat.update": {"channel": str, "ts": str},
    "conversations.history": {"messages": list},
    "conversations.info": {"channel": dict},
    "conversations.members": {"members": list},
    "conversations.open": {"channel": dict},
    "conversations.replies": {"messages": list},
    "reactions.get": {"message": dict},
    "users.conversations": {"channels": list},
    "users.info": {"user": dict},
    "views.open": {"view": dict},
    "views.update": {"view": dict},
}


async def answer_to(method: str, request: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse | Refusal:
    """Slack's answer to one request of `method`, or why there is none. Every answer of the Web API is read here.

    Slack's own word is a JSON object with a boolean `ok`. Anything else comes from something between here and Slack: a
    page of a proxy, an answer that was cut off. It says nothing about what Slack thinks of the request.
    """
    try:
        answer = await request
    except SlackApiError as error:
        return refusal_in(error)
    except _NOT_SENT as error:
        return Refusal("", f"{_NO_CONNECTION}: {str(error) or type(error).__name__}", Recovery.WAIT)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return Refusal("", f"{_NO_ANSWER}: {str(error) or type(error).__name__}", Recovery.LOOK)
    except (AttributeError, ValueError, LookupError, RecursionError):  # what slack_sdk makes of other people's bytes
        return Refusal("", FOREIGN, Recovery.LOOK)
    brings = _BRINGS.get(method, {})
    data: Any = answer.data
    if not isinstance(data, dict) or data.get("ok") is not True:
        return Refusal("", FOREIGN, Recovery.LOOK)
    if lacking := [
        name for name, kind in brings.items() if not (isinstance(data.get(name), kind) and _is_there(data[name]))
    ]:
        return Refusal("", f"an answer without {', '.join(lacking)}", Recovery.LOOK)
    return answer


def _is_there(value: object) -> bool:
    return isinstance(value, list) or bool(value)


def refusal_in(error: SlackApiError) -> Refusal:
    """What was said no with, by Slack or by something in front of it."""
    response: Any = error.response
    # slack_sdk's own response, or aiohttp's where the body was not what its type promised.
    status = response.status if isinstance(response, aiohttp.ClientResponse) else response.status_code
    data = getattr(response, "data", None)
    wait = _seconds(str(response.headers.get("Retry-After", "")))
    if not isinstance(data, dict) or not isinstance(data.get("ok"), bool) or data["ok"]:
        wait = None if wait is None else min(wait, LONGEST_FOREIGN_WAIT_SECONDS)
        return Refusal("", f"{FOREIGN} (HTTP {status})", _recovery_for_foreign(status, response.headers), wait=wait)
    error_code = data.get("error")
    code = error_code if isinstance(error_code, str) else ""
    metadata = data.get("response_metadata")
    told = metadata.get("messages") if isinstance(metadata, dict) else None
    details = tuple(str(message) for message in told) if isinstance(told, list) else ()
    recovery = recovery_for(code, status=status, details=details)
    return Refusal(code, code or f"HTTP {status}", recovery, details, wait)


def _recovery_for_foreign(status: int, headers: Mapping[str, str]) -> Recovery:
    """A page in place of an answer was put there before Slack heard of it, unless a gateway gave up waiting."""
    is_page = "html" in headers.get("Content-Type", "").lower()
    if _CLIENT_ERRORS <= status < _SERVER_ERRORS or (status < _CLIENT_ERRORS and is_page):
        return Recovery.WAIT
    return Recovery.LOOK


def _seconds(asked: str) -> float | None:
    """What `Retry-After` asks for; the date it may also be is not among what Slack sends."""
    return min(float(asked), LONGEST_WAIT_SECONDS) if asked.isascii() and asked.isdigit() else None


class SlackBusy(SlackUnreachable):
    """Slack did not answer `method` now; it is to be asked again after `seconds` at the earliest."""


class SlackUndecided(SlackUnreachable):
    """Slack answered `method` with a code, the `reason`, that does not say that this will always be so."""


async def call(method: str, answer: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
    """Slack's answer to one request.

    Raises `SlackRefused` when asking again will not help; `SlackUnreachable` when it may, and then `SlackBusy` where
    Slack says when (docs.slack.dev, rate-limits: 429 with `Retry-After` in seconds).
    """
    said = await answer_to(method, answer)
    if isinstance(said, Refusal):
        raise _meaning(method, said)
    return said


async def call_with_retry(
    attempt: Callable[[], Awaitable[T]],
    clock: Clock,
    *,
    give_up_after: float | None = None,
    undecided_after: float | None = None,
) -> T:
    """What `attempt` brings once Slack can be reached, tried ever more slowly.

    Lets `SlackRefused` through at once, `SlackUnreachable` when `give_up_after` seconds have passed, and
    `SlackUndecided` already after `undecided_after`.
    """
    began, seconds = clock.monotonic(), 0.0
    while True:
        try:
            return await attempt()
        except SlackUnreachable as error:
            seconds = min(max(2 * seconds, 1.0), LONGEST_BACK_OFF_SECONDS)
            wait = max(seconds, float(str(error.values.get("seconds", 0))))
            limits = [give_up_after, undecided_after if isinstance(error, SlackUndecided) else None]
            if any(each is not None and clock.monotonic() - began + wait > each for each in limits):
                raise
            log.warning("Slack cannot be reached; trying again", **{**error.values, "seconds": wait})
        await clock.sleep(wait)


def _meaning(method: str, refusal: Refusal) -> SlackRefused | SlackUnreachable:
    if refusal.recovery.is_final:
        return SlackRefused(method=method, error=refusal.error)
    if refusal.wait is not None:
        return SlackBusy(method=method, reason=refusal.reason, seconds=int(refusal.wait))
    kind = SlackUndecided if refusal.error else SlackUnreachable
    return kind(method=method, reason=refusal.reason)
