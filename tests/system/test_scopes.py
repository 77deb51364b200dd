"""Whatever scopes were granted, Paperboy works: what is said to be closed is closed, and all the rest is open."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from bot.rules.entry_points import EntryPoint, closed_entry_points
from bot.slack.manifest import EVENTS, OPTIONAL_SCOPES, SCOPES, build_manifest
from tests.entry_points import TRIES, paste_a_link
from tests.harness import open_harness, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REQUIRED, OPTIONAL = frozenset(SCOPES), frozenset(OPTIONAL_SCOPES)
ALL = REQUIRED | OPTIONAL
ANA = "U0000000002"


def subsets() -> Iterator[frozenset[str]]:
    """All scopes, none but the required ones, each optional one beside those, and all but each required one."""
    yield ALL
    yield REQUIRED
    yield from (REQUIRED | {scope} for scope in sorted(OPTIONAL))
    yield from (ALL - {scope} for scope in sorted(REQUIRED))


async def test_with_every_set_of_scopes_the_rule_says_what_is_closed_and_the_rest_works(tmp_path: Path) -> None:
    """One bot for all of them: scopes come and go as they do not in Slack, which makes no difference to a request."""
    async with open_harness(tmp_path, granted=ALL) as harness:
        await harness.post(top=2)
        found: dict[frozenset[str], set[EntryPoint]] = {}
        for granted in subsets():
            harness.slack.app.scopes.clear()
            harness.slack.app.scopes.update(granted)
            found[granted] = {entry_point for entry_point, act in TRIES.items() if not await act(harness)}
        said = {granted: {each.entry_point for each in closed_entry_points(granted)} for granted in found}
        assert TRIES.keys() == set(EntryPoint)
        assert found == said
        assert not harness.bot.failed.done()


@pytest.mark.parametrize(
    "granted",
    [*(ALL - {scope} for scope in sorted(REQUIRED)), frozenset({"commands"}), frozenset[str]()],
    ids=[*(f"without {scope}" for scope in sorted(REQUIRED)), "commands alone", "none"],
)
async def test_it_starts_with_any_scopes_and_repeats_no_complaint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], granted: frozenset[str]
) -> None:
    async with open_harness(
        tmp_path, granted=granted, paperboy_operator=ANA, paperboy_channel="C0000000004"
    ) as harness:
        await harness.quiet()
        begun = capsys.readouterr().out
        asked = len(harness.slack.calls)
        for _ in range(5):
            await harness.bot.check_connection()
            await harness.quiet()
        assert not harness.bot.failed.done()
        assert all(times == 1 for times in Counter(call.method for call in harness.slack.calls[asked:]).values())
        logged = Counter(line.partition("[")[2] for line in (begun + capsys.readouterr().out).splitlines())
        assert not any(line.startswith("error") for line in logged)
        # The channels are looked at once at the start and once more a while later.
        assert all(times <= 2 for line, times in logged.items() if line.startswith("warning"))


async def test_without_the_scope_for_posting_digests_wait_and_come_once_it_is_granted(tmp_path: Path) -> None:
    async with open_harness(tmp_path, granted=ALL - {"chat:write"}) as harness:
        await harness.serve()
        morning = harness.clock.now().replace(day=2)
        await harness.at(morning)
        assert harness.slack.messages(harness.papers.id) == []
        asked = len(harness.slack.calls)
        for hour in range(1, 24):
            await harness.at(morning.replace(hour=hour))
        assert len(harness.slack.calls) - asked < 24
        assert not harness.bot.failed.done()
        await harness.slack.install_again()
        await harness.at(morning.replace(day=3))
        assert harness.slack.messages(harness.papers.id)


async def test_links_that_may_not_be_shown_are_passed_over_without_a_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_harness(tmp_path, granted=ALL - {"links:write"}) as harness:
        await harness.quiet()
        capsys.readouterr()
        asked = len(harness.slack.calls)
        for _ in range(3):
            assert await paste_a_link(harness) == []
        assert harness.slack.deliveries[-1].acked
        assert harness.slack.calls[asked:] == []
        assert capsys.readouterr().out == ""


def manifest_of_release_0_5() -> dict[str, Any]:
    """The manifest that an app made with release 0.5.0 still has, until somebody replaces it."""
    manifest = build_manifest()
    new = {"app_home_opened", "app_mention", "message.im", "link_shared"}
    features = manifest["features"]
    del features["shortcuts"], features["unfurl_domains"]
    features["app_home"] = {
        "home_tab_enabled": False,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": True,
    }
    manifest["oauth_config"]["scopes"] = {"bot": sorted(REQUIRED)}
    manifest["settings"]["event_subscriptions"]["bot_events"] = [event for event in EVENTS if event not in new]
    return manifest


async def test_an_app_installed_by_the_release_before_goes_on_working_and_its_operator_hears_once(
    tmp_path: Path,
) -> None:
    manifest = manifest_of_release_0_5()
    async with open_harness(tmp_path, manifest=manifest, granted=REQUIRED, paperboy_operator=ANA) as harness:
        await harness.post(top=2)
        closed = {each.entry_point for each in closed_entry_points(REQUIRED)}
        for entry_point in TRIES.keys() - closed - {EntryPoint.HOME, EntryPoint.SHORTCUTS}:
            assert await TRIES[entry_point](harness), entry_point
        told = [read(each) for each in harness.slack.messages(harness.slack.direct_messages(ANA).id)]
        assert len([each for each in told if "reinstall" in each]) == 1
        assert [call.method for call in harness.slack.calls if call.error] == []
