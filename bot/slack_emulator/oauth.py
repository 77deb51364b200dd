"""OAuth: the app is asked for in a page, installed with a code, and its tokens are renewed, exchanged, and revoked.

All of it as docs.slack.dev describes it: installing with OAuth, using token rotation, apps for organizations.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from urllib.parse import urlencode, urlsplit, urlunsplit
from uuid import uuid4

from .errors import MisuseError, RefusalError
from .events import Events
from .installation import InstalledApp
from .tokens import Token, Tokens
from .values import Json
from .workspace import WorkspaceState

CODE_LIFE = timedelta(minutes=10)
TOKEN_LIFE = timedelta(hours=12)
_REFRESH_GRACE = timedelta(minutes=1)
"""The time for which a refresh token is good once it was used: Slack says only that it is short."""
_GOOD_AT_ONCE = 2
"""The most expiring tokens of one installation that are good at once: a third ends the oldest."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """A workspace, as far as installing the app in it goes."""

    app: InstalledApp
    events: Events
    workspace: WorkspaceState


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A request to install the app: the scopes asked for, and where whoever was asked is sent afterwards.

    `named` tells whether the request named that address itself; the code's exchange must then name it, too.
    """

    scopes: tuple[str, ...]
    redirect_uri: str
    named: bool
    state: str | None
    team: str | None

    def redirect(self, **parameters: str) -> str:
        """The address whoever was asked is sent to, with these parameters and the state."""
        parts = urlsplit(self.redirect_uri)
        more = parameters if self.state is None else {**parameters, "state": self.state}
        query = "&".join(part for part in (parts.query, urlencode(more)) if part)
        return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


@dataclass(frozen=True, slots=True)
class Choice:
    """A person, and the workspace or organization in which they may install the app."""

    owner: str
    person: str
    label: str

    @property
    def value(self) -> str:
        """The choice as the page's form sends it."""
        return f"{self.owner}/{self.person}"


@dataclass(frozen=True, slots=True)
class _Code:
    owner: str
    person: str
    scopes: frozenset[str]
    redirect_uri: str | None
    until: datetime


@dataclass(frozen=True, slots=True)
class _Refresh:
    owner: str
    access_token: str
    ends: datetime | None = None


