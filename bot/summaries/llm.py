"""Language models, asked over HTTP for a JSON object of a given form.

Two protocols are spoken: OpenAI's chat completions, which most servers understand, and Anthropic's messages. What a
server does not know of the first is left out step by step. However an answer goes wrong, it ends in a `ModelFailed`
that says how, and with what it cost.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from jsonschema import Draft202012Validator

from bot.errors import SourceUnreachable
from bot.http import Patience, TryAgain, fetch_patiently, send_json
from bot.legible import legible, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.http import Answer, Client

_SECONDS_A_REQUEST = 120.0
_PATIENCE = Patience(tries=4, seconds=240.0)
_LARGEST_ANSWER = 2 * 1024 * 1024
_CHARACTERS_A_TOKEN = 4
_TOOL = "answer"
_ANTHROPIC_VERSION = "2023-06-01"
_DEFAULT_ADDRESSES = {"openai": "https://api.openai.com/v1", "anthropic": "https://api.anthropic.com"}
_THOUGHTS = re.compile(r"^\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_OK, _BAD_REQUEST, _UNPROCESSABLE = 200, 400, 422


class Wire(StrEnum):
    """Which protocol a model speaks."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"


class Failure(StrEnum):
    """How asking a model can fail.

    `unreachable`: no answer, or none in time; `refused`: the server will not do this, whoever asks and whatever for
    (key, model, address); `declined`: the model will not; `cut_short`: it wrote more than it may; `empty`: it wrote
    nothing; `garbled`: what it wrote is not of the form asked for.
    """

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    DECLINED = "declined"
    CUT_SHORT = "cut_short"
    EMPTY = "empty"
    GARBLED = "garbled"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens in and out."""

    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.input_tokens + other.input_tokens, self.output_tokens + other.output_tokens)


@dataclass(frozen=True, slots=True)
class Turn:
    """One side's words in the conversation with a model."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A model's answer: the JSON object, the `text` it came as, and what it cost."""

    values: Mapping[str, object]
    text: str
    usage: Usage


class ModelFailed(Exception):
    """A model gave no usable answer; `text` is what it wrote, if anything."""

    def __init__(self, kind: Failure, reason: str, *, usage: Usage | None = None, text: str = "") -> None:
        super().__init__(f"{kind}: {reason}")
        self.kind = kind
        self.reason = reason
        self.usage = usage or Usage()
        self.text = text


class LanguageModel:
    """A model of this name behind an address; at most `at_once` requests are under way."""

    def __init__(
        self,
        client: Client,
        *,
        wire: Wire,
        model: str,
        base_url: str | None = None,
        api_key: str | None = None,
        at_once: int = 4,
        most_output_tokens: int = 2000,
        patience: Patience = _PATIENCE,
    ) -> None:
        self.name = model
        self._client = client
        self._wire = wire
        self._base_url = (base_url or _DEFAULT_ADDRESSES[wire]).rstrip("/")
        self._api_key = api_key
        self._turns = asyncio.Semaphore(at_once)
        self._most_output_tokens = most_output_tokens
        self._patience = patience
        self._manner = Manner()

    async def ask(self, instructions: str, turns: Sequence[Turn], schema: Mapping[str, Any]) -> Reply:
        """The model's answer: a JSON object valid against `schema`. Raises `ModelFailed`."""
        async with self._turns:
            answer = await self._send(instructions, turns, schema)
        body = _object(answer.body)
        said = read_anthropic(body) if self._wire is Wire.ANTHROPIC else read_openai(body)
        given = sum(len(turn.text) for turn in turns) + len(instructions)
        usage = said.usage or Usage(given // _CHARACTERS_A_TOKEN, len(said.text) // _CHARACTERS_A_TOKEN)
        if said.failure:
            raise ModelFailed(said.failure, said.reason, usage=usage, text=said.text)
        values = said.values if said.values is not None else find_object(said.text)
        if wrong := _what_is_wrong(values, schema):
            kind = Failure.GARBLED if said.text.strip() else Failure.EMPTY
            raise ModelFailed(kind, wrong, usage=usage, text=said.text)
        return Reply(values or {}, said.text, usage)

    async def _send(self, instructions: str, turns: Sequence[Turn], schema: Mapping[str, Any]) -> Answer:
        """The server's answer to the request in the fullest manner it understands."""
        while True:
            manner = self._manner
            url, headers, request = self._request(instructions, turns, schema, manner)

            async def attempt(url: str = url, headers: Mapping[str, str] = headers, request: Any = request) -> Answer:
                return await _post(self._client, url, headers, request)

            try:
                answer = await fetch_patiently(attempt, source=self.name, patience=self._patience)
            except SourceUnreachable as error:
                raise ModelFailed(Failure.UNREACHABLE, str(error.values["reason"])) from error
            if answer.status == _OK:
                return answer
            reason = self._without_key(_refusal(answer))
            simpler = manner.simpler(reason) if answer.status in {_BAD_REQUEST, _UNPROCESSABLE} else None
            if self._wire is Wire.ANTHROPIC or simpler is None:
                raise ModelFailed(Failure.REFUSED, f"HTTP {answer.status}: {reason}")
            if self._manner == manner:
                self._manner = simpler

    def _request(
        self, instructions: str, turns: Sequence[Turn], schema: Mapping[str, Any], manner: Manner
    ) -> tuple[str, dict[str, str], dict[str, Any]]:
        key = self._api_key
        if self._wire is Wire.ANTHROPIC:
            headers = {"anthropic-version": _ANTHROPIC_VERSION, **({"x-api-key": key} if key else {})}
            request = anthropic_request(self.name, instructions, turns, schema, self._most_output_tokens)
            return f"{self._base_url.removesuffix('/v1')}/v1/messages", headers, request
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        request = openai_request(self.name, instructions, turns, schema, self._most_output_tokens, manner)
        return f"{self._base_url}/chat/completions", headers, request

    def _without_key(self, text: str) -> str:
        return text.replace(self._api_key, "…") if self._api_key else text


# requests ------------------------------------------------------------------------------------------------------------


class Form(StrEnum):
    """How a server is asked for JSON: by a schema it holds the model to, as any object, or only in words."""

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    WORDS = "words"


_SIMPLER_FORM = {Form.SCHEMA: Form.OBJECT, Form.OBJECT: Form.WORDS}


@dataclass(frozen=True, slots=True)
class Manner:
    """How a server is asked, as far as servers differ: the form of the answer, and the name of its greatest length."""

    form: Form = Form.SCHEMA
    length: str = "max_tokens"

    def simpler(self, complaint: str) -> Manner | None:
        """The next manner to try after a server's complaint; None when there is none."""
        if "max_completion_tokens" in complaint and self.length == "max_tokens":
            return replace(self, length="max_completion_tokens")
        return replace(self, form=_SIMPLER_FORM[self.form]) if self.form in _SIMPLER_FORM else None


def openai_request(
    model: str,
    instructions: str,
    turns: Sequence[Turn],
    schema: Mapping[str, Any],
    most_output_tokens: int,
    manner: Manner,
) -> dict[str, Any]:
    """A chat completion (platform.openai.com, API reference, chat). No temperature: models that reason refuse it."""
    if manner.form is Form.WORDS:
        instructions = f"{instructions}\n\nThe JSON object must fit this schema:\n{json.dumps(schema)}"
    request: dict[str, Any] = {
        "model": model,
        "messages": [
            {"role": "system", "content": instructions},
            *({"role": turn.role, "content": turn.text} for turn in turns),
        ],
        manner.length: most_output_tokens,
    }
    match manner.form:
        case Form.SCHEMA:
            named = {"name": _TOOL, "strict": True, "schema": schema}
            request["response_format"] = {"type": "json_schema", "json_schema": named}
        case Form.OBJECT:
            request["response_format"] = {"type": "json_object"}
        case Form.WORDS:
            pass
    return request


def anthropic_request(
    model: str, instructions: str, turns: Sequence[Turn], schema: Mapping[str, Any], most_output_tokens: int
) -> dict[str, Any]:
    """A message with one tool that must be used (docs.anthropic.com, API reference, messages)."""
    return {
        "model": model,
        "max_tokens": most_output_tokens,
        "system": instructions,
        "messages": [{"role": turn.role, "content": turn.text} for turn in turns],
        "tools": [{"name": _TOOL, "description": "Give the answer.", "input_schema": schema}],
        "tool_choice": {"type": "tool", "name": _TOOL},
    }


# answers -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """What a server's answer holds: words or an object, or why there is neither; `usage` where it tells."""

    text: str = ""
    values: Mapping[str, object] | None = None
    usage: Usage | None = None
    failure: Failure | None = None
    reason: str = ""


def read_openai(body: Mapping[str, Any]) -> Said:
    """The first choice of a chat completion."""
    choices = body.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    told = choice.get("message")
    message: Mapping[str, Any] = told if isinstance(told, dict) else {}
    content = message.get("content")
    text = content if isinstance(content, str) else ""
    usage = _usage(body.get("usage"), "prompt_tokens", "completion_tokens")
    if choice.get("finish_reason") == "length":
        return Said(text, usage=usage, failure=Failure.CUT_SHORT, reason="the answer was longer than allowed")
    if choice.get("finish_reason") == "content_filter" or message.get("refusal"):
        reason = _brief(message.get("refusal")) or "the answer was filtered"
        return Said(text, usage=usage, failure=Failure.DECLINED, reason=reason)
    return Said(text, usage=usage)


def read_anthropic(body: Mapping[str, Any]) -> Said:
    """What a message gives to the tool, or the words beside it."""
    parts = body.get("content")
    blocks = [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    given = next((block.get("input") for block in blocks if block.get("type") == "tool_use"), None)
    words = " ".join(str(block.get("text", "")) for block in blocks if block.get("type") == "text")
    values = given if isinstance(given, dict) else None
    text = json.dumps(values, ensure_ascii=False) if values is not None else words
    usage = _usage(body.get("usage"), "input_tokens", "output_tokens")
    match body.get("stop_reason"):
        case "max_tokens":
            return Said(text, usage=usage, failure=Failure.CUT_SHORT, reason="the answer was longer than allowed")
        case "refusal":
            return Said(text, usage=usage, failure=Failure.DECLINED, reason=_brief(words) or "the model declined")
    return Said(text, values, usage)


def find_object(text: str) -> Mapping[str, object] | None:
    """The first JSON object in a text, whatever stands around it; None when there is none."""
    text = _THOUGHTS.sub("", text)
    decoder = json.JSONDecoder()
    place = text.find("{")
    while place >= 0:
        try:
            found, _ = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            place = text.find("{", place + 1)
            continue
        return found if isinstance(found, dict) else None
    return None


def _what_is_wrong(values: Mapping[str, object] | None, schema: Mapping[str, Any]) -> str:
    if values is None:
        return "there is no JSON object in it"
    error = next(Draft202012Validator(schema).iter_errors(values), None)
    return f"{error.json_path}: {shorten(error.message, 200)}" if error else ""


def _usage(told: object, given: str, written: str) -> Usage | None:
    if not isinstance(told, Mapping):
        return None
    counts = [told.get(given), told.get(written)]
    tokens = [count for count in counts if isinstance(count, int) and 0 <= count < 10**9]
    return Usage(*tokens) if len(tokens) == len(counts) else None


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _refusal(answer: Answer) -> str:
    """The server's own words."""
    body = _object(answer.body)
    error = body.get("error", body)
    message = error.get("message") if isinstance(error, dict) else error
    return _brief(message) or _brief(answer.text) or "no reason given"


def _brief(text: object) -> str:
    return shorten(legible(text), 300) if isinstance(text, str) else ""


async def _post(client: Client, url: str, headers: Mapping[str, str], request: Mapping[str, Any]) -> Answer:
    answer = await send_json(
        client, url, request, headers=headers, source="model", limit_bytes=_LARGEST_ANSWER, seconds=_SECONDS_A_REQUEST
    )
    if answer.status in {408, 409}:
        raise TryAgain(f"HTTP {answer.status}")
    return answer
