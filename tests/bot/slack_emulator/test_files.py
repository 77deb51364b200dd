"""Files go the way Slack documents: announced, uploaded, completed, shared; and what it refuses is refused."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack_emulator import Channel, Person, SlackEmulator

Json = dict[str, Any]
CONTENT = b"@misc{vaswani2017attention}\n"


@pytest.fixture
def manifest(manifest: Json) -> Json:
    manifest["oauth_config"]["scopes"]["bot"] += ["files:read", "files:write"]
    return manifest


@pytest.fixture
def alone(slack: SlackEmulator, ana: Person) -> Channel:
    return slack.direct_messages(ana.id)


async def refusal(call: Any) -> Any:
    with pytest.raises(SlackApiError) as refused:
        await call
    return refused.value.response


async def uploaded(client: AsyncWebClient, session: aiohttp.ClientSession, content: bytes = CONTENT) -> str:
    """The ID of a file whose bytes were sent."""
    announced = await client.files_getUploadURLExternal(filename="list.bib", length=len(content))
    async with session.post(announced["upload_url"], data=content) as response:
        assert (response.status, await response.text()) == (200, f"OK - {len(content)}")
    return str(announced["file_id"])


async def test_a_file_is_announced_uploaded_and_shared_in_a_direct_message(
    slack: SlackEmulator, client: AsyncWebClient, session: aiohttp.ClientSession, alone: Channel
) -> None:
    file_id = await uploaded(client, session)
    answer = await client.files_completeUploadExternal(
        files=[{"id": file_id, "title": "My list"}], channel_id=alone.id, initial_comment="here"
    )
    assert answer["files"][0]["shares"] == {}
    message = slack.messages(alone.id)[-1]
    assert (message.text, message.user, message.files[0]["id"]) == ("here", slack.bot_user_id, file_id)
    assert (slack.file(file_id).title, slack.file(file_id).content) == ("My list", CONTENT)
    event = slack.deliveries[-1].payload["event"]
    assert (event["subtype"], event["files"][0]["name"]) == ("file_share", "list.bib")
    history = await client.conversations_history(channel=alone.id)
    assert "subtype" not in history["messages"][0]
    assert history["messages"][0]["files"][0]["id"] == file_id


async def test_in_no_conversation_it_is_shown_to_nobody(
    slack: SlackEmulator, client: AsyncWebClient, session: aiohttp.ClientSession, alone: Channel
) -> None:
    file_id = await uploaded(client, session)
    await client.files_completeUploadExternal(files=[{"id": file_id}])
    assert [each.id for each in slack.files] == [file_id]
    assert slack.messages(alone.id) == []


async def test_a_form_will_do_for_the_bytes(
    slack: SlackEmulator, client: AsyncWebClient, session: aiohttp.ClientSession, alone: Channel
) -> None:
    announced = await client.files_getUploadURLExternal(filename="list.bib", length=len(CONTENT))
    form = aiohttp.FormData()
    form.add_field("file", CONTENT, filename="list.bib")
    async with session.post(announced["upload_url"], data=form) as response:
        assert response.status == 200
    await client.files_completeUploadExternal(files=[{"id": announced["file_id"]}], channel_id=alone.id)
    assert slack.file(announced["file_id"]).content == CONTENT


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"filename": "x"}, "missing_argument"),
        ({"filename": "", "length": 1}, "missing_argument"),
        ({"filename": "x", "length": 0}, "invalid_arguments"),
        ({"filename": "x", "length": "many"}, "invalid_arguments"),
        ({"filename": "x", "length": 2**31}, "file_upload_size_restricted"),
        ({"filename": "x", "length": 2**21, "snippet_type": "python"}, "snippet_too_large"),
        ({"filename": "x", "length": 1, "alt_txt": "x" * 1001}, "alt_txt_too_large"),
    ],
)
async def test_what_cannot_be_announced_is_refused(client: AsyncWebClient, arguments: Json, error: str) -> None:
    assert (await refusal(client.api_call("files.getUploadURLExternal", data=arguments)))["error"] == error


async def test_bytes_of_another_length_and_bytes_that_come_too_late_are_not_kept(
    manifest: Json, session: aiohttp.ClientSession
) -> None:
    now = [datetime(2026, 8, 3, tzinfo=UTC)]
    async with SlackEmulator(manifest, now=lambda: now[0]) as slack:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[])
        short = await client.files_getUploadURLExternal(filename="x", length=3)
        late = await client.files_getUploadURLExternal(filename="x", length=3)
        async with session.post(short["upload_url"], data=b"four") as response:
            assert response.status == 400
        now[0] += timedelta(hours=1)
        async with session.post(late["upload_url"], data=b"abc") as response:
            assert response.status == 404
        for each in (short, late):
            completed = client.files_completeUploadExternal(files=[{"id": each["file_id"]}])
            assert (await refusal(completed))["error"] == "file_not_found"


@pytest.mark.parametrize(
    ("place", "error"),
    [
        (lambda slack, ana: ana.id, "invalid_arguments"),
        (lambda slack, ana: "papers", "invalid_arguments"),
        (lambda slack, ana: slack.direct_messages(ana.id).id.replace("D0", "D9"), "channel_not_found"),
        (lambda slack, ana: slack.add_channel("secret", with_bot=False, private=True).id, "channel_not_found"),
        (lambda slack, ana: slack.add_channel("elsewhere", with_bot=False).id, "not_in_channel"),
    ],
)
async def test_only_a_conversation_the_bot_is_in_takes_files_and_only_by_its_own_id(
    slack: SlackEmulator,
    client: AsyncWebClient,
    session: aiohttp.ClientSession,
    ana: Person,
    place: Callable[[SlackEmulator, Person], str],
    error: str,
) -> None:
    file_id = await uploaded(client, session)
    completed = client.files_completeUploadExternal(files=[{"id": file_id}], channel_id=place(slack, ana))
    assert (await refusal(completed))["error"] == error
    assert slack.files == []


async def test_a_file_is_completed_once(
    client: AsyncWebClient, session: aiohttp.ClientSession, slack: SlackEmulator, alone: Channel
) -> None:
    file_id = await uploaded(client, session)
    await client.files_completeUploadExternal(files=[{"id": file_id}], channel_id=alone.id)
    again = client.files_completeUploadExternal(files=[{"id": file_id}], channel_id=alone.id)
    assert (await refusal(again))["error"] == "file_not_found"
    assert len(slack.messages(alone.id)) == 1


async def test_what_somebody_sends_can_be_fetched_with_the_token_and_else_leads_to_the_sign_in_page(
    slack: SlackEmulator, session: aiohttp.ClientSession, ana: Person, alone: Channel
) -> None:
    await slack.send_file(ana.id, alone.id, "my list.bib", CONTENT, text="mine")
    event = slack.deliveries[-1].payload["event"]
    assert (event["subtype"], event["text"], event["files"][0]["size"]) == ("file_share", "mine", len(CONTENT))
    url = event["files"][0]["url_private_download"]
    async with session.get(url, headers={"Authorization": f"Bearer {slack.bot_token}"}) as response:
        assert (response.status, await response.read()) == (200, CONTENT)
    async with session.get(url) as response:
        assert response.content_type == "text/html"
    slack.app.scopes.discard("files:read")
    async with session.get(
        url, headers={"Authorization": f"Bearer {slack.bot_token}"}, allow_redirects=False
    ) as response:
        assert response.status == 302


async def test_a_file_that_was_never_shared_where_the_bot_is_cannot_be_fetched(
    slack: SlackEmulator, session: aiohttp.ClientSession, ana: Person
) -> None:
    elsewhere = slack.add_channel("elsewhere", members=[ana.id], with_bot=False)
    message = await slack.send_file(ana.id, elsewhere.id, "secret.bib", CONTENT)
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    async with session.get(message.files[0]["url_private"], headers=headers) as response:
        assert response.status == 404


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_files_need_their_scope(slack: SlackEmulator, client: AsyncWebClient, method: str) -> None:
    slack.app.scopes.discard("files:write")
    assert (await refusal(client.api_call(method)))["needed"] == "files:write"


async def test_bytes_that_arrived_stay_whatever_became_of_the_answer(
    slack: SlackEmulator, client: AsyncWebClient, session: aiohttp.ClientSession, alone: Channel
) -> None:
    announced = await client.files_getUploadURLExternal(filename="list.bib", length=len(CONTENT))
    slack.faults.drop_after_accepting("upload_url")
    with pytest.raises(aiohttp.ClientError):
        await session.post(announced["upload_url"], data=CONTENT)
    slack.faults.answer("upload_url", status=503)
    async with session.post(announced["upload_url"], data=CONTENT) as response:
        assert response.status == 503
    assert (await client.files_completeUploadExternal(files=[{"id": announced["file_id"]}], channel_id=alone.id))["ok"]
    assert [(call.method, call.token) for call in slack.calls if call.method == "upload_url"] == [
        ("upload_url", None),
        ("upload_url", None),
    ]
