"""What people do at each entry point, and what comes back to them: tried in the simulated Slack."""

from __future__ import annotations

from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Any

from bot.errors import PaperboyError
from bot.messages.as_text import as_text
from bot.messages.message import Message
from bot.rules.channels import ChannelState
from bot.rules.entry_points import EntryPoint
from bot.rules.reading_list import SaveKind
from bot.rules.requests import LEASE, Request, RequestKind
from bot.slack.lookups import missing_emoji
from bot.slack.manifest import FIND_SHORTCUT, LOOK_UP_SHORTCUT, SAVE_SHORTCUT
from bot.slack_emulator import MisuseError
from handlers.left_over import finish_left_over
from tests.harness import DAY, Harness, like, read

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from bot.slack_emulator import Channel

PAPER, ITS_TITLE = "2407.20743", "Meltemi"
_number = count(1)


async def type_a_command(harness: Harness) -> list[str]:
    """Look a paper up with `/paper`."""
    person, room = somebody(harness), room_of(harness)
    await harness.slack.invite(person, room.id)
    await harness.slack.command(person, room.id, "/paper", PAPER)
    await harness.quiet()
    return [read(each) for each in harness.slack.ephemerals(person)]


async def react_to_a_card(harness: Harness) -> list[str]:
    """Put the saving emoji under a card; what is on the person's reading list then."""
    person = somebody(harness)
    await harness.slack.invite(person, harness.papers.id)
    await harness.slack.react(person, harness.papers.id, harness.cards[0].ts, "bookmark")
    await harness.quiet()
    saved, _ = await harness.bot.services.store.reading_lists.page(harness.team, person, limit=10)
    return [each.paper.title for each in saved]


async def use_shortcuts(harness: Harness) -> list[str]:
    """Look up the papers of a message, save them, and find a paper from anywhere; nothing unless all of it works."""
    person = somebody(harness)
    room = room_of(harness)
    await harness.slack.invite(person, room.id)
    message = await harness.slack.say(harness.ana.id, room.id, f"{PAPER} looks good")
    with suppress(MisuseError):  # without their scope Slack doesn't offer them
        await harness.slack.shortcut(person, LOOK_UP_SHORTCUT, message=message)
        await harness.slack.shortcut(person, SAVE_SHORTCUT, message=message)
        await harness.quiet()
        await harness.slack.shortcut(person, FIND_SHORTCUT)
        await harness.quiet()
    shown = [read(each) for each in harness.slack.ephemerals(person)]
    forms = [read_blocks(each.blocks) for each in harness.slack.modals(person)]
    saved, _ = await harness.bot.services.store.reading_lists.page(harness.team, person, limit=10)
    return [*shown, *forms] if shown and forms and saved else []


async def open_the_home_tab(harness: Harness) -> list[str]:
    """Open Paperboy's Home tab."""
    person = somebody(harness)
    await harness.slack.open_home(person)
    await harness.quiet()
    home = harness.slack.home(person)
    return [read_blocks(home.blocks)] if home else []


async def mention_paperboy(harness: Harness) -> list[str]:
    """Mention Paperboy with a paper's ID; what stands in the thread then."""
    room = room_of(harness)
    asked = await harness.slack.mention(harness.ana.id, room.id, PAPER)
    await harness.quiet()
    return [read(each) for each in harness.slack.thread(room.id, asked.ts)[1:]]


async def write_to_paperboy(harness: Harness) -> list[str]:
    """Write a paper's ID to Paperboy alone; what it answers."""
    person = somebody(harness)
    alone = harness.slack.direct_messages(person).id
    await harness.slack.say(person, alone, PAPER)
    await harness.quiet()
    return [read(each) for each in harness.slack.messages(alone) if each.bot_id == harness.slack.bot_id]


async def paste_a_link(harness: Harness) -> list[str]:
    """Paste a link to a paper in a channel; the cards below it."""
    room = room_of(harness)
    pasted = await harness.slack.say(harness.ana.id, room.id, f"read <https://arxiv.org/abs/{PAPER}>")
    await harness.quiet()
    shown = harness.slack.message(room.id, pasted.ts)
    return [read_blocks(card["blocks"]) for card in shown.unfurls.values()] if shown else []


async def let_a_digest_come(harness: Harness) -> list[str]:
    """Let the day's digest be posted to a channel."""
    room = room_of(harness)
    await _post(harness, room)
    return [read(each) for each in harness.slack.messages(room.id)]


async def let_a_message_be_unconfirmed(harness: Harness) -> list[str]:
    """Lose Slack's answer to the header of a digest; the headers that stand in the public channel in the end."""
    return await _headers_after_a_lost_answer(harness, room_of(harness))


async def let_a_private_message_be_unconfirmed(harness: Harness) -> list[str]:
    """The same in a private channel."""
    return await _headers_after_a_lost_answer(harness, room_of(harness, private=True))


