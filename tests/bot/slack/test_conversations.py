"""Who is of our own, as Slack describes people of a workspace, of an organization and of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from bot.slack.conversations import Conversations
from bot.slack.installation import Installation

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.store import Channels

WORKSPACE = {"ok": True, "team_id": "T1", "user_id": "UBOT", "enterprise_id": "E1", "is_enterprise_install": False}
# The token of an app that was installed for a whole organization belongs to that (docs.slack.dev, enterprise apps).
WHOLE = {**WORKSPACE, "team_id": "E1", "is_enterprise_install": True}
OUR_OWN = {"team_id": "T1", "enterprise_user": {"id": "U1", "enterprise_id": "E1", "teams": ["T1"]}}
NEXT_DOOR = {"team_id": "T2", "enterprise_user": {"id": "U1", "enterprise_id": "E1", "teams": ["T2"]}}
BOTH = {"team_id": "T2", "enterprise_user": {"id": "U1", "enterprise_id": "E1", "teams": ["T2", "T1"]}}
HOME_AT_THE_TOP = {"team_id": "E1", "enterprise_user": {"id": "U1", "enterprise_id": "E1", "teams": []}}
OF_ANOTHER = {"team_id": "T9", "enterprise_user": {"id": "U1", "enterprise_id": "E9", "teams": ["T9"]}}
ELSEWHERE = {"team_id": "T9", "is_stranger": True}


class Answering:
    """A client to which Slack always tells the same of somebody."""

    def __init__(self, told: dict[str, Any]) -> None:
        self._told = told

    async def users_info(self, *, user: str) -> Any:
        return _Answer({"ok": True, "user": {"id": user, **self._told}})


class _Answer(dict[str, Any]):
    @property
    def data(self) -> dict[str, Any]:
        return self


@pytest.mark.parametrize(
    ("told_of_us", "told_of_them", "is_stranger"),
    [
        (WORKSPACE, OUR_OWN, False),
        (WORKSPACE, BOTH, False),
        (WORKSPACE, NEXT_DOOR, True),
        (WORKSPACE, OF_ANOTHER, True),
        (WORKSPACE, ELSEWHERE, True),
        (WHOLE, OUR_OWN, False),
        (WHOLE, NEXT_DOOR, False),
        (WHOLE, HOME_AT_THE_TOP, False),
        (WHOLE, {**NEXT_DOOR, "is_stranger": True}, False),
        (WHOLE, OF_ANOTHER, True),
        (WHOLE, ELSEWHERE, True),
    ],
)
async def test_an_app_of_a_whole_organization_knows_its_people_in_every_workspace(
    told_of_us: dict[str, Any], told_of_them: dict[str, Any], is_stranger: bool
) -> None:
    client = cast("AsyncWebClient", Answering(told_of_them))
    directory = Conversations(cast("Channels", None), client, Installation.of(told_of_us, "xoxb-1"))
    assert (await directory.person("U1")).is_stranger is is_stranger
