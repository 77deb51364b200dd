"""Slack's page at `/oauth/v2/authorize`, which asks whether an app may be installed."""

from collections.abc import Mapping
from html import escape
from urllib.parse import parse_qsl

from aiohttp import web

from .errors import MisuseError, RefusalError
from .oauth import AuthorizationRequest, OAuth

AUTHORIZE_PATH = "/oauth/v2/authorize"
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title} | Slack</title>
<link rel="icon" href="data:,"></head>
<body><main><h1>{title}</h1>
{body}
</main></body>
</html>
"""


class OAuthPages:
    """The page, and what comes of the choice made in it."""

    def __init__(self, oauth: OAuth, app_name: str, optional: frozenset[str]) -> None:
        self._oauth = oauth
        self._app_name = app_name
        self._optional = optional

    def add_to(self, application: web.Application) -> None:
        """Answer at the page's address."""
        application.router.add_get(AUTHORIZE_PATH, self._ask)
        application.router.add_post(AUTHORIZE_PATH, self._decide)

    async def _ask(self, request: web.Request) -> web.StreamResponse:
        try:
            asked = self._oauth.read(request.query)
        except RefusalError as refusal:
            return _something_went_wrong(refusal.error)
        title = f"{self._app_name} is requesting permission to access a Slack workspace"
        return _page(title, self._form(asked, request.query_string))

    async def _decide(self, request: web.Request) -> web.StreamResponse:
        sent = await request.post()
        fields = {name: value for name, value in sent.items() if isinstance(value, str)}
        try:
            asked = self._oauth.read(query_of(fields.get("query", "")))
            if "allow" not in fields:
                raise web.HTTPFound(asked.redirect(error="access_denied"))
            kept = {value for value in sent.getall("scope", []) if isinstance(value, str)}
            without = (self._optional & set(asked.scopes)) - kept
            raise web.HTTPFound(self._oauth.allow(asked, fields.get("as", ""), without))
        except RefusalError as refusal:
            return _something_went_wrong(refusal.error)
        except MisuseError as misuse:
            return _something_went_wrong(str(misuse))

    def _form(self, asked: AuthorizationRequest, query: str) -> str:
        choices = "".join(
            f'<option value="{escape(each.value)}"{" selected" if each.owner == asked.team else ""}>'
            f"{escape(each.label)}</option>"
            for each in self._oauth.choices()
        )
        scopes = "".join(f"<li>{self._scope(each)}</li>" for each in asked.scopes)
        return (
            f'<form method="post" action="{AUTHORIZE_PATH}"><input type="hidden" name="query" value="{escape(query)}">'
            f'<p><label>Install as <select name="as">{choices}</select></label></p><ul>{scopes}</ul>'
            '<p><button name="cancel" value="1">Cancel</button> <button name="allow" value="1">Allow</button></p>'
            "</form>"
        )

    def _scope(self, scope: str) -> str:
        name = escape(scope)
        if scope not in self._optional:
            return name
        return f'<label><input type="checkbox" name="scope" value="{name}" checked> {name} (optional)</label>'


def query_of(text: str) -> Mapping[str, str]:
    """The parameters of an address's query."""
    return dict(parse_qsl(text, keep_blank_values=True))


def _something_went_wrong(error: str) -> web.Response:
    return _page("Something went wrong when authorizing this app", f"<p><code>{escape(error)}</code></p>", status=400)


def _page(title: str, body: str, *, status: int = 200) -> web.Response:
    return web.Response(
        text=_PAGE.format(title=escape(title), body=body), content_type="text/html", charset="utf-8", status=status
    )