class OAuth:
    """Installations of one app in the `tenants`, which are asked for anew each time."""

    def __init__(
        self,
        app: InstalledApp,
        tokens: Tokens,
        now: Callable[[], datetime],
        tenants: Callable[[], Collection[Tenant]],
    ) -> None:
        self._app = app
        self._tokens = tokens
        self._now = now
        self._tenants = tenants
        self._codes: dict[str, _Code] = {}
        self._refreshes: dict[str, _Refresh] = {}
        self._exchanged: set[str] = set()
        self._number = count(1)

    # The page

    def read(self, query: Mapping[str, str]) -> AuthorizationRequest:
        """A request to install the app. Raises RefusalError, which Slack's page shows instead of asking anybody."""
        if query.get("client_id") != self._app.client_id:
            raise RefusalError("invalid_client_id")
        scopes = tuple(filter(None, query.get("scope", "").split(",")))
        if not scopes:
            raise RefusalError("no_scopes")
        if unknown := [each for each in scopes if each not in self._app.scopes]:
            raise RefusalError("invalid_scope", messages=unknown)
        named = query.get("redirect_uri")
        if not self._app.redirect_urls or (named is not None and not self._leads_to_the_app(named)):
            raise RefusalError("bad_redirect_uri")
        return AuthorizationRequest(
            scopes,
            named or self._app.redirect_urls[0],
            named is not None,
            query.get("state"),
            query.get("team"),
        )

    def choices(self) -> list[Choice]:
        """The people there are, each with their workspace, and their organization if the app may be for all of it."""
        return [
            Choice(owner, person.id, f"{person.real_name} · {name}")
            for tenant in self._tenants()
            for person in tenant.workspace.people.values()
            if not person.is_bot and not person.deleted and person.home is None
            for owner, name in self._owners(tenant.app)
        ]

    def allow(self, request: AuthorizationRequest, chosen: str, without: Collection[str] = ()) -> str:
        """Somebody allows the app in, perhaps without some optional scopes; the address they are sent to."""
        choice = next((each for each in self.choices() if each.value == chosen), None)
        if choice is None:
            raise MisuseError(f"nobody can install the app as {chosen}")
        if needed := set(without) - self._app.optional_scopes:
            raise MisuseError(f"the scopes {', '.join(sorted(needed))} are not optional")
        code = f"{next(self._number)}.{uuid4().hex}"
        granted = frozenset(request.scopes) - set(without)
        redirect_uri = request.redirect_uri if request.named else None
        self._codes[code] = _Code(choice.owner, choice.person, granted, redirect_uri, self._now() + CODE_LIFE)
        return request.redirect(code=code)

    # The methods

    def check_client(self, client_id: str | None, client_secret: str | None) -> None:
        """RefusalError for what is not the app's ID and secret."""
        if client_id != self._app.client_id:
            raise RefusalError("invalid_client_id")
        if client_secret != self._app.client_secret:
            raise RefusalError("bad_client_secret")

    def install(self, code: str | None, redirect_uri: str | None) -> Json:
        """Install the app with a code, which is good once."""
        granted = self._codes.get(code or "")
        if granted is None or self._now() >= granted.until:
            raise RefusalError("invalid_code")
        if granted.redirect_uri != redirect_uri and (granted.redirect_uri is not None or redirect_uri is not None):
            raise RefusalError("bad_redirect_uri")
        tenants = self._of(granted.owner)
        if granted.owner == tenants[0].app.team_id and tenants[0].app.enterprise == "organization":
            raise RefusalError("cannot_install_an_org_installed_app")
        del self._codes[code or ""]
        for each in tenants:
            each.app.scopes = {*granted.scopes, *(each.app.scopes if each.events.installed else ())}
            each.events.installed = True
            if granted.owner == each.app.enterprise_id:
                each.app.enterprise = "organization"
        return {**self._credentials(granted.owner), "authed_user": {"id": granted.person}}

    def refresh(self, refresh_token: str | None) -> Json:
        """A new token for one that expires; the old token stays until it expires.

        The refresh token is good for a short time more, for whoever did not hear the answer.
        """
        known = self._refreshes.get(refresh_token or "")
        if known is None or self._is_revoked(known.access_token) or (known.ends and known.ends <= self._now()):
            raise RefusalError("invalid_refresh_token")
        ends = known.ends or self._now() + _REFRESH_GRACE
        self._refreshes[refresh_token or ""] = replace(known, ends=ends)
        return self._credentials(known.owner)

    def exchange(self, value: str | None) -> Json:
        """A token that expires, with its refresh token, for one that does not."""
        if not self._app.rotates_tokens:
            raise RefusalError("token_rotation_not_enabled")
        token = self._tokens.find(value)
        if token is None or token.kind != "bot" or value is None:
            raise RefusalError("invalid_token")
        if value in self._exchanged:
            raise RefusalError("token_already_exchanged")
        if token.ended:
            raise RefusalError("authorization_not_found")
        if token.until is not None:
            raise RefusalError("invalid_token")
        self._exchanged.add(value)
        self._tokens.end(value, "token_revoked")
        return self._credentials(token.owner)

    def revoke(self, value: str) -> None:
        """Revoke a token; with the last that is good, the app is uninstalled."""
        token = self._tokens.find(value)
        if token is None:
            raise RefusalError("invalid_auth")
        self._tokens.end(value, "token_revoked")
        if self._tokens.good(token.owner):
            tenant = self._of(token.owner)[0]
            tenant.events.send({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [tenant.app.bot_user_id]}})
        else:
            self.uninstall(token.owner)

    def uninstall(self, owner: str, *, tokens_last: bool = False) -> None:
        """Take the app out of a workspace or organization: it is told, in either order, and its tokens end."""
        tenants = self._of(owner)
        app, told = tenants[0].app, tenants[0].events
        revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [app.bot_user_id]}}
        for event in ({"type": "app_uninstalled"}, revoked)[:: 1 if tokens_last else -1]:
            told.send(event)
        self._tokens.end_all(owner, "account_inactive")
        for each in tenants:
            each.events.installed = False
            if each.app.enterprise == "organization":
                each.app.enterprise = "workspace"

    def owner_of(self, app: InstalledApp) -> str:
        """The workspace or organization that the app of a workspace is installed in."""
        for_all = app.enterprise == "organization" and self._tokens.latest(app.enterprise_id)
        return app.enterprise_id if for_all else app.team_id

    def _credentials(self, owner: str) -> Json:
        """The answer that brings a token (docs.slack.dev, oauth.v2.access)."""
        tenant = self._of(owner)[0]
        app, latest = tenant.app, self._tokens.latest(owner)
        for_all = owner == app.organization
        number = f"{owner.lstrip('TE').lstrip('0')}-{next(self._number)}-{uuid4().hex[:12]}"
        answer: Json = {
            "token_type": "bot",
            "scope": ",".join(sorted(app.scopes)),
            "bot_user_id": app.bot_user_id,
            "app_id": app.app_id,
            "team": None if for_all else {"name": app.team_name, "id": app.team_id},
            "enterprise": app.payload_enterprise,
            "is_enterprise_install": for_all,
        }
        if not app.rotates_tokens:
            if latest is None or not self._tokens.is_good(latest):
                latest = f"xoxb-{number}"
                self._tokens.add(latest, Token("bot", owner))
            return {"access_token": latest, **answer}
        access_token, refresh_token = f"xoxe.xoxb-1-{number}", f"xoxe-1-{number}"
        self._tokens.add(access_token, Token("bot", owner, self._now() + TOKEN_LIFE))
        self._refreshes[refresh_token] = _Refresh(owner, access_token)
        for surplus in self._tokens.good(owner)[:-_GOOD_AT_ONCE]:
            self._tokens.end(surplus, "token_revoked")
        lasts = int(TOKEN_LIFE.total_seconds())
        return {"access_token": access_token, "refresh_token": refresh_token, "expires_in": lasts, **answer}

    def _of(self, owner: str) -> list[Tenant]:
        return [each for each in self._tenants() if owner in {each.app.team_id, each.app.organization}]

    def _owners(self, app: InstalledApp) -> list[tuple[str, str]]:
        everywhere = [(app.enterprise_id, f"all of {app.enterprise_name}")]
        return [(app.team_id, app.team_name), *(everywhere if app.organization and app.org_deploys else ())]

    def _is_revoked(self, value: str) -> bool:
        token = self._tokens.find(value)
        return token is None or token.ended == "account_inactive"

    def _leads_to_the_app(self, address: str) -> bool:
        """Whether it is one of the manifest's addresses, or lies below one."""
        return any(address == each or address.startswith(each.rstrip("/") + "/") for each in self._app.redirect_urls)
