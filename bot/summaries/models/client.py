"""Language models, asked over HTTP for a JSON object of a given form.

Two protocols are spoken: OpenAI's chat completions, which most servers understand, and Anthropic's messages. However
an answer goes wrong, it ends in a `ModelFailed` that says how, in the server's own words, and with what it cost.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import SourceUnreachable
from bot.http import Retryable, RetryPolicy, fetch_patiently, send_json, wait_asked
from bot.summaries.models.answers import (
    Failure,
    Usage,
    body_of,
    complaint_in,
    object_answered,
    read_anthropic,
    read_openai,
)
from bot.summaries.models.requests import (
    RequestStyle,
    anthropic_request,
    failure_meant,
    openai_request,
    wants_less_output,
    window_told,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.http import Answer, Client
    from bot.summaries.models.requests import ChatMessage

log = structlog.get_logger(__name__)

USUAL_OUTPUT = 2_000
# What a model that thinks may write in all, once it turned out to.
_OUTPUT_OF_THINKERS = 8_000
_SECONDS_A_REQUEST = 120.0
_SLOWEST_TOKENS_A_SECOND = 25
PATIENCE = RetryPolicy(tries=4, seconds=240.0)
_LARGEST_ANSWER = 2 * 1024 * 1024
_CHARACTERS_A_TOKEN = 4
# No tokenizer in use gets further with prose: six characters of an alphabet to a token, three of Chinese or Korean.
_MOST_CHARACTERS_A_TOKEN = 6
_MOST_CJK_A_TOKEN = 3
_CJK = re.compile("[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
_NO_WORDS = re.compile(r"[\W_]{3,}")
# Characters: what is shorter fits the smallest window that servers have by default, 4,096 tokens (Ollama).
_SHORTEST_TO_JUDGE = 16_000
_ANTHROPIC_VERSION = "2023-06-01"
_DEFAULT_ADDRESSES = {"openai": "https://api.openai.com/v1", "anthropic": "https://api.anthropic.com"}
_OK = 200


class ApiStyle(StrEnum):
    """Which protocol a model speaks."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"


@dataclass(frozen=True, slots=True)
class Reply:
    """A model's answer: the JSON object, the `text` it came as, and what it cost.

    `window` is how many tokens its server took in, where that was less than it was given.
    """

    values: Mapping[str, object]
    text: str
    usage: Usage
    window: int | None = None


class ModelFailed(Exception):
    """A model gave no usable answer; `text` is what it wrote, if anything; `window` as in `Reply`."""

    def __init__(
        self, kind: Failure, reason: str, *, usage: Usage | None = None, text: str = "", window: int | None = None
    ) -> None:
        super().__init__(f"{kind}: {reason}")
        self.kind = kind
        self.reason = reason
        self.usage = usage or Usage()
        self.text = text
        self.window = window


