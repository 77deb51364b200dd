"""`paperboy doctor --live`: what Paperboy does in Slack is tried once, undone, and told on a page without secrets."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.cli.findings import Finding, Verdict
from bot.cli.live_check import check_ids, try_out
from bot.messages.samples import samples
from bot.slack.manifest import build_manifest
from bot.slack_emulator import SlackEmulator, message_problems, view_problems
from bot.templating.catalogues import languages
from tests.bot.cli.test_checks import findings, open_practice
from tests.clocks import PatientClock
from tests.harness import settings_for
from tests.scopes import usually_granted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.slack_emulator import Channel, Person
    from tests.outside import Outside

PAGE = b"<html><body>Access denied by policy</body></html>"


class Practice:
    """A workspace with a channel, somebody who operates Paperboy, and a client that speaks for it."""

    def __init__(self, slack: SlackEmulator, client: AsyncWebClient) -> None:
        self.slack = slack
        self.client = client
        self.ana: Person = slack.add_person("Ana")
        self.papers: Channel = slack.add_channel("papers", members=[self.ana.id])

    async def try_out(self, **changed: Any) -> dict[str, Finding]:
        wanted: dict[str, Any] = {
            "channel": self.papers.id,
            "operator": self.ana.id,
            "granted": self.slack.app.scopes,
        } | changed
        return {each.what: each async for each in try_out(self.client, PatientClock(), **wanted)}

    def left(self) -> list[str]:
        """What is still to be seen somewhere."""
        return [each.text for channel in self.slack.channels for each in self.slack.messages(channel.id)]


@asynccontextmanager
async def practice(manifest: dict[str, Any] | None = None) -> AsyncIterator[Practice]:
    manifest = manifest or build_manifest()
    async with SlackEmulator(manifest, granted=usually_granted(manifest)) as slack, aiohttp.ClientSession() as session:
        yield Practice(
            slack, AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[])
        )


def broken(found: dict[str, Finding]) -> dict[str, Finding]:
    return {name: each for name, each in found.items() if each.verdict is Verdict.BROKEN}


@pytest.mark.parametrize("with_history", [False, True])
async def test_where_all_is_well_everything_works_and_nothing_is_left_behind(with_history: bool) -> None:
    async with practice(build_manifest(with_history=with_history)) as at:
        found = await at.try_out()
        assert {each.verdict for each in found.values()} == {Verdict.OK}, found
        assert {
            "Versions",
            "Granted scopes",
            "Templates",
            "Direct message",
            "Direct message deleted",
            "File",
            "Channel",
        } <= found.keys()
        assert {"Post", "Thread", "Private reply in a thread", "Update", "Reactions", "Read back"} <= found.keys()
        assert "chat:write" in found["Granted scopes"].text
        assert ("found by its metadata" in found["Read back"].text) is with_history
        assert found["Delete"].text == "2 test messages deleted"
        assert at.left() == []
        assert at.slack.files == []
        [whisper] = at.slack.ephemerals(at.ana.id)
        assert whisper.thread_ts is not None


@pytest.mark.parametrize("language", languages())
def test_there_is_an_example_of_everything_that_is_said_and_slack_would_show_it(language: str) -> None:
    said = list(samples(language))
    assert len({each.name for each in said}) == len(said) > 30
    for each in said:
        assert each.payload is not None, f"bot/messages/samples.py knows no example for {each.name}"
        problems = (
            view_problems(each.payload, each.payload["type"])
            if each.is_view
            else message_problems(each.payload["blocks"])
        )
        assert problems == (), each.name


async def test_a_workspace_that_takes_no_files_is_told_what_comes_of_it() -> None:
    async with practice() as at:
        at.slack.faults.error("files.getUploadURLExternal", error="file_uploads_disabled")
        found = (await at.try_out())["File"]
        assert (found.verdict, "file_uploads_disabled" in found.text) == (Verdict.NOTE, True)
        assert "not tested" in (await at.try_out(granted={"chat:write"}))["File"].text


async def test_an_app_whose_messages_tab_is_off() -> None:
    manifest = build_manifest()
    del manifest["features"]["app_home"]
    async with practice(manifest) as at:
        found = await at.try_out()
        assert broken(found).keys() == {"Direct message"}
        assert "messages_tab_disabled" in found["Direct message"].text
        assert "Messages tab" in found["Direct message"].remedy
        assert at.left() == []


@pytest.mark.parametrize(
    ("where", "told", "remedy"),
    [
        ("C404", "channel_not_found", "/invite"),
        ("#papers", "channel_not_found", "channel ID"),
        ("elsewhere", "isn't in", "/invite"),
        ("archived", "archived", "Unarchive"),
    ],
)
async def test_a_channel_that_will_not_do(where: str, told: str, remedy: str) -> None:
    async with practice() as at:
        elsewhere, archived = at.slack.add_channel("elsewhere", with_bot=False), at.slack.add_channel("archived")
        await at.slack.archive(archived.id, by=at.ana.id)
        found = await at.try_out(channel={"elsewhere": elsewhere.id, "archived": archived.id}.get(where, where))
        assert broken(found).keys() == {"Channel"}
        assert told in found["Channel"].text
        assert remedy in found["Channel"].remedy
        assert not any("Post" in name for name in found)


async def test_without_an_operator_what_needs_one_is_left_out_and_said() -> None:
    async with practice() as at:
        found = await at.try_out(operator=None)
        assert found["Direct message"].verdict is Verdict.NOTE
        assert "PAPERBOY_OPERATOR" in found["Direct message"].text
        assert broken(found) == {}


async def test_an_operator_who_is_not_in_the_channel() -> None:
    async with practice() as at:
        await at.slack.leave(at.ana.id, at.papers.id)
        found = await at.try_out()
        assert broken(found).keys() == {"Private reply in a thread"}
        assert "Join" in found["Private reply in a thread"].remedy
        assert at.left() == []


async def test_a_restricted_channel() -> None:
    async with practice() as at:
        at.slack.faults.error("chat.postMessage", 2, "restricted_action_read_only_channel")
        found = await at.try_out()
        assert broken(found).keys() == {"Post"}
        assert "restricted" in found["Post"].remedy
        assert at.left() == []


async def test_something_between_here_and_slack() -> None:
    async with practice() as at:
        at.slack.faults.foreign("chat.update", body=PAGE, status=403)
        found = await at.try_out()
        assert broken(found).keys() == {"Update"}
        assert "not Slack's" in found["Update"].text
        assert "internet connection" in found["Update"].remedy
        assert at.left() == []


async def test_a_template_slack_would_not_show_is_named() -> None:
    async with practice() as at:
        refused = {"ok": False, "error": "invalid_message", "errors": [{"pointer": "/blocks/0"}]}
        at.slack.faults.answer("blocks.validate", 3, status=200, body=refused)
        found = await at.try_out()
        assert broken(found).keys() == {"Templates"}
        assert "Slack would reject 1 of" in found["Templates"].text


async def test_a_slack_that_does_not_validate_is_only_worth_a_note() -> None:
    async with practice() as at:
        at.slack.faults.error("blocks.validate", 5, "unknown_method")
        found = await at.try_out()
        assert found["Templates"].verdict is Verdict.NOTE
        assert "unknown_method" in found["Templates"].text


async def test_a_short_pause_slack_asks_for_is_kept() -> None:
    async with practice() as at:
        at.slack.faults.answer("blocks.validate", status=429, retry_after=2)
        assert (await at.try_out())["Templates"].verdict is Verdict.OK


async def test_messages_that_cannot_be_deleted_are_counted() -> None:
    async with practice() as at:
        at.slack.faults.error("chat.delete", 3, "cant_delete_message")
        found = await at.try_out()
        assert found["Delete"].verdict is Verdict.NOTE
        assert "1 of 2" in found["Delete"].text
        assert len(at.left()) == 1


async def test_given_up_in_the_middle_nothing_is_left_behind() -> None:
    async with practice() as at:
        trial = try_out(at.client, PatientClock(), channel=at.papers.id, operator=None, granted=())
        async for found in trial:
            if found.what == "thread":
                break
        await trial.aclose()  # type: ignore[attr-defined]  # an asynchronous generator
        assert at.left() == []


@pytest.mark.parametrize("nth", [1, 2])
async def test_what_slack_took_without_answering_is_found_by_its_mark_and_taken_back(nth: int) -> None:
    async with practice(build_manifest(with_history=True)) as at:
        at.slack.faults.drop_after_accepting("chat.postMessage", nth)
        found = await at.try_out(operator=None)
        assert at.left() == []
        assert found["Delete"].verdict is Verdict.OK


@pytest.mark.parametrize("nth", [1, 2])
async def test_where_it_may_not_be_looked_for_the_page_says_what_may_be_left(nth: int) -> None:
    async with practice() as at:
        at.slack.faults.drop_after_accepting("chat.postMessage", nth)
        left = (await at.try_out(operator=None))["Delete"]
        assert (left.verdict, at.papers.id in left.text) == (Verdict.NOTE, True)
        assert "Test message from `paperboy doctor --live`" in left.remedy
        if len(at.left()) == 0:
            assert nth == 2  # deleted with its thread


async def test_a_direct_message_that_may_have_come_is_told_of() -> None:
    async with practice(build_manifest(with_history=True)) as at:
        at.slack.faults.drop_after_accepting("chat.postMessage", 1)
        found = await at.try_out()
        assert at.ana.id in found["Direct message deleted"].text


class TestIds:
    async def check(self, at: Practice, channel: str, operator: str) -> dict[str, Finding]:
        return {each.what: each async for each in check_ids(at.client, channel=channel, operator=operator)}

    async def test_that_are_right(self) -> None:
        async with practice() as at:
            found = await self.check(at, at.papers.id, at.ana.id)
            assert {each.verdict for each in found.values()} == {Verdict.OK}
            assert found.keys() == {"PAPERBOY_CHANNEL", "PAPERBOY_OPERATOR"}

    async def test_that_are_names(self) -> None:
        async with practice() as at:
            found = await self.check(at, "#papers", "@ana")
            assert broken(found).keys() == {"PAPERBOY_CHANNEL", "PAPERBOY_OPERATOR"}
            assert "channel ID" in found["PAPERBOY_CHANNEL"].remedy
            assert "member ID" in found["PAPERBOY_OPERATOR"].remedy

    async def test_of_an_app_and_of_somebody_who_left(self) -> None:
        async with practice() as at:
            gone = at.slack.add_person("Gone")
            at.slack.change_person(gone.id, deleted=True)
            for operator in (at.slack.bot_user_id, gone.id):
                found = await self.check(at, at.papers.id, operator)
                assert found["PAPERBOY_OPERATOR"].verdict is Verdict.BROKEN


async def test_doctor_checks_the_ids_of_the_settings(tmp_path: Path) -> None:
    async with open_practice(tmp_path) as (slack, sources, folder):
        settings = settings_for(slack, sources, folder, paperboy_channel="C0000000099", paperboy_operator="U0000000099")
        found = await findings(settings)
        assert broken(found).keys() == {"PAPERBOY_CHANNEL", "PAPERBOY_OPERATOR"}
        assert not any(call.method.startswith("chat.") for call in slack.calls)


async def test_the_page_fits_on_one_and_holds_no_secret(outside: Outside) -> None:
    outside.slack.faults.error("chat.update", error="invalid_blocks")
    code, told, complaint = await outside.do("doctor", "--live", outside.papers.id, PAPERBOY_OPERATOR=outside.ana.id)
    assert complaint == ""
    assert code == 1
    assert "✗ Update" in told
    assert "✓ Delete" in told
    assert len(told.splitlines()) <= 60
    slack = outside.slack
    for secret in (slack.bot_token, slack.app_token, slack.signing_secret, slack.config_token):
        assert secret not in told
