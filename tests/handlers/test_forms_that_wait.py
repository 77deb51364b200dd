"""A form opens while its trigger lives and is filled in after; whatever fails then, it says so and loses nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from bot.rules.channels import Managers
from bot.templating.catalogues import catalogue
from tests.harness import read

if TYPE_CHECKING:
    from bot.slack_emulator import Person, PrivateMessage, View
    from tests.harness import Harness

WORDS = catalogue("en")


async def settings_message(harness: Harness, person: Person) -> PrivateMessage:
    await harness.ask(person, "settings")
    return harness.slack.ephemerals(person.id)[-1]


def content(harness: Harness, person: Person) -> str:
    return str(harness.slack.modals(person.id)[-1].content)


def filled(view: View) -> dict[str, Any]:
    """What a form holds, by action id."""
    elements = [block["element"] for block in view.blocks if block["type"] == "input"]
    return {each["action_id"]: each.get("initial_value") or each.get("initial_option") for each in elements}


class TestOpening:
    @pytest.mark.parametrize("button", ["channel_change_what", "channel_set_up"])
    async def test_takes_one_call_however_much_has_to_be_asked_before_it_can_be_filled_in(
        self, harness: Harness, button: str
    ) -> None:
        """In a private channel of thousands, page after page of members is read to find out who may."""
        crowd = [harness.slack.add_person(f"Member {number}").id for number in range(2100)]
        last = harness.slack.add_person("Last")
        lab = harness.slack.add_channel("lab", members=[*crowd, last.id], private=True)
        if button == "channel_change_what":
            await harness.serve(lab)
        await harness.slack.command(last.id, lab.id, "/paper", "settings")
        await harness.quiet()
        before = len(harness.slack.calls)
        await harness.click(last, harness.slack.ephemerals(last.id)[-1], button)
        calls = [call.method for call in harness.slack.calls[before:]]
        assert calls[0] == "views.open"
        assert calls.count("conversations.members") == 3
        assert calls[-1] == "views.update"
        assert "submit" in harness.slack.modals(last.id)[-1].content

    async def test_shows_that_it_waits_while_slack_is_slow(self, harness: Harness) -> None:
        await harness.serve()
        shown = await settings_message(harness, harness.ana)
        asked, go_on = asyncio.Event(), asyncio.Event()

        async def hold() -> None:
            asked.set()
            await go_on.wait()

        harness.slack.faults.before_request(2, hold)  # the first opens the form
        await harness.slack.click(harness.ana.id, shown, "channel_change_what")
        await asked.wait()
        assert WORDS.t("modal.checking") in content(harness, harness.ana)
        assert "submit" not in harness.slack.modals(harness.ana.id)[-1].content
        go_on.set()
        await harness.quiet()
        assert "submit" in harness.slack.modals(harness.ana.id)[-1].content

    @pytest.mark.parametrize("error", ["expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "new_code"])
    async def test_that_comes_too_late_is_told_with_what_to_do(self, harness: Harness, error: str) -> None:
        await harness.serve()
        shown = await settings_message(harness, harness.ana)
        harness.slack.faults.error("views.open", error=error)
        (told,) = await harness.click(harness.ana, shown, "channel_change_what")
        assert "Try again" in told.replace("\n", " ")
        assert harness.slack.modals(harness.ana.id) == []

    async def test_by_somebody_who_may_not_says_so_in_the_form(self, harness: Harness) -> None:
        await harness.serve()
        await harness.change(managers=Managers.MANAGERS)
        shown = await settings_message(harness, harness.ana)
        assert await harness.click(harness.ana, shown, "channel_change_what") == []
        assert WORDS.t("denied.managers_only") in content(harness, harness.ana)

    @pytest.mark.parametrize("method", ["users.info", "conversations.info"])
    @pytest.mark.parametrize("error", ["fatal_error", "missing_scope", "new_code"])
    async def test_that_cannot_be_filled_in_never_waits_for_ever(
        self, harness: Harness, method: str, error: str
    ) -> None:
        await harness.serve()
        shown = await settings_message(harness, harness.ana)
        harness.slack.faults.error(method, error=error, times=9)
        await harness.click(harness.ana, shown, "channel_change_what")
        assert WORDS.t("modal.checking") not in content(harness, harness.ana)
        assert method in content(harness, harness.ana)

    async def test_is_not_disturbed_by_somebody_who_closed_it_again(self, harness: Harness) -> None:
        await harness.serve()
        shown = await settings_message(harness, harness.ana)

        async def close() -> None:
            await harness.slack.close(harness.slack.modals(harness.ana.id)[-1])

        harness.slack.faults.before_request(2, close)
        assert await harness.click(harness.ana, shown, "channel_change_what") == []
        assert harness.slack.modals(harness.ana.id) == []


class TestSaving:
    async def sent(self, harness: Harness, values: dict[str, Any], spoil: Any) -> None:
        await harness.serve()
        shown = await settings_message(harness, harness.ana)
        await harness.click(harness.ana, shown, "channel_change_what")
        (form,) = harness.slack.modals(harness.ana.id)
        spoil()
        assert (await harness.slack.submit(form, values)).ok
        await harness.quiet()

    @pytest.mark.parametrize("surprise", [KeyError("user"), RuntimeError("nobody foresaw"), OSError("disk"), None])
    async def test_that_fails_shows_the_form_again_as_it_was_filled_in_and_why(
        self, harness: Harness, monkeypatch: pytest.MonkeyPatch, surprise: Exception | None
    ) -> None:
        channels = type(harness.bot.services.store.channels)

        async def fail(*_: object, **__: object) -> None:
            assert surprise is not None
            raise surprise

        def spoil() -> None:
            if surprise:
                monkeypatch.setattr(channels, "change_settings", fail)
            else:
                harness.slack.faults.answer("users.info", status=503, times=9)

        await self.sent(harness, {"top": "7", "include_words": "robots, agents"}, spoil)
        (form,) = harness.slack.modals(harness.ana.id)
        assert WORDS.t("modal.saving") not in str(form.content)
        assert "Reference" in str(form.content)
        assert "nobody foresaw" not in str(form.content)
        assert (filled(form)["top"], filled(form)["include_words"]) == ("7", "robots, agents")
        assert (await harness.served()).settings.top == 3
        monkeypatch.undo()
        harness.slack.faults.clear()
        assert (await harness.slack.submit(form, {})).ok
        await harness.quiet()
        assert (await harness.served()).settings.top == 7
        assert WORDS.t("news.saved") in content(harness, harness.ana)

    async def test_is_told_though_slack_stumbles_over_the_form(self, harness: Harness) -> None:
        await self.sent(harness, {"top": "7"}, lambda: harness.slack.faults.answer("views.update", status=503, times=3))
        assert WORDS.t("news.saved") in content(harness, harness.ana)

    @pytest.mark.parametrize("error", ["not_found", "view_too_large", "new_code"])
    async def test_that_fails_is_told_in_the_channel_where_the_form_is_gone(self, harness: Harness, error: str) -> None:
        def spoil() -> None:
            harness.slack.faults.error("users.info", error="user_not_found", times=9)
            harness.slack.faults.error("views.update", error=error, times=99)

        await self.sent(harness, {"top": "7"}, spoil)
        told = harness.slack.ephemerals(harness.ana.id)[-1]
        assert (told.origin, told.channel) == ("chat.postEphemeral", harness.papers.id)
        assert "users.info" in read(told)

    async def test_that_is_done_is_not_told_again_to_who_closed_the_form(self, harness: Harness) -> None:
        before: list[int] = []

        def spoil() -> None:
            harness.slack.faults.error("views.update", error="not_found", times=9)
            before.append(len(harness.slack.ephemerals(harness.ana.id)))

        await self.sent(harness, {"top": "7"}, spoil)
        assert (await harness.served()).settings.top == 7
        assert len(harness.slack.ephemerals(harness.ana.id)) == before[0]


async def test_posting_at_once_asks_first_and_stands_apart_from_skipping(harness: Harness) -> None:
    await harness.serve()
    shown = await settings_message(harness, harness.ana)
    buttons = [each for block in shown.blocks if block["type"] == "actions" for each in block["elements"]]
    names = [each["action_id"] for each in buttons]
    post = next(each for each in buttons if each["action_id"] == "channel_post_now")
    assert post["confirm"]["confirm"]["text"] == post["text"]["text"]
    assert abs(names.index("channel_post_now") - names.index("channel_skip")) > 1
    assert [each["action_id"] for each in buttons if "confirm" in each] == ["channel_post_now"]
