"""The pages on which people install Paperboy in their workspaces, and on which Slack sends them back.

They run no script, load nothing, can be framed by nobody, and tell no other site where they were. What comes from Slack
or from an address is shown escaped, short, and never as an address.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections import deque
from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode

import structlog
from aiohttp import web

from bot.errors import StoreError
from bot.log_rate import LogRateLimit
from bot.rules.install_outcomes import Installed, InstallProblem, NotInstalled
from bot.templating.catalogues import DEFAULT_LANGUAGE, TEMPLATES, catalogue, language_code, languages
from bot.templating.environment import render_page
from bot.text.clean import clean_text, isolated, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from bot.rules.install_outcomes import Begun, Outcome
    from bot.templating.catalogues import Catalogue

log = structlog.get_logger(__name__)

INSTALL_PATH = "/slack/install"
REDIRECT_PATH = "/slack/oauth_redirect"
STATE_COOKIE = "paperboy_state"
# A cookie of this prefix can be set by no other host and over no connection that is not encrypted (RFC 6265bis).
SAFE_STATE_COOKIE = f"__Host-{STATE_COOKIE}"
# As long as a code of Slack's, and a state of ours, is good.
_COOKIE_SECONDS = 600
# Each makes a request to Slack, which would else make everybody's tokens wait that are renewed by the same method.
_COMPLETED_A_MINUTE = 60
_LONGEST_NAME = 80
_LONGEST_PREFERENCES = 200
_CODE = re.compile(r"[a-z0-9_]{1,60}")
# docs.slack.dev, deep linking: opens the app in Slack, wherever the person uses it.
_OPEN_APP = "https://slack.com/app_redirect"
# Anybody may come here without having begun anything.
_TOLD = LogRateLimit(1)
_STATUS: Mapping[InstallProblem, int] = {
    InstallProblem.CANCELLED: 200,
    InstallProblem.STATE: 400,
    InstallProblem.CODE: 400,
    InstallProblem.REFUSED: 400,
    InstallProblem.UNREACHABLE: 503,
}


class Installing(Protocol):
    """Installations, begun and completed."""

    async def begin(self) -> Begun:
        """Begin one. Raises `StoreError`."""

    async def complete(
        self, *, code: str | None, state: str | None, cookie_state: str | None, error: str | None = None
    ) -> Outcome:
        """Complete one with what stands in the address, and with the state the browser remembers.

        Raises `StoreError`.
        """


def add_install_pages(
    application: web.Application,
    installing: Installing,
    *,
    scopes: Collection[str],
    optional: Collection[str],
    monotonic: Callable[[], float],
) -> None:
    """Answer at the addresses of both pages. Of the `scopes` asked for, those that are `optional` are named apart.

    Sixty installations a minute are completed here at most.
    """
    completed: deque[float] = deque(maxlen=_COMPLETED_A_MINUTE)

    def is_crowded(now: float) -> bool:
        return len(completed) == _COMPLETED_A_MINUTE and now - completed[0] < 60

    async def install(request: web.Request) -> web.StreamResponse:
        if "start" in request.query:
            return await start(request)
        words = catalogue(preferred_language(request.headers.get("Accept-Language", "")))
        needed = [scope for scope in scopes if scope not in optional]
        return _page(
            "install",
            words,
            needed=_reasons(words, needed),
            optional=_reasons(words, [scope for scope in scopes if scope in optional]),
            start=f"{INSTALL_PATH}?start=1",
        )

    async def start(request: web.Request) -> web.StreamResponse:
        try:
            begun = await installing.begin()
        except StoreError:
            return _unavailable(request, "database")
        answer = web.Response(status=302, headers={**_headers(), "Location": begun.url})
        safe = _is_encrypted(request)
        answer.set_cookie(
            SAFE_STATE_COOKIE if safe else STATE_COOKIE,
            begun.state,
            max_age=_COOKIE_SECONDS,
            path="/" if safe else REDIRECT_PATH,
            secure=safe,
            httponly=True,
            samesite="Lax",
        )
        return answer

    async def redirected(request: web.Request) -> web.StreamResponse:
        safe = _is_encrypted(request)
        name = SAFE_STATE_COOKIE if safe else STATE_COOKIE
        code, state, remembered = _only(request, "code"), _only(request, "state"), request.cookies.get(name)
        asks_slack, now = bool(code) and state == remembered, monotonic()
        if asks_slack and is_crowded(now):
            return _unavailable(request, "crowded")
        if asks_slack:
            completed.append(now)
        try:
            outcome = await installing.complete(
                code=code, state=state, cookie_state=remembered, error=_only(request, "error")
            )
        except StoreError:
            return _unavailable(request, "database")
        answer = _result(request, outcome)
        is_foreign = isinstance(outcome, NotInstalled) and outcome.why is InstallProblem.STATE
        if is_foreign and asks_slack and now in completed:
            completed.remove(now)  # Slack was not asked after all, and nobody else is to wait for made-up states
        if not is_foreign:
            # That of another installation, which may be under way in another window, stays.
            answer.del_cookie(name, path="/" if safe else REDIRECT_PATH, secure=safe, httponly=True, samesite="Lax")
        return answer

    application.router.add_get(INSTALL_PATH, install)
    # Programs that only look at addresses use up no code.
    application.router.add_get(REDIRECT_PATH, redirected, allow_head=False)


def preferred_language(preferences: str) -> str:
    """The language of ours that a browser's `Accept-Language` prefers (RFC 9110, 12.5.4)."""
    best, best_weight = DEFAULT_LANGUAGE, 0.0
    for each in preferences[:_LONGEST_PREFERENCES].split(","):
        name, _, parameters = each.partition(";")
        weight = _weight(parameters)
        if weight > best_weight and language_code(name.strip()) in languages():
            best, best_weight = language_code(name.strip()), weight
    return best


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    return float(value) if re.fullmatch(r"[01](?:\.[0-9]{0,3})?", value.strip()) else 0.0