async def archive_a_channel(harness: Harness) -> list[str]:
    """Archive a public channel that gets digests; what Paperboy knows of it then."""
    return await _archived(harness, room_of(harness))


async def archive_a_private_channel(harness: Harness) -> list[str]:
    """The same with a private channel."""
    return await _archived(harness, room_of(harness, private=True))


async def be_korean(harness: Harness) -> list[str]:
    """Have Slack in Korean; the language a person is answered in."""
    person = somebody(harness, locale="ko-KR")
    profiles = harness.bot.workspace.profiles
    await profiles.fetch_profile(harness.team, person)
    language = await profiles.language(harness.team, person)
    return [language] if language == "ko" else []


async def check_an_emoji(harness: Harness) -> list[str]:
    """Have a custom emoji looked up."""
    missing = await missing_emoji(harness.bot.workspace.client, ["ours"])
    return [] if missing is None else [f"the workspace has no :{name}:" for name in missing]


async def export_a_list(harness: Harness) -> list[str]:
    """Export a reading list; the files that come to the person."""
    person, now = somebody(harness), harness.clock.now()
    await harness.bot.services.store.reading_lists.save(harness.team, person, PAPER, SaveKind.COMMAND, now=now)
    asked = Request(harness.team, harness.papers.id, person, RequestKind.EXPORT, person, "bibtex", now)
    assert await harness.bot.deps.requests.keep(asked)
    await harness.clock.sleep(LEASE.total_seconds())
    await finish_left_over(harness.bot.deps, harness.team, harness.bot.workspace.client)
    await harness.quiet()
    alone = harness.slack.direct_messages(person).id
    return [file["name"] for message in harness.slack.messages(alone) for file in message.files]


async def send_a_file(harness: Harness) -> list[str]:
    """Send Paperboy a file with papers; what it says of them once they are saved."""
    person = somebody(harness)
    alone = harness.slack.direct_messages(person).id
    await harness.slack.send_file(person, alone, "library.txt", PAPER.encode())
    await harness.quiet()
    said = [read(each) for each in harness.slack.messages(alone) if each.bot_id == harness.slack.bot_id]
    return [each for each in said if "saved" in each]


TRIES: Mapping[EntryPoint, Callable[[Harness], Awaitable[list[str]]]] = {
    EntryPoint.COMMAND: type_a_command,
    EntryPoint.SHORTCUTS: use_shortcuts,
    EntryPoint.HOME: open_the_home_tab,
    EntryPoint.MENTIONS: mention_paperboy,
    EntryPoint.DIRECT_MESSAGES: write_to_paperboy,
    EntryPoint.LINK_PREVIEWS: paste_a_link,
    EntryPoint.REACTIONS: react_to_a_card,
    EntryPoint.DIGESTS: let_a_digest_come,
    EntryPoint.PUBLIC_CHANNELS: archive_a_channel,
    EntryPoint.PRIVATE_CHANNELS: archive_a_private_channel,
    EntryPoint.PROFILES: be_korean,
    EntryPoint.CONFIRMATION: let_a_message_be_unconfirmed,
    EntryPoint.PRIVATE_CONFIRMATION: let_a_private_message_be_unconfirmed,
    EntryPoint.CUSTOM_EMOJI: check_an_emoji,
    EntryPoint.FILES: export_a_list,
    EntryPoint.SENT_FILES: send_a_file,
}


def somebody(harness: Harness, *, locale: str = "en-US") -> str:
    """Somebody nobody has met yet; their ID."""
    return harness.slack.add_person(f"Somebody {next(_number)}", locale=locale).id


def read_blocks(blocks: Sequence[Any]) -> str:
    """Blocks as a person would read them."""
    return as_text(Message("", tuple(blocks)), width=200)


def room_of(harness: Harness, *, with_bot: bool = True, private: bool = False) -> Channel:
    """A channel of Ana's where nothing was said yet."""
    return harness.slack.add_channel(
        f"room-{next(_number)}", members=[harness.ana.id], with_bot=with_bot, private=private
    )


async def _post(harness: Harness, room: Channel) -> None:
    workspace = harness.bot.workspace
    with suppress(PaperboyError):
        await workspace.daily.post(workspace.sender, harness.team, room.id, DAY, like(top=1))


async def _headers_after_a_lost_answer(harness: Harness, room: Channel) -> list[str]:
    harness.slack.faults.drop_after_accepting("chat.postMessage")
    await _post(harness, room)
    await _post(harness, room)
    harness.slack.faults.clear()
    headers = [read(each) for each in harness.slack.messages(room.id) if each.thread_ts is None]
    return headers if len(headers) == 1 else []


async def _archived(harness: Harness, room: Channel) -> list[str]:
    await harness.serve(room)
    await harness.slack.archive(room.id, by=harness.ana.id)
    await harness.quiet()
    known = await harness.served(room)
    return [known.state.value] if known.state is ChannelState.CLOSED else []
