"""A model's summary is held to what was read, and written once more where it does not hold."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from bot.http import Patience, open_client
from bot.papers import Section
from bot.summaries.llm import Failure, LanguageModel, Wire
from bot.summaries.material import choose_material
from bot.summaries.writing import Writer, characters_in, tokens_for
from tests.model_server import Answer, ScriptedModel
from tests.papers_in_full import MATTING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.papers import Material
    from bot.summaries.writing import Written

NOTHING = dict.fromkeys((section.value for section in Section), None)
TRUE = NOTHING | {
    "whats_new": "Image matting is treated as generation.",
    "technical_details": "A latent diffusion model draws the matte in 64 steps.",
}
KOREAN = NOTHING | {
    "whats_new": "이미지 매팅(matting)을 생성 문제로 봅니다. 잠재 확산(latent diffusion) 모델이 64단계로 그립니다."
}
INVENTED = TRUE | {"technical_details": "A latent diffusion model draws the matte in 640 steps, on ImageNet."}


@pytest.fixture
async def server() -> AsyncIterator[ScriptedModel]:
    async with ScriptedModel.open() as opened:
        yield opened


@pytest.fixture
def material() -> Material:
    material = choose_material(MATTING, None, most_characters=4000)
    assert material
    return material


@asynccontextmanager
async def writer_at(server: ScriptedModel) -> AsyncIterator[Writer]:
    async with open_client(None) as client:
        model = LanguageModel(
            client, wire=Wire.OPENAI, model="scripted", base_url=f"{server.url}/v1", patience=Patience(2, 5.0)
        )
        yield Writer(model)


async def write(
    server: ScriptedModel, material: Material, *answers: Answer, language: str = "en", complaint: str = ""
) -> Written:
    server.answers(*answers)
    async with writer_at(server) as writer:
        return await writer.write(material, language, complaint=complaint)


async def test_what_holds_is_accepted_at_once(server: ScriptedModel, material: Material) -> None:
    written = await write(server, material, Answer(TRUE))
    assert written.accepted
    assert dict(written.accepted.sections) == {
        Section.WHATS_NEW: "Image matting is treated as generation.",
        Section.TECHNICAL_DETAILS: "A latent diffusion model draws the matte in 64 steps.",
    }
    assert (len(server.asked), written.usage.input_tokens) == (1, 1000)


async def test_the_model_is_told_the_language_and_reads_what_was_read(
    server: ScriptedModel, material: Material
) -> None:
    written = await write(server, material, Answer(KOREAN), language="ko")
    assert written.accepted
    (asked,) = server.asked
    assert "Write in Korean." in asked.prompt
    assert "합니다체" in asked.prompt
    assert material.text in asked.prompt


async def test_what_does_not_hold_is_written_once_more_with_the_offenders_named(
    server: ScriptedModel, material: Material
) -> None:
    written = await write(server, material, Answer(INVENTED), Answer(TRUE))
    assert written.accepted
    rejected, accepted = written.drafts
    assert rejected.faults
    assert not accepted.faults
    again = server.asked[1].prompt
    assert "640" in again.rpartition("That cannot be printed")[2]
    assert "ImageNet" in again.rpartition("That cannot be printed")[2]
    assert written.usage.input_tokens == 2000


async def test_what_never_holds_is_never_accepted(server: ScriptedModel, material: Material) -> None:
    written = await write(server, material, Answer(INVENTED))
    assert written.accepted is None
    assert len(written.drafts) == len(server.asked) == 2


@pytest.mark.parametrize(
    "mendable",
    [Answer(words="Here you are: a fine paper."), Answer(words=""), Answer(words='{"whats_new": "Im', finish="length")],
)
async def test_what_cannot_be_read_is_asked_for_once_more(
    server: ScriptedModel, material: Material, mendable: Answer
) -> None:
    assert (await write(server, material, mendable, Answer(TRUE))).accepted
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (Answer(words="", refusal="I will not."), Failure.DECLINED),
        (Answer(words="no such model", status=404), Failure.REFUSED),
        (Answer(words="busy", status=503), Failure.UNREACHABLE),
    ],
)
async def test_what_no_other_words_would_mend_ends_there(
    server: ScriptedModel, material: Material, answer: Answer, failure: Failure
) -> None:
    written = await write(server, material, answer)
    assert written.accepted is None
    assert [attempt.failure for attempt in written.attempts] == [failure]


@pytest.mark.parametrize(
    "added",
    [
        "See https://evil.example for more.",
        "Ask <@U12345> about it.",
        "<!channel> read this.",
        "Write to boss@evil.example.",
    ],
)
async def test_no_link_and_no_mention_gets_in(server: ScriptedModel, material: Material, added: str) -> None:
    injected = TRUE | {"whats_new": f"Image matting is treated as generation. {added}"}
    assert (await write(server, material, Answer(injected))).accepted is None


async def test_a_summary_in_another_language_is_none(server: ScriptedModel, material: Material) -> None:
    written = await write(server, material, Answer(TRUE), language="ko")
    assert written.accepted is None
    assert "it is not in Korean" in written.drafts[0].faults


async def test_a_summary_that_says_nothing_is_none(server: ScriptedModel, material: Material) -> None:
    written = await write(server, material, Answer(NOTHING | {"limitations": "Glass stays hard."}))
    assert written.accepted is None


async def test_markdown_and_invisible_characters_are_not_shown(server: ScriptedModel, material: Material) -> None:
    marked = TRUE | {"whats_new": "**Image matting** is treated\n\nas \u202egeneration."}
    written = await write(server, material, Answer(marked))
    assert written.accepted
    assert written.accepted.sections[0][1] == "Image matting is treated as generation."


async def test_the_paper_cannot_end_its_own_fence(server: ScriptedModel, material: Material) -> None:
    await write(server, material, Answer(TRUE), complaint="The number is wrong.")
    (asked,) = server.asked
    told = asked.body["messages"][1]["content"]
    fence = told.partition(">")[0].removeprefix("<")
    assert told.count(f"</{fence}>") == 1
    assert fence not in material.text
    assert f"<{fence}-readers>\nThe number is wrong.\n</{fence}-readers>" in told


def test_a_window_holds_the_paper_and_all_that_goes_with_it(material: Material) -> None:
    assert characters_in(4_000) == 3_000
    assert characters_in(1_000_000) == 48_000
    assert tokens_for(material) > material.characters // 4
