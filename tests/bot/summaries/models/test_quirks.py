"""Models and servers as they are: each quirk in an answer of real HTTP, and what is made of it."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.papers import Section
from bot.summaries.models import json_in_text
from bot.summaries.models.client import ApiStyle, ModelFailed, is_cut
from bot.summaries.models.json_in_text import objects_in
from bot.summaries.models.requests import ChatMessage, RequestStyle, failure_meant, window_named
from bot.summaries.models.responses import (
    Failure,
    ParsedAnswer,
    ServerError,
    Usage,
    object_answered,
    read_openai,
    server_error_in,
)
from bot.summaries.writer import SCHEMA
from tests.model_server import Answer, Asked, ScriptedModel, model_at

if TYPE_CHECKING:
    from collections.abc import Callable

SAID: dict[str, object] = {
    **dict.fromkeys(("takeaway", *(section.value for section in Section)), None),
    "whats_new": "Matting is generation.",
    "technical_details": "A latent diffusion model, trained on glass.",
}
JSON = json.dumps(SAID)
DRAFT = '{"whats_new": "draft", "technical_details": "draft"}'
MESSAGES = [ChatMessage("user", "Here is the paper.")]
BOTH = pytest.mark.parametrize("api_style", ApiStyle)


async def values_of(server: ScriptedModel, api_style: ApiStyle = ApiStyle.OPENAI, **more: Any) -> dict[str, object]:
    async with model_at(server, api_style, **more) as model:
        return dict((await model.ask("Summarize.", MESSAGES, SCHEMA)).values)


async def failure_of(server: ScriptedModel, api_style: ApiStyle = ApiStyle.OPENAI, **more: Any) -> ModelFailed:
    async with model_at(server, api_style, **more) as model:
        with pytest.raises(ModelFailed) as trouble:
            await model.ask("Summarize.", MESSAGES, SCHEMA)
    return trouble.value


def completion(message: dict[str, Any], finish: str | None = "stop", **more: Any) -> Answer:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    return Answer(raw=json.dumps({"choices": [choice], **more}).encode())


def complains(status: int, words: str, **more: Any) -> Answer:
    return Answer(raw=json.dumps({"error": {"message": words, **more}}).encode(), status=status)


WORDS = {
    "only the end of thoughts": f'The user wants {{"heard": 1}} or {DRAFT}. "Let me write it.\n</think>\n\n{JSON}',
    "thoughts": f"<think>draft: {DRAFT}</think>{JSON}",
    "empty thoughts": f"\n\n<think>\n\n</think>\n\n{JSON}",
    "thoughts twice": f'<think>a {{"x": 1}}</think><think>b {DRAFT}</think>{JSON}',
    "thoughts without end": f'<think>I think {{"a": 1}} … {DRAFT} so: {JSON}',
    "thoughts by another name": f"<thought>consider {DRAFT}</thought>\n{JSON}",
    "reasoning": f"<reasoning>consider {DRAFT}</reasoning>\n{JSON}",
    "thinking in brackets": f"[THINK]{DRAFT}[/THINK]{JSON}",
    "thinking with a prefix": f"<seed:think>{DRAFT}</seed:think>{JSON}",
    "channels": (
        f"<|channel|>analysis<|message|>We need {DRAFT}.<|end|><|start|>assistant<|channel|>final<|message|>{JSON}"
    ),
    "a box": f"<|begin_of_box|>{JSON}<|end_of_box|>",
    "fences and words": f"Sure, here it is:\n```json\n{JSON}\n```\nAsk {{me}} for more.",
    "a draft first": f"First: {DRAFT}\nBetter: {JSON}",
    "an unclosed draft first": f'First: {{"whats_new": "dra\nno, rather:\n{JSON}',
    "an unclosed list first": f'{{"a": [1, {{"b": {JSON}',
    "wrapped": json.dumps({"answer": SAID}),
    "wrapped in a list": json.dumps([SAID]),
    "as a schema": json.dumps({"type": "object", "properties": SAID}),
    "more keys": json.dumps({**SAID, "notes": {"x": 1}}),
    "fewer keys": json.dumps({key: value for key, value in SAID.items() if value}),
    "titled keys": json.dumps({key.replace("_", " ").title(): value for key, value in SAID.items()}),
    "lists": json.dumps({key: [value] if value else value for key, value in SAID.items()}),
    "empty lists": json.dumps({key: value or [] for key, value in SAID.items()}),
    "a trailing comma": f"{JSON[:-1]},}}",
    "a missing comma": JSON.replace('", "', '" "', 1),
    "Python": str(SAID),
    "Python's None": JSON.replace("null", "None"),
    "curly quotes": JSON.replace('"whats_new"', "“whats_new”"),
    "a raw line break": JSON.replace("diffusion model, ", "diffusion\nmodel, "),
    "a raw tab": JSON.replace("diffusion model, ", "diffusion\tmodel, "),
    "the end of thoughts in a text": JSON.replace("on glass", "on glass</think>"),
}


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
@BOTH
async def test_an_answer_is_found_however_it_is_written(server: ScriptedModel, api_style: ApiStyle, words: str) -> None:
    server.answers(Answer(words=words))
    values = await values_of(server, api_style)
    assert values.keys() <= SAID.keys()
    texts = {key: " ".join(str(values[key]).split()) if values.get(key) else None for key in SAID}
    assert {**texts, "technical_details": str(texts["technical_details"]).replace("</think>", "")} == SAID
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "words",
    [
        f"<think>{DRAFT}</think> I cannot say more.",
        "I hear you well.",
        '{"whats_new": "Matting is gen',
        '{"other": "object"}',
        '{"whats_new": 7}',
        "{}",
        "[]",
        '{"whats_new": [1, 2]}',
    ],
)
async def test_what_holds_no_answer_is_none(server: ScriptedModel, words: str) -> None:
    server.answers(Answer(words=words))
    assert (await failure_of(server)).kind is Failure.GARBLED


SHAPES = {
    "parts": completion({"content": [{"type": "text", "text": JSON[:40]}, {"type": "text", "text": JSON[40:]}]}),
    "thoughts beside": completion(
        {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": DRAFT}]},
                {"type": "text", "text": JSON},
            ]
        }
    ),
    "a tool": completion({"content": None, "tool_calls": [{"function": {"name": "answer", "arguments": JSON}}]}),
    "a tool's object": completion({"content": "", "tool_calls": [{"function": {"arguments": SAID}}]}),
    "a function": completion({"content": None, "function_call": {"name": "answer", "arguments": JSON}}),
    "set apart": completion({"content": None, "reasoning_content": f"I think: {DRAFT} … {JSON}"}),
    "set apart beside": completion({"content": JSON, "reasoning_content": DRAFT}),
    "no usage": completion({"content": JSON}, usage=None),
    "odd usage": completion({"content": JSON}, usage={"prompt_tokens": 1000.0, "completion_tokens": 200.0}),
    "complete before the cut": completion({"content": JSON + " " * 500}, "length"),
    "bytes before it": Answer(raw=b"\xef\xbb\xbf" + json.dumps({"choices": [{"message": {"content": JSON}}]}).encode()),
    "blanks before it": Answer(raw=b"  \n" * 50 + json.dumps({"choices": [{"message": {"content": JSON}}]}).encode()),
    "a stream": Answer(
        raw=b"".join(
            b"data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": piece}}]}).encode() + b"\n\n"
            for piece in (JSON[:30], JSON[30:])
        )
        + b"data: [DONE]\n\n"
    ),
}


@pytest.mark.parametrize("answer", SHAPES.values(), ids=SHAPES)
async def test_an_answer_of_every_legal_shape_is_read(server: ScriptedModel, answer: Answer) -> None:
    server.answers(answer)
    assert await values_of(server) == SAID


@pytest.mark.parametrize("given", [JSON, {"answer": SAID}, {"properties": SAID}, SAID | {"notes": "x"}, [SAID]])
async def test_a_tool_is_given_its_input_in_many_ways(server: ScriptedModel, given: object) -> None:
    block = {"type": "tool_use", "id": "t1", "name": "answer", "input": given}
    server.answers(Answer(raw=json.dumps({"content": [block], "stop_reason": "tool_use"}).encode()))
    assert await values_of(server, ApiStyle.ANTHROPIC) == SAID


LATEX = [
    *(r"\beta", r"\tau", r"\times", r"\nabla", r"\frac{1}{2}", r"\rho", r"\text{loss}", r"\theta", r"\neq", r"\not"),
    *(r"\bar{x}", r"\boldsymbol{x}", r"\forall", r"\right", r"\rightarrow", r"\tilde{x}", r"\underline{x}", r"\notin"),
    *(r"\alpha", r"\mathcal{L}", r"\sum_i", r"\begin{x}", r"\upsilon", r"\top", r"\rangle", r"\ne", r"\nu", r"\to"),
]


@pytest.mark.parametrize("command", LATEX)
async def test_latex_survives_whatever_escapes_it_met(server: ScriptedModel, command: str) -> None:
    """Once with backslashes doubled as JSON wants it, once as models write it, once after a server has read that."""
    wanted = f"Trained with ${command}$ on glass."
    for written in (command.replace("\\", "\\\\"), command):
        server.answers(Answer(words=JSON.replace("Matting is generation.", f"Trained with ${written}$ on glass.")))
        assert (await values_of(server))["whats_new"] == wanted
    try:
        eaten = json.loads(f'"Trained with ${command}$ on glass."')
    except ValueError:
        return
    server.answers(Answer({**SAID, "whats_new": eaten}))
    assert (await values_of(server, ApiStyle.ANTHROPIC))["whats_new"] == wanted


@pytest.mark.parametrize("line", ["The model", "next", "e depois", "u modelu", "It", "- a point", "1. First", "αβ"])
@pytest.mark.parametrize("end", [r"\n", r"\r\n", r"\n\t"])
async def test_a_line_that_begins_is_no_latex(server: ScriptedModel, line: str, end: str) -> None:
    server.answers(Answer(words=JSON.replace("Matting is generation.", f"Matting.{end}{line}.")))
    parsed = str((await values_of(server))["whats_new"])
    assert parsed.split() == ["Matting.", *f"{line}.".split()]


def only(accepts: Callable[[Asked], bool], otherwise: Answer) -> Callable[[Asked], Answer]:
    return lambda asked: Answer(SAID) if accepts(asked) else otherwise


def roles(asked: Asked) -> list[str]:
    return [message["role"] for message in asked.body["messages"]]


def in_words(asked: Asked) -> bool:
    return asked.form == "words"


CANNOT = {
    "system role": (only(lambda asked: "system" not in roles(asked), complains(400, "System role not supported")), 2),
    "system role, by its template": (
        only(lambda asked: "system" not in roles(asked), complains(500, "Jinja Exception: System role not supported")),
        2,
    ),
    "instructions": (
        only(
            lambda asked: "system" not in roles(asked),
            complains(400, "Developer instruction is not enabled for models/gemma-3-27b-it"),
        ),
        2,
    ),
    "roles out of turn": (
        only(
            lambda asked: roles(asked) == ["user"],
            complains(400, "Conversation roles must alternate user/assistant/user/assistant/..."),
        ),
        2,
    ),
    "forms": (only(in_words, complains(400, "json_schema: unsupported keyword")), 3),
    "forms, its own fault": (only(in_words, complains(500, "response_format is not supported")), 3),
    "forms, nothing found": (
        only(in_words, complains(404, "No endpoints found that support the requested parameters: response_format")),
        3,
    ),
    "forms, not made": (only(in_words, complains(501, "not implemented")), 3),
    "forms, as a validator says it": (
        only(
            in_words,
            Answer(
                raw=b'{"detail": [{"loc": ["body", "response_format"], "msg": "extra fields not permitted"}]}',
                status=422,
            ),
        ),
        3,
    ),
    "max_tokens": (
        only(
            lambda asked: "max_tokens" not in asked.body,
            complains(400, "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
                      "'max_completion_tokens' instead."),
        ),
        2,
    ),
    "any limit": (
        only(
            lambda asked: not asked.most_output,
            complains(400, "Unrecognized request argument supplied: max_tokens"),
        ),
        3,
    ),
    "effort": (
        only(
            lambda asked: "reasoning_effort" not in asked.body,
            complains(400, "Unrecognized request argument supplied: reasoning_effort"),
        ),
        2,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("script", "requests"), CANNOT.values(), ids=CANNOT)
async def test_what_a_server_cannot_do_is_left_out_as_its_words_say_and_remembered(
    server: ScriptedModel, script: Callable[[Asked], Answer], requests: int
) -> None:
    server.script = script
    async with model_at(server, effort="low") as model:
        for _ in range(2):
            assert (await model.ask("Summarize.", MESSAGES, SCHEMA)).values == SAID
    assert len(server.asked) == requests + 1
    assert all("Summarize." in asked.prompt and "Here is the paper." in asked.prompt for asked in server.asked)


@pytest.mark.parametrize(
    ("accepted", "words"),
    [
        ("auto", "Thinking may not be enabled when tool_choice forces tool use."),
        ("auto", "tool_choice: type 'tool' is not supported"),
        (None, "tools are not supported by this model"),
    ],
)
async def test_a_tool_that_cannot_be_forced_may_be_used_or_left(
    server: ScriptedModel, accepted: str | None, words: str
) -> None:
    def script(asked: Asked) -> Answer:
        choice = (asked.body.get("tool_choice") or {}).get("type")
        return Answer(words=JSON) if choice in {accepted, None} else complains(400, words)

    server.script = script
    async with model_at(server, ApiStyle.ANTHROPIC) as model:
        for _ in range(2):
            assert (await model.ask("Summarize.", MESSAGES, SCHEMA)).values == SAID
    assert (server.asked[-1].body.get("tool_choice") or {}).get("type") == accepted


async def test_a_server_that_takes_less_than_a_model_that_thinks_would_get_gives_what_it_can(
    server: ScriptedModel,
) -> None:
    def script(asked: Asked) -> Answer:
        if asked.most_output > 4_096:
            return complains(400, "max_tokens is too large: 8000. This model supports at most 4096 completion tokens.")
        return Answer(words="", finish="length", usage=(1000, asked.most_output))

    server.script = script
    async with model_at(server) as model:
        for _ in range(2):
            with pytest.raises(ModelFailed) as trouble:
                await model.ask("Summarize.", MESSAGES, SCHEMA)
            assert trouble.value.kind is Failure.THINKING


FAILS = {
    "a window": (
        complains(400, "This model's maximum context length is 4096 tokens. However, you requested 9000 tokens."),
        Failure.TOO_LONG,
        "4096 tokens",
    ),
    "a key": (complains(400, "API key not valid. Please pass a valid API key."), Failure.REFUSED, "API key not valid"),
    "a key, in a list": (
        Answer(raw=b'[{"error": {"code": 400, "message": "API key not valid."}}]', status=400),
        Failure.REFUSED,
        "API key not valid",
    ),
    "a model": (complains(404, "model 'qwen3' not found, try pulling it first"), Failure.REFUSED, "try pulling it"),
    "a model that is not there, as a wrong request": (
        complains(400, "The model `gpt-9` does not exist or you do not have access to it."),
        Failure.REFUSED,
        "gpt-9",
    ),
    "a bill": (
        complains(429, "You exceeded your current quota, please check your plan.", code="insufficient_quota"),
        Failure.OUT_OF_CREDIT,
        "insufficient_quota",
    ),
    "a bill, as a wrong request": (
        complains(400, "Your credit balance is too low to access the Anthropic API."),
        Failure.OUT_OF_CREDIT,
        "credit balance",
    ),
    "a bill, by its status": (complains(402, "Insufficient Balance"), Failure.OUT_OF_CREDIT, "Insufficient Balance"),
    "a filter": (
        complains(400, "The prompt triggered Azure OpenAI's content management policy.", code="content_filter"),
        Failure.DECLINED,
        "content management policy",
    ),
    "a page": (Answer(raw=b"<!doctype html><title>Open WebUI</title>"), Failure.REFUSED, "LLM_BASE_URL"),
    "another service": (Answer(raw=b'{"status": "ok"}'), Failure.REFUSED, "LLM_BASE_URL"),
    "nothing but a list": (Answer(raw=b"[]"), Failure.REFUSED, "LLM_BASE_URL"),
    "thoughts alone": (
        completion(
            {"content": "", "reasoning_content": f"Let me think: {DRAFT}"},
            "length",
            usage={"prompt_tokens": 1000, "completion_tokens": 2000},
        ),
        Failure.THINKING,
        "thought",
    ),
    "thoughts alone, in the text": (
        completion({"content": f"<think>Let me think: {JSON}"}, "length"),
        Failure.THINKING,
        "thought",
    ),
    "thoughts that nobody counts": (
        Answer(
            raw=json.dumps(
                {
                    "choices": [{"finish_reason": "length", "message": {"role": "assistant"}}],
                    "usage": {"prompt_tokens": 1000, "total_tokens": 3000},
                }
            ).encode()
        ),
        Failure.THINKING,
        "thought",
    ),
}


@pytest.mark.parametrize(("answer", "kind", "words"), FAILS.values(), ids=FAILS)
async def test_what_fails_for_good_is_asked_once_and_told_in_the_servers_words(
    server: ScriptedModel, answer: Answer, kind: Failure, words: str
) -> None:
    server.answers(answer)
    failed = await failure_of(server)
    assert (failed.kind, len(server.asked)) == (kind, 1)
    assert words in failed.reason


async def test_tokens_that_went_into_thoughts_are_counted(server: ScriptedModel) -> None:
    server.answers(FAILS["thoughts that nobody counts"][0])
    assert (await failure_of(server)).usage == Usage(1000, 2000)


PASSING = {
    "too many requests": complains(429, "Rate limit reached for requests per minute"),
    "a small quota that fills again": complains(
        429, "You exceeded your current quota. Quota exceeded for metric: requests per minute. Please retry in 34s."
    ),
    "loading": complains(503, "Loading model"),
    "too many, under status 200": Answer(
        raw=b'{"error": {"message": "Provider returned error", "code": 429, "metadata": {"raw": "slow down"}}}'
    ),
    "too many, in a choice": Answer(
        raw=b'{"choices": [{"finish_reason": "error", "message": {"content": ""},'
        b' "error": {"code": 502, "message": "Upstream idle timeout"}}]}'
    ),
    "too many, beside a choice": completion({"content": None}, "error", error={"message": "Busy", "code": "429"}),
    "overloaded, under status 200": Answer(
        raw=b'{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}'
    ),
}


@pytest.mark.parametrize("trouble", PASSING.values(), ids=PASSING)
@BOTH
async def test_what_may_pass_is_waited_out_wherever_it_is_said(
    server: ScriptedModel, api_style: ApiStyle, trouble: Answer
) -> None:
    server.answers(trouble, trouble, Answer(SAID))
    assert await values_of(server, api_style) == SAID
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (complains(429, "Rate limit reached for sk-secret"), "HTTP 429: Rate limit reached for …"),
        (complains(503, "Loading model"), "HTTP 503: Loading model"),
        (PASSING["too many, under status 200"], "HTTP 429: Provider returned error · slow down"),
        (PASSING["too many, in a choice"], "HTTP 502: Upstream idle timeout"),
    ],
)
async def test_what_lasts_is_told_in_the_servers_words_without_the_key(
    server: ScriptedModel, trouble: Answer, words: str
) -> None:
    server.answers(trouble)
    failed = await failure_of(server)
    assert (failed.kind, failed.reason) == (Failure.UNREACHABLE, words)


class TestWhatAServerReads:
    @pytest.mark.parametrize(
        ("text", "tokens", "cut"),
        [
            ("a word of it " * 3_400, 3_896, True),
            ("a word of it " * 3_400, 10_500, False),
            ("a word of it " * 3_400, 8_200, False),
            ("한국어로 쓴 글입니다. " * 3_000, 4_000, True),
            ("한국어로 쓴 글입니다. " * 3_000, 14_000, False),
            ("中文的论文" * 6_000, 4_000, True),
            ("中文的论文" * 6_000, 20_000, False),
            ("a short text", 3, False),
            ("a word of it " * 3_400, 0, False),
            ("- " * 20_000 + "=" * 20_000, 1_500, False),
        ],
    )
    def test_is_told_by_fewer_tokens_than_the_text_can_have(self, text: str, tokens: int, cut: bool) -> None:
        assert is_cut([text], tokens) == cut

    @BOTH
    async def test_is_told_along_with_the_answer(self, server: ScriptedModel, api_style: ApiStyle) -> None:
        server.answers(Answer(SAID, usage=(3_896, 200)))
        async with model_at(server, api_style) as model:
            assert (await model.ask("word " * 9_000, MESSAGES, SCHEMA)).window == 3_896
            assert (await model.ask("word " * 900, MESSAGES, SCHEMA)).window is None

    async def test_from_a_cache_counts_as_read(self, server: ScriptedModel) -> None:
        block = {"type": "tool_use", "input": SAID}
        usage = {"input_tokens": 96, "output_tokens": 200, "cache_read_input_tokens": 9_000}
        server.answers(Answer(raw=json.dumps({"content": [block], "usage": usage}).encode()))
        async with model_at(server, ApiStyle.ANTHROPIC) as model:
            reply = await model.ask("word " * 9_000, MESSAGES, SCHEMA)
        assert (reply.window, reply.usage) == (None, Usage(9_096, 200))

    @pytest.mark.parametrize(
        ("words", "window"),
        [
            ("This model's maximum context length is 4096 tokens. However, you requested 9000 tokens", 4096),
            ("the request exceeds the available context size (8,192 tokens), try increasing it", 8192),
            ("prompt is too long: 210000 tokens > 200000 maximum", None),
            ("input is too long", None),
        ],
    )
    def test_may_be_named_in_a_complaint(self, words: str, window: int | None) -> None:
        assert window_named(words) == window
        assert failure_meant(ServerError(400, words)) is Failure.TOO_LONG


class TestHostileText:
    """What is read grows with the text and no faster: counted in characters that are looked at."""

    @pytest.mark.parametrize(
        "piece",
        [
            *('{"a":[', "{", '{"', '{"a', '{"a":"', "{'{\"", "{“", '{"a":1,', '{"\\', '{"a":{"b":1},', '{"a":', "[{"),
            *(
                '{"\\"',
                "{'\\'",
                '{"“',
                '{"a":"{',
                '{"a":"\\{',
                "{ ",
                '{"a" ',
                "{“”",
                "{„",
                "„{",
                "{-",
                "{1",
                '{"a":-',
                "</think>{",
            ),
        ],
    )
    def test_is_read_in_time(self, piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
        looked = _Looked(json_in_text._TOKEN)
        monkeypatch.setattr(json_in_text, "_TOKEN", looked)
        costs = []
        for times in (2_000, 4_000):
            looked.characters = 0
            objects_in(piece * times)
            costs.append(looked.characters)
        assert costs[1] <= 2.2 * costs[0]
        assert costs[1] <= 8 * 4_000 * len(piece)

    def test_takes_no_more_steps_than_it_has_characters(self) -> None:
        text = '{"a":[' * 20_000
        assert _lines_run(lambda: object_answered(ParsedAnswer(text), SCHEMA)[0]) < 40 * len(text)

    def test_far_too_long_is_read_from_its_end(self) -> None:
        assert object_answered(ParsedAnswer('{"a":[' * 400_000 + JSON), SCHEMA)[0] == SAID

    def test_as_deep_as_it_goes_is_read(self) -> None:
        assert object_answered(ParsedAnswer('{"a":' * 10_000 + JSON + "}" * 10_000), SCHEMA)[0] == SAID

    @given(st.text(alphabet="{}[]\":,\\'“”ab1- \nnull</think>", max_size=60))
    def test_of_any_kind_is_read_without_complaint(self, text: str) -> None:
        for found in objects_in(text):
            assert text[found.end - 1] == "}"

    @given(st.dictionaries(st.text(), st.text() | st.integers() | st.none() | st.booleans() | st.floats(-1e9, 1e9)))
    def test_json_is_read_as_json_but_for_latex(self, values: dict[str, object]) -> None:
        written = json.dumps(values)
        if not any(f"\\{letter}" in written for letter in "bfnrtu"):
            assert objects_in(written)[-1].values == values


class _Looked:
    """A pattern that counts the characters it may have looked at."""

    def __init__(self, pattern: Any) -> None:
        self._pattern = pattern
        self.characters = 0

    def match(self, text: str, place: int) -> Any:
        found = self._pattern.match(text, place)
        if found:
            self.characters += found.end() - place
        else:
            rest = text[place:].lstrip()
            self.characters += len(text) - place - len(rest) + 1
            if rest[:1] in {'"', "'"}:
                self.characters += len(rest)
            elif rest[:1] in {"“", "”", "„"}:
                # Such a text is over, for good or ill, at the next mark of any kind but a single one.
                self.characters += len(re.split('[“”„"]', rest[1:], maxsplit=1)[0])
        return found


def _lines_run(work: Callable[[], object]) -> int:
    count = 0

    def trace(*_: Any) -> Any:
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def test_simpler_requests_come_to_an_end() -> None:
    """Whatever a server complains of, again and again, there is an end to what can be left out."""
    for words in (
        "max_tokens not supported",
        "System role not supported",
        "response_format",
        "reasoning_effort",
        "odd",
    ):
        style: RequestStyle | None = RequestStyle()
        steps = 0
        while style:
            style = style.after(ServerError(400, words), effort_sent=True)
            steps += 1
        assert steps <= 5


def test_a_message_without_anything_is_no_crash() -> None:
    assert read_openai({"choices": [{"message": None, "finish_reason": None}]}).text == ""


@pytest.mark.parametrize("strange", [None, [], {}, [[]], {"a": []}, True, 1e308, "²", "9" * 5000, "٤٢٩", ""])
def test_an_answer_with_strange_things_in_it_is_read_all_the_same(strange: object) -> None:
    """Where a protocol has a word or a number, a server may put anything; no more is lost for it than that."""
    parsed = read_openai(
        {"choices": [{"finish_reason": strange, "message": {"content": "Matting."}}], "usage": strange}
    )
    assert parsed.text == "Matting."
    for name in ("code", "type", "status", "status_code"):
        error = {"message": "no such model", name: strange}
        for status in (200, 400):
            told = server_error_in(status, json.dumps({"error": error}).encode())
            assert told is not None
            assert told.words.startswith("no such model")
