"""The Web API: the table of methods, and who may call which."""

import base64
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, Literal, TypeVar

from .documented import check_arguments
from .errors import RefusalError
from .events import Events
from .faults import Faults
from .files import Files
from .grants import Grants
from .installation import InstalledApp
from .oauth import OAuth
from .posting import Poster, decode, truth
from .socket_mode import SocketMode
from .tokens import Tokens
from .values import Call, Json
from .views import Views
from .workspace import WorkspaceState

T = TypeVar("T")
_MINUTE = 60.0

Token = Literal["bot", "app", "none", "config"]


class Arguments:
    """A request's arguments, whether they came as a form, a query or JSON."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.fields = fields

    def required(self, name: str) -> str:
        """A text that must be there; RefusalError invalid_arguments."""
        value = self.fields.get(name)
        if value in (None, ""):
            problem = f"[ERROR] missing required field: {name}"
            raise RefusalError("invalid_arguments", messages=[problem])
        return str(value)

    def text(self, name: str) -> str | None:
        """A text, or None when it is not there or empty."""
        value = self.fields.get(name)
        return None if value in (None, "") else str(value)

    def flag(self, name: str) -> bool:
        """A yes or no; no when it is not there."""
        return truth(self.fields.get(name))

    def number(self, name: str, default: int) -> int:
        """A whole number; RefusalError invalid_arguments."""
        try:
            return int(self.fields.get(name) or default)
        except (TypeError, ValueError):
            problem = f"[ERROR] must provide a number [json-pointer:/{name}]"
            raise RefusalError("invalid_arguments", messages=[problem]) from None

    def structure(self, name: str, error: str = "invalid_arguments") -> Any:
        """JSON, be it sent as such or as text; RefusalError `error`."""
        return decode(self.fields.get(name), error)


class RateLimit:
    """One message a second and channel, with short bursts, and a limit a minute in all (docs.slack.dev, rate-limits).

    `monotonic` counts seconds. How long a burst Slack tolerates is not documented; here it is `burst` messages. Of the
    whole workspace it says "several hundred messages per minute"; here it is `per_minute` within any sixty seconds.
    """

    def __init__(self, monotonic: Callable[[], float], per_minute: int, burst: int = 4) -> None:
        self._monotonic = monotonic
        self._burst = burst
        self._free_at: dict[str, float] = {}
        self._posted: deque[float] = deque()
        self._per_minute = per_minute

    def take(self, channel: str) -> None:
        """Let one message through; RefusalError ratelimited (429, Retry-After) when it is one too many."""
        now = self._monotonic()
        free_at = max(self._free_at.get(channel, 0.0), now)
        wait = free_at - now - (self._burst - 1)
        while self._posted and self._posted[0] <= now - _MINUTE:
            self._posted.popleft()
        if len(self._posted) >= self._per_minute:
            wait = max(wait, self._posted[0] + _MINUTE - now)
        if wait > 0:
            raise RefusalError("ratelimited", status=429, headers={"Retry-After": str(ceil(wait))})
        self._free_at[channel] = free_at + 1
        self._posted.append(now)


@dataclass(frozen=True, slots=True)
class ApiContext:
    """Everything a method works on; `token` is the one it is called with."""

    workspace: WorkspaceState
    events: Events
    poster: Poster
    views: Views
    files: Files
    grants: Grants
    sockets: SocketMode
    socket_base: str
    rate_limit: RateLimit | None
    unknown_arguments: list[tuple[str, str]]
    tokens: Tokens
    oauth: OAuth
    faults: Faults
    calls: list[Call]
    token: str | None = None

    @property
    def app(self) -> InstalledApp:
        """The app that is calling."""
        return self.workspace.app

    def knows(self, name: str) -> bool:
        """Whether something of this workspace is named so: a channel, a person, a trigger, or a view."""
        places = (self.workspace.channels, self.workspace.people)
        return any(name in place for place in places) or self.grants.knows(name) or self.views.knows(name)


Run = Callable[[ApiContext, Arguments], Json]


@dataclass(frozen=True, slots=True)
class Method:
    """A Web API method. Any one of `scopes` is enough to call it."""

    name: str
    scopes: tuple[str, ...]
    token: Token
    run: Run


class Methods:
    """A table of methods. Called as a decorator it enters a function under its name, scopes and kind of token."""

    def __init__(self, *parts: "Methods") -> None:
        self._methods: dict[str, Method] = {}
        for part in parts:
            self._methods |= part._methods

    def __call__(self, name: str, *scopes: str, token: Token = "bot") -> Callable[[Run], Run]:
        """Enter the decorated function."""

        def enter(run: Run) -> Run:
            self._methods[name] = Method(name, scopes, token, run)
            return run

        return enter

    @property
    def names(self) -> tuple[str, ...]:
        """Every method there is."""
        return tuple(self._methods)

    def scopes(self, name: str) -> tuple[str, ...]:
        """The scopes any one of which a method needs; none for one unknown."""
        found = self._methods.get(name)
        return found.scopes if found else ()

    @property
    def all_scopes(self) -> frozenset[str]:
        """Every scope that opens some method to a bot token."""
        return frozenset(scope for each in self._methods.values() if each.token == "bot" for scope in each.scopes)

    def answer(self, context: ApiContext, name: str, token: str | None, fields: Mapping[str, Any]) -> Json:
        """Do what a request asks. Raises RefusalError: Slack's answer when it does not."""
        found = self._methods.get(name)
        if found is None:
            raise RefusalError("unknown_method", more={"req_method": name})
        if found.token != "none":
            context.tokens.check(token, found.token)
        if found.scopes and found.token == "bot":
            require_scope(context, *found.scopes)
        # Slack passes over what it does not know; whoever sends it meant something by it.
        context.unknown_arguments.extend((name, each) for each in sorted(check_arguments(name, fields)))
        return {"ok": True, **found.run(replace(context, token=token), Arguments(fields))}


def require_scope(context: ApiContext, *scopes: str) -> None:
    """RefusalError missing_scope, with needed and provided, when none of the scopes was granted."""
    if not context.app.has_any(*scopes):
        granted = ",".join(sorted(context.app.scopes))
        raise RefusalError("missing_scope", more={"needed": ",".join(scopes), "provided": granted})


def page(items: Sequence[T], key: Callable[[T], str], arguments: Arguments, *, limit: int) -> tuple[list[T], Json]:
    """The items a cursor leads to, and the `response_metadata` that leads on."""
    size = min(max(arguments.number("limit", limit), 1), 999)
    start = 0
    if cursor := arguments.text("cursor"):
        keys = [key(item) for item in items]
        try:
            start = keys.index(base64.b64decode(cursor, validate=True).decode()) + 1
        except ValueError:
            raise RefusalError("invalid_cursor") from None
    found = list(items[start : start + size])
    more = start + size < len(items)
    following = base64.b64encode(key(found[-1]).encode()).decode() if more else ""
    return found, {"next_cursor": following}
