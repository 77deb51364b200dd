"""Whether Slack's Web API can be reached from a process, as its requests show."""

from __future__ import annotations

import pytest

from bot.errors import SlackRefused, SlackUnreachable
from bot.slack.contact import FAILING_FOR_SECONDS, WebApiContact
from tests.clocks import PatientClock


class Slack:
    """What Slack says when it is asked whether it is there."""

    def __init__(self) -> None:
        self.clock = PatientClock()
        self.error: Exception | None = None
        self.asked = 0
        self.contact = WebApiContact(self._ask, self.clock.monotonic)

    async def _ask(self) -> None:
        self.asked += 1
        if isinstance(self.error, SlackRefused):
            self.contact.note(answered=True)
        if self.error:
            raise self.error


async def test_requests_that_fail_for_long_are_an_outage_only_if_slack_does_not_answer_then() -> None:
    slack = Slack()
    slack.error = SlackUnreachable(method="api.test", reason="no connection")
    assert not await slack.contact.is_lost()
    slack.contact.note(answered=False)
    assert not await slack.contact.is_lost()
    await slack.clock.sleep(FAILING_FOR_SECONDS)
    assert slack.asked == 0
    assert await slack.contact.is_lost()
    assert await slack.contact.is_lost(), "until it answers"
    slack.error = None
    assert not await slack.contact.is_lost()
    assert not await slack.contact.is_lost()
    assert slack.asked == 3, "where nothing fails, nothing is asked"


@pytest.mark.parametrize("error", [None, SlackRefused(method="api.test", error="team_access_not_granted")])
async def test_one_workspace_that_is_slow_to_answer_is_no_outage(error: Exception | None) -> None:
    slack = Slack()
    slack.error = error
    slack.contact.note(answered=False)
    await slack.clock.sleep(FAILING_FOR_SECONDS)
    assert not await slack.contact.is_lost()


async def test_an_answer_ends_what_failed_before_it() -> None:
    slack = Slack()
    slack.error = SlackUnreachable(method="api.test", reason="no connection")
    slack.contact.note(answered=False)
    await slack.clock.sleep(FAILING_FOR_SECONDS)
    slack.contact.note(answered=True)
    assert not await slack.contact.is_lost()
    slack.contact.note(answered=False)
    assert not await slack.contact.is_lost()
