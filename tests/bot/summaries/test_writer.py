"""A model's summary is held to what was read, and written once more where it does not hold."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.http import RetryPolicy, open_client
from bot.rules.papers import ReadSource, Section
from bot.rules.reports import Complaint
from bot.summaries.material import choose_material
from bot.summaries.models.client import ApiStyle, LanguageModel
from bot.summaries.models.responses import Failure
from bot.summaries.token_limits import characters_in, tokens_for
from bot.summaries.writer import Writer
from tests.model_server import Answer, ScriptedModel
from tests.papers_in_full import MATTING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.rules.papers import Material
    from bot.summaries.writer import Written
    from tests.model_server import Asked

NOTHING = dict.fromkeys((section.value for section in Section), None)
TRUE = NOTHING | {
    "whats_new": "Image matting is treated as generation.",
    "technical_details": "A latent diffusion model draws the matte in 64 steps.",
}
KOREAN = NOTHING | {
    "whats_new": "이미지 매팅(matting)을 생성 문제로 봅니다. 잠재 확산(latent diffusion) 모델이 64단계로 그립니다."
}
LEFT_OUT = "left out"
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
async def writer_at(server: ScriptedModel, **more: Any) -> AsyncIterator[Writer]:
    settings = {"retry_policy": RetryPolicy(2, 5.0), **more}
    async with open_client(None) as client:
        model = LanguageModel(
            client, api_style=ApiStyle.OPENAI, model="scripted", base_url=f"{server.url}/v1", **settings
        )
        yield Writer(model)


async def write(
    server: ScriptedModel,
    material: Material,
    *answers: Answer,
    language: str = "en",
    complaint: Complaint | None = None,
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


TAKEAWAY = "Image matting is treated as generation by a latent diffusion model."


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (TAKEAWAY, TAKEAWAY),
        (f"**{TAKEAWAY}**", TAKEAWAY),
        (f"In this paper, {TAKEAWAY[0].lower()}{TAKEAWAY[1:]} It is new.", f"In this paper, i{TAKEAWAY[1:]}"),
        (f"{TAKEAWAY[:-1]}, which {'draws the matte of the image ' * 8}.", TAKEAWAY),
        ("A latent diffusion model draws the matte of an image in 640 steps.", None),
        ("A latent diffusion model draws the matte, see https://evil.example for more.", None),
        ("It draws the matte with this model.", None),
        ("Image matting, generated", None),
        ("이미지 매팅을 생성 문제로 봅니다.", None),
        ("The paper doesn't say.", None),
        (None, None),
        ([TAKEAWAY], TAKEAWAY),
        ({"text": TAKEAWAY}, TAKEAWAY),
        ("", None),
        (" \n", None),
        ([], None),
        ({}, None),
        (7, None),
        (6.4e1, None),
        (float("nan"), None),
        (True, None),
        ([1, 2], None),
        ([TAKEAWAY, 7], None),
        ([[TAKEAWAY]], None),
        ({"text": TAKEAWAY, "language": "en"}, None),
        ({"text": 7}, None),
        ({"whats_new": "Nothing."}, None),
        (float("-inf"), None),
        (TAKEAWAY[:-1] * 2_000, None),
        ("draws the matte " * 5_000, None),
        ("\ud800", None),
    ],
    ids=lambda value: repr(value)[:60],
)
async def test_a_takeaway_is_kept_where_it_holds_and_costs_no_summary_where_it_does_not(
    server: ScriptedModel, material: Material, told: object, kept: str | None
) -> None:
    written = await write(server, material, Answer(TRUE | {"takeaway": told}))
    assert written.accepted
    assert written.accepted.takeaway == kept
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("de", "Ein latentes Diffusionsmodell zeichnet die Maske in 64 Schritten."),
        ("fr", "Un modèle de diffusion latent dessine le masque en 64 étapes."),
    ],
)
async def test_a_takeaway_may_be_in_any_language(
    server: ScriptedModel, material: Material, language: str, told: str
) -> None:
    answer = NOTHING | {"whats_new": told, "takeaway": told}
    written = await write(server, material, Answer(answer), language=language)
    assert written.accepted
    assert written.accepted.takeaway == told


async def test_a_takeaway_is_in_the_language_asked_for(server: ScriptedModel, material: Material) -> None:
    told = "이미지 매팅을 잠재 확산 모델의 생성 문제로 봅니다."
    written = await write(server, material, Answer(KOREAN | {"takeaway": told}), language="ko")
    assert written.accepted
    assert written.accepted.takeaway == told
    written = await write(server, material, Answer(KOREAN | {"takeaway": TAKEAWAY}), language="ko")
    assert written.accepted
    assert written.accepted.takeaway is None


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


async def test_no_paper_can_end_its_own_fence(server: ScriptedModel, material: Material) -> None:
    """What the fence is called is known to nobody before it is set up, and is another each time."""
    fences = []
    for _ in range(3):
        await write(server, material, Answer(TRUE))
        told = server.asked[-1].body["messages"][1]["content"]
        fence = told.partition(">")[0].removeprefix("<")
        assert (told.count(f"<{fence}>"), told.count(f"</{fence}>")) == (1, 1)
        assert f"</{fence}>" in server.asked[-1].body["messages"][0]["content"]
        fences.append(fence)
    assert len(set(fences)) == 3
    assert all(len(bytes.fromhex(fence.rpartition("-")[2])) >= 16 for fence in fences)


@pytest.mark.parametrize("complaint", Complaint)
async def test_of_what_readers_say_the_model_hears_the_kind(
    server: ScriptedModel, material: Material, complaint: Complaint
) -> None:
    await write(server, material, Answer(TRUE), complaint=complaint)
    told = server.asked[-1].body["messages"][1]["content"]
    said = told.rpartition(">")[2]
    assert "Readers found the last summary of this paper wrong" in said
    assert complaint is Complaint.SOMETHING_ELSE or complaint.split("_")[-1][:5] in said


@pytest.mark.parametrize(
    "nothing", ["null", "N/A", "None", "Not mentioned in the paper.", "해당 없음", "언급되지 않음", "-", ""]
)
async def test_what_the_paper_does_not_say_is_left_out_however_that_is_written(
    server: ScriptedModel, material: Material, nothing: str
) -> None:
    written = await write(server, material, Answer(TRUE | {"limitations": nothing, "conclusion": nothing}))
    assert written.accepted
    assert [section for section, _ in written.accepted.sections] == [Section.WHATS_NEW, Section.TECHNICAL_DETAILS]


async def test_formulas_are_written_in_the_characters_they_mean(server: ScriptedModel, material: Material) -> None:
    raw = json.dumps(TRUE).replace("in 64 steps", r"in 64 steps with $\beta$ and $\tau$")
    written = await write(server, material, Answer(words=raw))
    assert "in 64 steps with β and τ" in dict(written.drafts[0].sections)[Section.TECHNICAL_DETAILS]


class TestAModelThatThinks:
    def thinks_for(self, tokens: int) -> Callable[[Asked], Answer]:
        def script(asked: Asked) -> Answer:
            if asked.most_output < tokens:
                return Answer(words="", finish="length", usage=(1000, asked.most_output))
            return Answer(TRUE, usage=(1000, tokens))

        return script

    async def test_is_given_more_room_once_and_for_good(self, server: ScriptedModel, material: Material) -> None:
        server.script = self.thinks_for(3_500)
        async with writer_at(server) as writer:
            assert (await writer.write(material, "en")).accepted
            assert (await writer.write(material, "en")).accepted
        assert [asked.most_output for asked in server.asked] == [2_000, 8_000, 8_000]
        assert len({asked.prompt.partition("<paper-")[0] for asked in server.asked}) == 1

    async def test_may_still_be_asked_again_for_what_does_not_hold(
        self, server: ScriptedModel, material: Material
    ) -> None:
        server.answers(Answer(words="", finish="length"), Answer(INVENTED), Answer(TRUE))
        async with writer_at(server) as writer:
            assert (await writer.write(material, "en")).accepted

    async def test_without_end_is_asked_twice(self, server: ScriptedModel, material: Material) -> None:
        server.script = self.thinks_for(10**6)
        async with writer_at(server) as writer:
            written = await writer.write(material, "en")
            assert [attempt.failure for attempt in written.attempts] == [Failure.THINKING] * 2
            assert len((await writer.write(material, "en")).attempts) == 1

    async def test_keeps_to_the_limit_that_was_set(self, server: ScriptedModel, material: Material) -> None:
        server.script = self.thinks_for(3_500)
        async with writer_at(server, most_output_tokens=3_000) as writer:
            await writer.write(material, "en")
        assert [asked.most_output for asked in server.asked] == [3_000]


async def test_a_check_that_breaks_is_a_failure_that_is_paid_for(
    server: ScriptedModel, material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr("bot.summaries.source_check.check.check_summary", breaks)
    written = await write(server, material, Answer(TRUE))
    assert [attempt.failure for attempt in written.attempts] == [Failure.UNCHECKED]
    assert written.usage.input_tokens == 1000


async def test_a_takeaway_that_breaks_the_check_costs_itself_alone(
    server: ScriptedModel, material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr("bot.summaries.takeaways.checked_takeaway", breaks)
    written = await write(server, material, Answer(TRUE | {"takeaway": TAKEAWAY}))
    assert written.accepted
    assert written.accepted.takeaway is None
    assert len(server.asked) == 1


async def test_what_cannot_be_paid_for_is_not_asked_again(server: ScriptedModel, material: Material) -> None:
    async def cannot() -> bool:
        return False

    server.answers(Answer(INVENTED), Answer(TRUE))
    async with writer_at(server) as writer:
        written = await writer.write(material, "en", may_ask_again=cannot)
    assert (len(written.attempts), written.is_cut_off) == (1, True)


def test_a_window_holds_the_paper_and_all_that_goes_with_it(material: Material) -> None:
    assert characters_in(4_000) == 3_000
    assert characters_in(1_000_000) == 48_000
    assert tokens_for(material) > material.characters // 4


class TestWhatIsNotStated:
    async def said(self, server: ScriptedModel, told: str | None, material: Material) -> tuple[Section, ...]:
        values = {**TRUE, "performance_highlights": told}
        server.answers(Answer({key: text for key, text in values.items() if text != LEFT_OUT}))
        async with writer_at(server) as writer:
            accepted = (await writer.write(material, "en")).accepted
        assert accepted
        return accepted.not_stated

    @pytest.mark.parametrize("told", [None, "", "N/A", "Not mentioned in the paper."])
    async def test_is_what_a_model_that_read_it_all_says_so_of(
        self, server: ScriptedModel, material: Material, told: str | None
    ) -> None:
        whole = replace(material, read=ReadSource.FULL_TEXT)
        assert await self.said(server, told, whole) == (Section.PERFORMANCE_HIGHLIGHTS,)

    async def test_is_not_what_a_model_does_not_speak_of(self, server: ScriptedModel, material: Material) -> None:
        whole = replace(material, read=ReadSource.FULL_TEXT)
        assert await self.said(server, LEFT_OUT, whole) == ()

    @pytest.mark.parametrize("read", [ReadSource.ABSTRACT, ReadSource.PART])
    async def test_is_nothing_for_whoever_read_less_than_all(
        self, server: ScriptedModel, material: Material, read: ReadSource
    ) -> None:
        assert await self.said(server, None, replace(material, read=read)) == ()

    async def test_is_not_what_the_text_plainly_tells(self, server: ScriptedModel, material: Material) -> None:
        result = "Experiments show that it outperforms all baselines by up to 12% on three benchmarks."
        whole = replace(material, read=ReadSource.FULL_TEXT, text=f"{material.text} {result}")
        assert await self.said(server, None, whole) == ()
