"""`paperboy manifest`: the Slack app's manifest."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from bot.cli.output import print_text
from bot.settings import read_address
from bot.slack.manifest import build_manifest, creation_link


def manifest(
    http: Annotated[
        str | None,
        typer.Option("--http", metavar="URL", help="Public URL of the bot. Uses HTTP instead of Socket Mode."),
    ] = None,
    oauth: Annotated[
        str | None,
        typer.Option(
            "--oauth",
            metavar="URL",
            help="Public URL of the bot. Lets workspaces and organizations add Paperboy themselves, at /slack/install.",
        ),
    ] = None,
    with_history: Annotated[
        bool, typer.Option("--with-history", help="Make the history scopes required instead of optional.")
    ] = False,
    agent: Annotated[
        bool,
        typer.Option(
            "--agent",
            help="Make the app an agent: suggested prompts and a status in direct messages. Can't be undone for an app,"
            " and parts of it need a paid Slack plan.",
        ),
    ] = False,
    link: Annotated[
        bool, typer.Option("--link", help="Print a link that opens Slack with the manifest filled in.")
    ] = False,
) -> None:
    """Print the manifest for creating your Slack app."""
    built = build_manifest(
        http_url=None if http is None else _public_address(http, "--http"),
        oauth_url=None if oauth is None else _public_address(oauth, "--oauth"),
        with_history=with_history,
        agent=agent,
    )
    print_text(creation_link(built) if link else json.dumps(built, indent=2))


def _public_address(text: str, option: str) -> str:
    """Slack sends requests and people to https addresses only (docs.slack.dev, "Request URLs", "Redirect URLs")."""
    try:
        address = read_address(text.strip(), may_name_a_user=False)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.", param_hint=option) from None
    if not address.startswith("https://"):
        raise typer.BadParameter("use a URL that starts with https://.", param_hint=option)
    for path in ("/slack/events", "/slack/install", "/slack/oauth_redirect"):
        address = address.removesuffix("/").removesuffix(path)
    return address
