"""Asking a language model: it ends in an object of the form asked for, or in a failure with a name."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.summaries.models.client import ApiStyle, ModelFailed
from bot.summaries.models.requests import ChatMessage, ModelRequest, RequestStyle, openai_request
from bot.summaries.models.responses import Failure, ParsedAnswer, Usage, object_answered, read_anthropic, read_openai
from tests.model_server import Answer, Asked, ScriptedModel, model_at

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"heard": {"type": "boolean"}},
    "required": ["heard"],
    "additionalProperties": False,
}
HEARD = Answer({"heard": True})
MESSAGES = [ChatMessage("user", "Can you be heard?")]
BOTH = pytest.mark.parametrize("api_style", ApiStyle)


async def failure_of(server: ScriptedModel, api_style: ApiStyle = ApiStyle.OPENAI, **more: Any) -> ModelFailed:
    async with model_at(server, api_style, **more) as model:
        with pytest.raises(ModelFailed) as trouble:
            await model.ask("Answer.", MESSAGES, SCHEMA)
    return trouble.value


class TestAnAnswer:
    @BOTH
    async def test_is_an_object_with_what_it_cost(self, server: ScriptedModel, api_style: ApiStyle) -> None:
        server.answers(HEARD)
        async with model_at(server, api_style) as model:
            reply = await model.ask("Answer.", MESSAGES, SCHEMA)
        assert (reply.values, reply.usage) == ({"heard": True}, Usage(1000, 200))
        (asked,) = server.asked
        assert "Answer." in asked.prompt
        assert "Can you be heard?" in asked.prompt
        assert "temperature" not in asked.body

    async def test_is_found_among_thoughts_and_fences(self, server: ScriptedModel) -> None:
        server.answers(Answer(words='<think>{"heard": 1}</think>Sure:\n```json\n{"heard": true}\n```'))
        async with model_at(server) as model:
            assert (await model.ask("Answer.", MESSAGES, SCHEMA)).values == {"heard": True}

    @BOTH
    async def test_whose_cost_is_not_told_costs_about_its_length(
        self, server: ScriptedModel, api_style: ApiStyle
    ) -> None:
        server.answers(Answer({"heard": True}, usage=None))
        async with model_at(server, api_style) as model:
            usage = (await model.ask("x" * 4000, MESSAGES, SCHEMA)).usage
        assert usage.input_tokens == pytest.approx(1000, abs=10)
        assert usage.output_tokens > 0

    async def test_of_openai_is_asked_for_with_the_key_where_there_is_one(self, server: ScriptedModel) -> None:
        async with model_at(server) as model, model_at(server, api_key=None) as keyless:
            await model.ask("Answer.", MESSAGES, SCHEMA)
            await keyless.ask("Answer.", MESSAGES, SCHEMA)
        assert [asked.headers.get("Authorization") for asked in server.asked] == ["Bearer sk-secret", None]

    @pytest.mark.parametrize("ending", ["", "/", "/v1", "/v1/"])
    async def test_of_anthropic_comes_whichever_way_the_address_is_written(
        self, server: ScriptedModel, ending: str
    ) -> None:
        async with model_at(server, ApiStyle.ANTHROPIC) as model:
            model._base_url = f"{server.url}{ending}".rstrip("/")
            await model.ask("Answer.", MESSAGES, SCHEMA)
        (asked,) = server.asked
        assert (asked.path, asked.headers["x-api-key"]) == ("/v1/messages", "sk-secret")
        assert asked.body["tools"][0]["input_schema"] == SCHEMA


class TestWhatAServerDoesNotKnow:
    async def test_is_left_out_step_by_step_and_remembered(self, server: ScriptedModel) -> None:
        def knows_only_words(asked: Asked) -> Answer:
            return HEARD if asked.form == "words" else Answer(words="response_format is not supported", status=400)

        server.script = knows_only_words
        async with model_at(server) as model:
            await model.ask("Answer.", MESSAGES, SCHEMA)
            await model.ask("Answer.", MESSAGES, SCHEMA)
        assert [asked.form for asked in server.asked] == ["json_schema", "json_object", "words", "words"]
        assert '"heard"' in server.asked[-1].prompt

    async def test_may_be_the_name_of_the_greatest_length(self, server: ScriptedModel) -> None:
        def wants_the_other_name(asked: Asked) -> Answer:
            if "max_tokens" in asked.body:
                return Answer(words="Unsupported parameter: use 'max_completion_tokens' instead.", status=400)
            return HEARD

        server.script = wants_the_other_name
        async with model_at(server) as model:
            await model.ask("Answer.", MESSAGES, SCHEMA)
        assert [asked.form for asked in server.asked] == ["json_schema", "json_schema"]

    async def test_is_remembered_only_where_that_helped(self, server: ScriptedModel) -> None:
        odd = Answer(words="not today", status=400)
        server.answers(odd, odd, odd, HEARD)
        async with model_at(server) as model:
            with pytest.raises(ModelFailed):
                await model.ask("Answer.", MESSAGES, SCHEMA)
            await model.ask("Answer.", MESSAGES, SCHEMA)
        assert [asked.form for asked in server.asked] == ["json_schema", "json_object", "words", "json_schema"]

    async def test_in_the_end_is_a_refusal(self, server: ScriptedModel) -> None:
        server.answers(Answer(words="no such thing", status=400))
        failed = await failure_of(server)
        assert (failed.kind, failed.reason) == (Failure.REFUSED, "HTTP 400: no such thing")
        assert len(server.asked) == 3


class TestAFailure:
    @BOTH
    @pytest.mark.parametrize("status", [408, 409, 429, 500, 503, 529])
    async def test_that_passes_is_waited_out(self, server: ScriptedModel, api_style: ApiStyle, status: int) -> None:
        server.answers(Answer(words="later", status=status), Answer(words="later", status=status), HEARD)
        async with model_at(server, api_style) as model:
            assert (await model.ask("Answer.", MESSAGES, SCHEMA)).values == {"heard": True}
        assert len(server.asked) == 3

    async def test_of_the_connection_is_tried_again(self, server: ScriptedModel) -> None:
        server.answers(Answer(cut=True), HEARD)
        async with model_at(server) as model:
            assert (await model.ask("Answer.", MESSAGES, SCHEMA)).values == {"heard": True}

    async def test_that_lasts_is_told(self, server: ScriptedModel) -> None:
        server.answers(Answer(words="busy", status=503))
        failed = await failure_of(server)
        assert (failed.kind, failed.reason) == (Failure.UNREACHABLE, "HTTP 503: busy")
        assert len(server.asked) == 3

    async def test_that_would_take_too_long_is_not_waited_for(self, server: ScriptedModel) -> None:
        server.answers(Answer(words="later", status=429, headers={"Retry-After": "3600"}), HEARD)
        assert (await failure_of(server)).kind is Failure.UNREACHABLE
        assert len(server.asked) == 1

    @BOTH
    @pytest.mark.parametrize("status", [401, 403, 404])
    async def test_of_key_or_model_is_told_at_once_in_the_servers_words_without_the_key(
        self, server: ScriptedModel, api_style: ApiStyle, status: int
    ) -> None:
        server.answers(Answer(words="Incorrect API key provided: sk-secret.", status=status))
        failed = await failure_of(server, api_style)
        assert failed.kind is Failure.REFUSED
        assert failed.reason == f"HTTP {status}: Incorrect API key provided: …."
        assert len(server.asked) == 1

    @pytest.mark.parametrize(
        ("api_style", "answer", "kind"),
        [
            (ApiStyle.OPENAI, Answer(words='{"heard": tr', finish="length"), Failure.CUT_SHORT),
            (ApiStyle.ANTHROPIC, Answer(words='{"heard": tr', finish="max_tokens"), Failure.CUT_SHORT),
            (ApiStyle.ANTHROPIC, Answer(words="", finish="max_tokens"), Failure.THINKING),
            (ApiStyle.OPENAI, Answer(words="", finish="content_filter"), Failure.DECLINED),
            (ApiStyle.OPENAI, Answer(words="", refusal="I will not."), Failure.DECLINED),
            (ApiStyle.ANTHROPIC, Answer(words="I will not.", finish="refusal"), Failure.DECLINED),
            (ApiStyle.OPENAI, Answer(words=""), Failure.EMPTY),
            (ApiStyle.ANTHROPIC, Answer(words="", finish="end_turn"), Failure.EMPTY),
            (ApiStyle.OPENAI, Answer(words="I hear you well."), Failure.GARBLED),
            (ApiStyle.OPENAI, Answer({"heard": "yes"}), Failure.GARBLED),
            (ApiStyle.ANTHROPIC, Answer({"seen": True}), Failure.GARBLED),
            (ApiStyle.OPENAI, Answer(raw=b"<html>"), Failure.REFUSED),
            (ApiStyle.OPENAI, Answer(raw=b'{"error": {"message": "no credits"}}'), Failure.REFUSED),
        ],
    )
    async def test_of_the_model_has_its_own_name(
        self, server: ScriptedModel, api_style: ApiStyle, answer: Answer, kind: Failure
    ) -> None:
        server.answers(answer)
        assert (await failure_of(server, api_style)).kind is kind
        assert len(server.asked) == 1

    async def test_costs_what_it_cost(self, server: ScriptedModel) -> None:
        server.answers(Answer(words="I hear you well."))
        assert (await failure_of(server)).usage == Usage(1000, 200)

    async def test_may_be_an_answer_without_end(self, server: ScriptedModel) -> None:
        server.answers(Answer(raw=b" " * (3 * 1024 * 1024)))
        assert (await failure_of(server)).kind is Failure.UNREACHABLE

    async def test_may_be_a_server_that_sends_us_elsewhere(self, server: ScriptedModel) -> None:
        server.answers(Answer(words="", status=307, headers={"Location": "http://localhost:1/v1/chat/completions"}))
        assert (await failure_of(server)).kind is Failure.UNREACHABLE


async def test_no_more_are_asked_at_once_than_was_said_and_each_is_answered(server: ScriptedModel) -> None:
    gate = asyncio.Event()
    server.script = lambda asked: Answer({"heard": "7" in asked.prompt}, when=gate)
    async with model_at(server, at_once=3) as model:
        asking = [asyncio.create_task(model.ask(str(number), MESSAGES, SCHEMA)) for number in range(10)]
        await server.called(3)
        gate.set()
        replies = await asyncio.gather(*asking)
    assert server.most_at_once == 3
    assert [reply.values["heard"] for reply in replies] == [number == 7 for number in range(10)]


async def test_one_that_fails_leaves_the_others_alone(server: ScriptedModel) -> None:
    server.script = lambda asked: Answer(words="no") if "3" in asked.prompt else HEARD
    async with model_at(server) as model:
        asking = [model.ask(str(number), MESSAGES, SCHEMA) for number in range(6)]
        outcomes = await asyncio.gather(*asking, return_exceptions=True)
    assert [isinstance(outcome, ModelFailed) for outcome in outcomes] == [number == 3 for number in range(6)]


class TestWhateverIsSent:
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
    @given(body=st.binary(max_size=300))
    async def test_bytes_end_in_a_reply_or_a_named_failure(self, server: ScriptedModel, body: bytes) -> None:
        server.answers(Answer(raw=body))
        async with model_at(server) as model:
            with suppress(ModelFailed):
                await model.ask("Answer.", MESSAGES, SCHEMA)

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: (
                st.lists(inner)
                | st.dictionaries(
                    st.sampled_from(
                        ["choices", "message", "content", "usage", "type", "input", "text", "prompt_tokens"]
                    )
                    | st.text(),
                    inner,
                )
            ),
            max_leaves=20,
        )
    )
    def test_json_is_read_without_complaint(self, body: object) -> None:
        if isinstance(body, dict):
            for parsed in (read_openai(body), read_anthropic(body)):
                assert isinstance(parsed.text, str)

    @given(st.text(), st.dictionaries(st.text(), st.integers() | st.text()), st.text())
    def test_an_object_is_found_between_any_words(self, before: str, values: dict[str, object], after: str) -> None:
        before = before.replace("{", "").replace("<", "")
        values = {key: value for key, value in values.items() if key.lower() != "heard"}
        whole = {"heard": True, **values}
        assert object_answered(ParsedAnswer(before + json.dumps(whole) + after.replace("{", "")), SCHEMA)[0] == {
            "heard": True
        }

    @given(st.text())
    def test_no_text_whatsoever_crashes_the_search_for_one(self, text: str) -> None:
        object_answered(ParsedAnswer(text), SCHEMA)


def test_half_a_character_can_be_sent_back_to_a_model() -> None:
    request = openai_request(ModelRequest("m", "i", [ChatMessage("assistant", "\ud800")], SCHEMA, 10), RequestStyle())
    assert json.dumps(request).encode().isascii()
