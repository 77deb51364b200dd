"""The site: a server, the connections and tokens of an app, and which workspace a request means."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any

from .changes import Changes
from .http_delivery import HttpDelivery
from .installation import InstalledApp
from .oauth import OAuth, Tenant
from .oauth_pages import OAuthPages
from .server import Server
from .socket_mode import SocketMode
from .tokens import Token, Tokens
from .transport import Transport
from .web_api import ApiContext

_NAMING = ("channel", "channel_id", "user", "user_id", "users", "trigger_id", "view_id", "bot")
"""The arguments that name something of one workspace."""


class Site:
    """A Slack at one address for one app, whose workspaces `join` it.

    Requests of none of them, such as one with a token that nobody has, are those of `outside`; without it, of the
    first. The other parameters are as in `SlackEmulator`.
    """

    def __init__(
        self,
        app: InstalledApp,
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        ping_every: float,
        ack_timeout: float,
        retry_delays: Sequence[float],
        sleep: Callable[[float], Awaitable[object]],
        in_flight: int,
    ) -> None:
        self.now = now
        self.monotonic = monotonic
        self.changes = Changes()
        self.tokens = Tokens(now)
        self.tokens.add(app.app_token, Token("app", app.app_id))
        self.tokens.add(app.config_token, Token("config", app.app_id))
        self.sockets = SocketMode(app.app_id, self.changes, ping_every)
        self.transport = Transport(
            self.sockets,
            HttpDelivery(app),
            self.changes,
            app.socket_mode,
            ack_timeout=ack_timeout,
            retry_delays=tuple(retry_delays),
            sleep=sleep,
            in_flight=in_flight,
        )
        self.oauth = OAuth(app, self.tokens, now, self._tenants)
        pages = OAuthPages(self.oauth, app.name, app.optional_scopes)
        self.server = Server(self, self.changes, monotonic, pages)
        self.event_numbers = count(1)
        self.outside: Callable[[], ApiContext] | None = None
        self._workspaces: dict[str, Callable[[], ApiContext]] = {}

    def join(self, team: str, context: Callable[[], ApiContext]) -> None:
        """Let a workspace be found here; `context` is called for each of its requests."""
        self._workspaces[team] = context

    def of_team(self, team: str) -> ApiContext:
        """The workspace with this ID; that of no workspace where there is none."""
        found = self._workspaces.get(team, self.outside) or next(iter(self._workspaces.values()))
        return found()

    def of_token(self, value: str | None, arguments: Mapping[str, Any]) -> ApiContext:
        """The workspace that a request with this token means.

        A token of a whole organization is good in each of its workspaces: in the one that `team_id` names, or in the
        first that has what the other arguments name (docs.slack.dev, apps for organizations).
        """
        token = self.tokens.find(value)
        if token is None or token.owner in self._workspaces:
            return self.of_team(token.owner if token else "")
        of_organization = [each for each in map(self.of_team, self._workspaces) if each.app.organization == token.owner]
        named = [arguments[name] for name in _NAMING if arguments.get(name)]
        for each in of_organization:
            if each.app.team_id == arguments.get("team_id"):
                return each
        for each in of_organization:
            if any(each.knows(name) for name in named):
                return each
        return of_organization[0] if of_organization else self.of_team("")

    def _tenants(self) -> list[Tenant]:
        everywhere = [context() for context in self._workspaces.values() if context is not self.outside]
        return [Tenant(each.app, each.events, each.workspace) for each in everywhere]

    async def start(self, port: int) -> None:
        """Listen on this port; 0 takes a free one."""
        await self.server.start(port)

    async def close(self) -> None:
        """Stop listening, and end every connection."""
        await self.server.close(self.sockets)
        await self.transport.http.close()