class LanguageModel:
    """A model of this name behind an address; at most `at_once` requests are under way.

    It may write `most_output_tokens`, its thoughts included. Where nobody set that, a model that turns out to think is
    given more, once. `effort` is how much it is asked to think.
    """

    def __init__(
        self,
        client: Client,
        *,
        wire: ApiStyle,
        model: str,
        base_url: str | None = None,
        api_key: str | None = None,
        at_once: int = 4,
        most_output_tokens: int | None = None,
        window: int = 32_000,
        effort: str | None = None,
        patience: RetryPolicy = PATIENCE,
        seconds_a_request: float = _SECONDS_A_REQUEST,
    ) -> None:
        self.name = model
        self.most_output_tokens = most_output_tokens or USUAL_OUTPUT
        self._output_of_thinkers = max(self.most_output_tokens, min(_OUTPUT_OF_THINKERS, window // 4))
        self._may_write_more = most_output_tokens is None
        self._client = client
        self._wire = wire
        self._base_url = (base_url or _DEFAULT_ADDRESSES[wire]).rstrip("/")
        self._api_key = api_key
        self._effort = effort
        self._turns = asyncio.Semaphore(at_once)
        self._patience = patience
        self._seconds_a_request = seconds_a_request
        self._manner = RequestStyle()

    async def ask(self, instructions: str, turns: Sequence[ChatMessage], schema: Mapping[str, Any]) -> Reply:
        """The model's answer: a JSON object valid against `schema`. Raises `ModelFailed`."""
        async with self._turns:
            answer = await self._send(instructions, turns, schema)
        body = body_of(answer.body)
        said = read_anthropic(body) if self._wire is ApiStyle.ANTHROPIC else read_openai(body)
        given = [instructions, *(turn.text for turn in turns)]
        usage = said.usage or Usage(sum(map(len, given)) // _CHARACTERS_A_TOKEN, len(said.text) // _CHARACTERS_A_TOKEN)
        window = said.usage.input_tokens if said.usage and is_cut(given, said.usage.input_tokens) else None
        if said.failure in {Failure.DECLINED, Failure.REFUSED}:
            raise ModelFailed(said.failure, self._without_key(said.reason), usage=usage, text=said.text)
        # A hostile answer takes a while to read, in which the event loop has others to serve.
        values, wrong = await asyncio.to_thread(object_answered, said, schema)
        if values is not None:
            return Reply(values, said.text, usage, window)
        if said.failure is Failure.THINKING:
            self._let_write_more()
        kind = said.failure or (Failure.GARBLED if said.text.strip() else Failure.EMPTY)
        raise ModelFailed(kind, said.reason or wrong, usage=usage, text=said.text, window=window)

    def _let_write_more(self) -> None:
        told = "the model thinks until its output limit is reached: set LLM_MAX_OUTPUT higher, or LLM_REASONING_EFFORT"
        if self._may_write_more and self._output_of_thinkers > self.most_output_tokens:
            self.most_output_tokens = self._output_of_thinkers
            told += "; until then it gets more"
        self._may_write_more = False
        log.warning(told, model=self.name, tokens=self.most_output_tokens)

    async def _send(self, instructions: str, turns: Sequence[ChatMessage], schema: Mapping[str, Any]) -> Answer:
        """The server's answer in the fullest manner it understands, which is remembered once it worked."""
        manner = self._manner
        while True:
            limit = self.most_output_tokens
            answer = await self._try(manner, *self._request(instructions, turns, schema, manner, limit), limit)
            complaint = complaint_in(answer.status, answer.body)
            if complaint is None:
                self._manner = manner
                return answer
            words = self._without_key(complaint.words)
            if wants_less_output(words) and limit == self._output_of_thinkers > USUAL_OUTPUT:
                self.most_output_tokens = self._output_of_thinkers = USUAL_OUTPUT
                continue
            simpler = manner.after(complaint, effort_sent=bool(self._effort))
            if simpler is None:
                break
            manner = simpler
        failure = failure_meant(complaint)
        window = window_told(words) if failure is Failure.TOO_LONG else None
        raise ModelFailed(failure, f"HTTP {complaint.status}: {words}", window=window)

    async def _try(
        self, manner: RequestStyle, url: str, headers: Mapping[str, str], request: Mapping[str, Any], limit: int
    ) -> Answer:
        """An answer or a complaint that waiting does not mend; what may pass is waited for."""
        seconds = max(self._seconds_a_request, limit / _SLOWEST_TOKENS_A_SECOND)

        async def attempt() -> Answer:
            answer = await send_json(
                self._client,
                url,
                request,
                headers=headers,
                source="model",
                limit_bytes=_LARGEST_ANSWER,
                seconds=seconds,
            )
            complaint = complaint_in(answer.status, answer.body)
            may_pass = complaint and failure_meant(complaint) is Failure.UNREACHABLE
            if complaint and may_pass and not manner.after(complaint, effort_sent=bool(self._effort)):
                reason = f"HTTP {complaint.status}: {self._without_key(complaint.words)}"
                raise Retryable(reason, wait_asked(answer.headers))
            return answer

        patience = replace(self._patience, seconds=self._patience.seconds + seconds - self._seconds_a_request)
        try:
            return await fetch_patiently(attempt, source=self.name, patience=patience)
        except SourceUnreachable as error:
            raise ModelFailed(Failure.UNREACHABLE, str(error.values["reason"])) from error

    def _request(
        self,
        instructions: str,
        turns: Sequence[ChatMessage],
        schema: Mapping[str, Any],
        manner: RequestStyle,
        limit: int,
    ) -> tuple[str, dict[str, str], dict[str, Any]]:
        key = self._api_key
        if self._wire is ApiStyle.ANTHROPIC:
            headers = {"anthropic-version": _ANTHROPIC_VERSION, **({"x-api-key": key} if key else {})}
            request = anthropic_request(self.name, instructions, turns, schema, limit, manner, self._effort)
            return f"{self._base_url.removesuffix('/v1')}/v1/messages", headers, request
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        request = openai_request(self.name, instructions, turns, schema, limit, manner, self._effort)
        return f"{self._base_url}/chat/completions", headers, request

    def _without_key(self, text: str) -> str:
        return text.replace(self._api_key, "…") if self._api_key else text


def is_cut(given: Sequence[str], input_tokens: int) -> bool:
    """Whether a server took in less than it was given: fewer tokens than any tokenizer makes of so many characters.

    What is short, or not counted at all, is taken to be whole.
    """
    text = _NO_WORDS.sub("  ", "\n".join(given))
    if len(text) < _SHORTEST_TO_JUDGE or not input_tokens:
        return False
    cjk = len(_CJK.findall(text))
    return input_tokens < cjk / _MOST_CJK_A_TOKEN + (len(text) - cjk) / _MOST_CHARACTERS_A_TOKEN
