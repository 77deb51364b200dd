"""The installation of the app in one workspace, and which of Slack's requests are meant for it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


_MENTION = re.compile(r"<@([UW][A-Z0-9]+)")
# Slack names one authorization with an event, and up to five workspaces and organizations in all.
_MOST_KEYS = 8


@dataclass(frozen=True, slots=True)
class Installation:
    """The workspace and organization of a token, as `auth.test` said at the start.

    `enterprise` is None outside an Enterprise organization. In one, an app may be installed for the whole of it, which
    is then its `whole_organization`, and `team` is what the token itself belongs to.
    """

    team: str
    bot_user: str
    bot: str | None = None
    enterprise: str | None = None
    url: str = ""
    token: str = field(default="", repr=False)
    whole_organization: str | None = None

    @classmethod
    def of(cls, auth_test: Mapping[str, Any], token: str) -> Installation:
        """The installation that a response of `auth.test` describes."""
        return cls(
            team=str(auth_test["team_id"]),
            bot_user=str(auth_test["user_id"]),
            bot=auth_test.get("bot_id"),
            enterprise=auth_test.get("enterprise_id"),
            url=str(auth_test.get("url") or ""),
            token=token,
            whole_organization=auth_test.get("enterprise_id") if auth_test.get("is_enterprise_install") else None,
        )


def is_external(installation: Installation, user: Mapping[str, Any]) -> bool:
    """Whether a person, as `users.info` describes them, is from elsewhere.

    In an Enterprise organization they belong to several workspaces, and an app that is installed for the whole of it is
    at home in all of them.
    """
    belongs = user.get("enterprise_user") or {}
    if (ours := installation.whole_organization) and ours in {belongs.get("enterprise_id"), user.get("team_id")}:
        return False
    teams = {user.get("team_id"), *(belongs.get("teams") or ())}
    return bool(user.get("is_stranger")) or installation.team not in teams


def is_meant_for(installation: Installation, payload: Mapping[str, Any]) -> bool:
    """Whether a request concerns this installation, and not one of the app in another workspace.

    The person may belong to another workspace all the same: in a channel shared by Slack Connect the `team` of a form
    is that of the person (slackapi/bolt-js#1614), and the workspace the app is installed in stands in the view. Within
    an organization that view may name the workspace where the app came first (slackapi/bolt-python#1229).
    """
    view = _part(payload, "view")
    named = {*_authorized(payload)}
    if not named and (installed := view.get("app_installed_team_id")):
        named = {installed}
        if installed != installation.team and _is_of_organization(installation, payload):
            named |= {*_named(payload)}
    if not named:
        named = {*_named(payload)}
    if not named and not _is_of_organization(installation, payload):
        named = {str(_part(payload, "user").get("team_id"))}
    return installation.team in named or (
        _is_of_organization(installation, payload) and (not named or _is_for_whole_organization(payload))
    )


def meant_for(
    installations: Mapping[str, Installation], payload: Mapping[str, Any], *, only_named: bool = False
) -> Installation | None:
    """The installation that a payload concerns, by the rules of `is_meant_for`; None when it is none of these.

    With `only_named`, it must name that installation: what is for a whole organization is never for what one of its
    workspaces installed by itself, which may be all that is left there.
    """
    named = [installations[key] for key in keys_named(payload) if key in installations]
    if only_named and _is_for_whole_organization(payload):
        named = [each for each in named if each.whole_organization is not None]
    likeliest_first = named if only_named else (*named, *installations.values())
    return next((each for each in likeliest_first if is_meant_for(each, payload)), None)


def keys_named(payload: Mapping[str, Any]) -> list[str]:
    """The workspaces and organizations that a payload names, the likeliest to have the app installed first."""
    installed, home = _part(payload, "view").get("app_installed_team_id"), _part(payload, "user").get("team_id")
    named = (*_authorized(payload), installed, *_named(payload), *_enterprises(payload), home)
    return [*dict.fromkeys(each for each in named if isinstance(each, str) and each)][:_MOST_KEYS]


def concerned(
    installation: Installation, installations: Mapping[str, Installation], payload: Mapping[str, Any]
) -> list[Installation]:
    """The installations that an event may concern in a channel that workspaces share, the likeliest first; elsewhere,
    and as the last resort there, the one it was told to.

    Slack tells of what happens there once for each installation, or for one of them alone: not always for the one whose
    bot was mentioned, whose message got a reaction, or who came (slackapi/bolt-js#2008). Of several bots that were
    mentioned, the first answers. Anybody may name any bot, and those of two workspaces may have one ID: whether another
    installation is in that channel at all is for others to find out.
    """
    event = _part(payload, "event")
    if payload.get("is_ext_shared_channel") is not True:
        return [installation]
    match event.get("type"):
        case "app_mention":
            named = _MENTION.findall(str(event.get("text") or ""))
        case "reaction_added" | "reaction_removed":
            named = [event.get("item_user")]
        case "member_joined_channel" | "member_left_channel":
            named = [event.get("user")]
        case _:
            return [installation]
    bots = {**{each.bot_user: each for each in installations.values()}, installation.bot_user: installation}
    return [*dict.fromkeys(bots[each] for each in named if each in bots), installation]


def address_to(installation: Installation, payload: dict[str, Any]) -> None:
    """Set the workspace of a request to that of this installation, wherever the person belongs."""
    if "command" in payload:
        payload["team_id"] = installation.team
    elif "event" not in payload:
        payload["team"] = {**_part(payload, "team"), "id": installation.team}


def _authorized(payload: Mapping[str, Any]) -> Iterator[str]:
    """The workspaces whose installation an event is shown to (docs.slack.dev, Events API)."""
    for each in _authorizations(payload):
        if isinstance(each.get("team_id"), str):
            yield each["team_id"]


def _named(payload: Mapping[str, Any]) -> Iterator[str]:
    team = payload.get("team")
    for each in (
        team if isinstance(team, str) else _part(payload, "team").get("id"),
        payload.get("team_id"),
        _part(payload, "view").get("team_id"),
    ):
        if isinstance(each, str) and each:
            yield each


def _is_of_organization(installation: Installation, payload: Mapping[str, Any]) -> bool:
    return installation.enterprise is not None and installation.enterprise in _enterprises(payload)


def _enterprises(payload: Mapping[str, Any]) -> list[object]:
    enterprise = payload.get("enterprise")
    return [
        *(each.get("enterprise_id") for each in _authorizations(payload)),
        payload.get("enterprise_id"),
        enterprise if isinstance(enterprise, str) else _part(payload, "enterprise").get("id"),
    ]


def _is_for_whole_organization(payload: Mapping[str, Any]) -> bool:
    return any(each.get("is_enterprise_install") in (True, "true") for each in (payload, *_authorizations(payload)))


def _authorizations(payload: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = payload.get("authorizations")
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _part(payload: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = payload.get(name)
    return part if isinstance(part, dict) else {}
