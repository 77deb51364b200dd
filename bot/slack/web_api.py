"""Calls to Slack's Web API: what a failure means, and when to call again."""

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
# A gateway's Retry-After counts for less: it knows nothing of Slack's limits.
LONGEST_FOREIGN_WAIT_SECONDS = 600.0
FOREIGN = "an answer that is not Slack's"
_NO_CONNECTION, _NO_ANSWER = "no connection", "no answer"
_CLIENT_ERRORS = 400
_SERVER_ERRORS = 500


@dataclass(frozen=True, slots=True)
class Refusal:
    """The reason why a call has no result: Slack refused it, something else responded, or nothing did.

    `error` is Slack's error code, empty where Slack gave none. `reason` says in short what came instead of a result and
    is never empty. `details` are Slack's own messages about it. `wait` is how many seconds Slack asked us to wait.
    """

    error: str
    reason: str
    recovery: Recovery
    details: tuple[str, ...] = ()
    wait: float | None = None

    @property
    def is_foreign(self) -> bool:
        """Whether a proxy or gateway responded in Slack's place, or Slack gave no error code."""
        return not self.error and self.reason.startswith((FOREIGN, "HTTP "))

    @property
    def is_silence(self) -> bool:
        """Whether nothing responded at all."""
        return not self.error and self.reason.startswith((_NO_CONNECTION, _NO_ANSWER))


# The request never left: no connection to Slack, or none to or through the proxy before it.
_NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError, aiohttp.ConnectionTimeoutError)
# The fields a response with `"ok": true` must have, as each method is documented (docs.slack.dev, reference/methods).
_REQUIRED_FIELDS: Mapping[str, Mapping[str, type]] = {
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
    "views.publish": {"view": dict},
    "views.push": {"view": dict},
    "views.update": {"view": dict},
}


async def answer_to(method: str, request: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse | Refusal:
    """Slack's response to one request of `method`, or why there is none. Every response of the Web API is read here.

    A response of Slack's is a JSON object with a boolean `ok`. Anything else comes from something between us and Slack,
    such as a proxy's page or a cut response, and says nothing about what Slack did with the request.
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
    brings = _REQUIRED_FIELDS.get(method, {})
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
    """The refusal in a failed response, whether Slack or something in front of it sent it."""
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
    messages = metadata.get("messages") if isinstance(metadata, dict) else None
    details = tuple(str(message) for message in messages) if isinstance(messages, list) else ()
    recovery = recovery_for(code, status=status, details=details)
    return Refusal(code, code or f"HTTP {status}", recovery, details, wait)


def _recovery_for_foreign(status: int, headers: Mapping[str, str]) -> Recovery:
    """A page in place of a response means that Slack never saw the request, unless a gateway gave up waiting."""
    is_page = "html" in headers.get("Content-Type", "").lower()
    if _CLIENT_ERRORS <= status < _SERVER_ERRORS or (status < _CLIENT_ERRORS and is_page):
        return Recovery.WAIT
    return Recovery.LOOK


def _seconds(asked: str) -> float | None:
    """The seconds in `Retry-After`; Slack never sends the date that RFC 9110 also allows."""
    return min(float(asked), LONGEST_WAIT_SECONDS) if asked.isascii() and asked.isdigit() else None


class SlackBusy(SlackUnreachable):
    """Slack did not serve `method` now; call it again after `seconds` at the earliest."""


class SlackUndecided(SlackUnreachable):
    """Slack refused `method` with a code, the `reason`, that may pass."""


async def call(method: str, request: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
    """Slack's response to one request.

    Raises `SlackRefused` when calling again will not help; `SlackUnreachable` when it may, and then `SlackBusy` where
    Slack says when (docs.slack.dev, rate-limits: 429 with `Retry-After` in seconds).
    """
    answer = await answer_to(method, request)
    if isinstance(answer, Refusal):
        raise error_for(method, answer)
    return answer


async def call_with_retry(
    attempt: Callable[[], Awaitable[T]],
    clock: Clock,
    *,
    give_up_after: float | None = None,
    undecided_after: float | None = None,
) -> T:
    """The result of `attempt` once Slack can be reached, with growing waits between tries.

    Raises `SlackRefused` at once, `SlackUnreachable` when `give_up_after` seconds have passed, and `SlackUndecided`
    already after `undecided_after` seconds.
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
            log.warning("couldn't reach Slack, trying again", **{**error.values, "seconds": wait})
        await clock.sleep(wait)


def error_for(method: str, refusal: Refusal) -> SlackRefused | SlackUnreachable:
    """The error to raise where a call has no result."""
    if refusal.recovery.is_final:
        return SlackRefused(method=method, error=refusal.error)
    if refusal.wait is not None:
        return SlackBusy(method=method, reason=refusal.reason, seconds=int(refusal.wait))
    kind = SlackUndecided if refusal.error else SlackUnreachable
    return kind(method=method, reason=refusal.reason)