def _result(request: web.Request, outcome: Outcome) -> web.Response:
    words = catalogue(preferred_language(request.headers.get("Accept-Language", "")))
    if isinstance(outcome, Installed):
        kind = "organization" if outcome.is_organization else "workspace"
        name = isolated(shorten(clean_text(outcome.name), _LONGEST_NAME))
        return _page("installed", words, title=words.t(f"installed.{kind}", name=name), open_app=_app_address(outcome))
    if (more := _TOLD.suppressed_before("nothing was installed", outcome.why.value)) is not None:
        log.info("nothing was installed", reason=outcome.why.value, others=more)
    detail = outcome.detail if _CODE.fullmatch(outcome.detail) else ""
    key = f"not_installed.{outcome.why.value}"
    reason = (
        words.t("not_installed.refused_code", code=detail)
        if detail and outcome.why is InstallProblem.REFUSED
        else words.t(key)
    )
    return _page("not_installed", words, status=_STATUS[outcome.why], reason=reason, install=INSTALL_PATH)


def _unavailable(request: web.Request, why: str) -> web.Response:
    words = catalogue(preferred_language(request.headers.get("Accept-Language", "")))
    reason = words.t(f"not_installed.{why}")
    return _page("not_installed", words, status=503, reason=reason, install=INSTALL_PATH)


def _app_address(installed: Installed) -> str | None:
    if installed.app is None:
        return None
    team = {} if installed.is_organization else {"team": installed.team}
    return f"{_OPEN_APP}?{urlencode({'app': installed.app, **team})}"


def _reasons(words: Catalogue, scopes: Collection[str]) -> list[tuple[str, list[tuple[bool, str]]]]:
    """Each scope with its reason, in pieces of which every other one is code."""
    return [(scope, [*_in_pieces(words.t(f"scope_reason.{scope}"))]) for scope in scopes]


def _in_pieces(text: str) -> Iterator[tuple[bool, str]]:
    for number, piece in enumerate(text.split("`")):
        yield bool(number % 2), piece


def _only(request: web.Request, name: str) -> str | None:
    """A parameter that stands in the address once."""
    values = request.query.getall(name, [])
    return values[0] if len(values) == 1 else None


def _is_encrypted(request: web.Request) -> bool:
    """Whether the browser's connection is encrypted, as it is everywhere but on somebody's own machine.

    Slack sends people to encrypted addresses alone; what ends the encryption may stand between the browser and us.
    """
    forwarded = request.headers.get("X-Forwarded-Proto", "").partition(",")[0].strip().lower()
    if forwarded:
        return forwarded != "http"
    return request.secure or not _is_this_machine(request.url.host or "")


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _page(template: str, words: Catalogue, *, status: int = 200, **values: object) -> web.Response:
    text = render_page(template, t=words.t, language=words.language, **values)
    return web.Response(text=text, status=status, content_type="text/html", charset="utf-8", headers=_headers())


@cache
def _headers() -> Mapping[str, str]:
    # The style stands in the page, so that a page is one request; its hash lets no other in.
    style = (TEMPLATES / "web" / "static" / "install.css").read_text(encoding="utf-8").removesuffix("\n")
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
