"""The HTTP client for language models, which asks for a JSON object of a given schema.

It speaks two protocols: OpenAI's chat completions, which most servers understand, and Anthropic's messages. Every
failure ends in a `ModelFailed` that says what went wrong, in the server's own words, and how many tokens it cost.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import SourceUnreachable
from bot.http import Retryable, RetryPolicy, fetch_with_retry, send_json, wait_requested
from bot.summaries.models.requests import (
    ModelRequest,
    RequestStyle,
    anthropic_request,
    failure_meant,
    openai_request,
    wants_less_output,
    window_named,
)
from bot.summaries.models.responses import (
    Failure,
    Usage,
    body_of,
    object_answered,
    read_anthropic,
    read_openai,
    server_error_in,
)
from bot.summaries.token_limits import USUAL_OUTPUT

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bot.http import Client, Response
    from bot.summaries.models.requests import ChatMessage

log = structlog.get_logger(__name__)

# What a model that thinks may write in all, once it turned out to.
_OUTPUT_OF_THINKERS = 8_000
_SECONDS_A_REQUEST = 120.0
_SLOWEST_TOKENS_A_SECOND = 25
RETRY_POLICY = RetryPolicy(tries=4, seconds=240.0)
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


class ApiStyle(StrEnum):
    """The API a model's server speaks."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"


@dataclass(frozen=True, slots=True)
class Reply:
    """A model's answer: the JSON object, the `text` it came as, and the tokens it cost.

    `window` is how many input tokens the server read, None unless it read fewer than it was sent.
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
    """A language model at an address, sent at most `at_once` requests at a time.

    `most_output_tokens` limits each answer, thoughts included; None means a usual limit, raised once for a model that
    turns out to think. `window` is the context length in tokens. `effort` is how much the model is asked to think.
    """

    def __init__(
        self,
        client: Client,
        *,
        api_style: ApiStyle,
        model: str,
        base_url: str | None = None,
        api_key: str | None = None,
        at_once: int = 4,
        most_output_tokens: int | None = None,
        window: int = 32_000,
        effort: str | None = None,
        retry_policy: RetryPolicy = RETRY_POLICY,
        seconds_a_request: float = _SECONDS_A_REQUEST,
    ) -> None:
        self.name = model
        self.most_output_tokens = most_output_tokens or USUAL_OUTPUT
        self._output_of_thinkers = max(self.most_output_tokens, min(_OUTPUT_OF_THINKERS, window // 4))
        self._may_write_more = most_output_tokens is None
        self._client = client
        self._api_style = api_style
        self._base_url = (base_url or _DEFAULT_ADDRESSES[api_style]).rstrip("/")
        self._api_key = api_key
        self._effort = effort
        self._slots = asyncio.Semaphore(at_once)
        self._retry_policy = retry_policy
        self._seconds_a_request = seconds_a_request
        self._style = RequestStyle()

    async def ask(
        self,
        instructions: str,
        messages: Sequence[ChatMessage],
        schema: Mapping[str, Any],
        dispensable: Collection[str] = (),
    ) -> Reply:
        """The model's answer: a JSON object valid against `schema`. Raises `ModelFailed`.

        A value under a `dispensable` key that is not valid is left out, rather than costing the whole answer.
        """
        async with self._slots:
            answer = await self._send(ModelRequest(self.name, instructions, messages, schema, effort=self._effort))
        body = body_of(answer.body)
        parsed = read_anthropic(body) if self._api_style is ApiStyle.ANTHROPIC else read_openai(body)
        given = [instructions, *(message.text for message in messages)]
        usage = parsed.usage or Usage(
            sum(map(len, given)) // _CHARACTERS_A_TOKEN, len(parsed.text) // _CHARACTERS_A_TOKEN
        )
        window = parsed.usage.input_tokens if parsed.usage and is_cut(given, parsed.usage.input_tokens) else None
        if parsed.failure in {Failure.DECLINED, Failure.REFUSED}:
            raise ModelFailed(parsed.failure, self._without_key(parsed.reason), usage=usage, text=parsed.text)
        # A hostile answer takes a while to read, in which the event loop has others to serve.
        values, wrong = await asyncio.to_thread(object_answered, parsed, schema, dispensable)
        if values is not None:
            return Reply(values, parsed.text, usage, window)
        if parsed.failure is Failure.THINKING:
            self._let_write_more()
        kind = parsed.failure or (Failure.GARBLED if parsed.text.strip() else Failure.EMPTY)
        raise ModelFailed(kind, parsed.reason or wrong, usage=usage, text=parsed.text, window=window)

    def _let_write_more(self) -> None:
        warning = (
            "the model thinks until its output limit is reached: set LLM_MAX_OUTPUT higher, or LLM_REASONING_EFFORT"
        )
        if self._may_write_more and self._output_of_thinkers > self.most_output_tokens:
            self.most_output_tokens = self._output_of_thinkers
            warning += "; until then it gets more"
        self._may_write_more = False
        log.warning(warning, model=self.name, tokens=self.most_output_tokens)

    async def _send(self, asked: ModelRequest) -> Response:
        """The server's answer to the fullest request it understands; the style of that request is remembered."""
        style = self._style
        while True:
            limit = self.most_output_tokens
            request = self._request(replace(asked, most_output_tokens=limit), style)
            answer = await self._try(style, *request, limit)
            server_error = server_error_in(answer.status, answer.body)
            if server_error is None:
                self._style = style
                return answer
            words = self._without_key(server_error.words)
            if wants_less_output(words) and limit == self._output_of_thinkers > USUAL_OUTPUT:
                self.most_output_tokens = self._output_of_thinkers = USUAL_OUTPUT
                continue
            simpler = style.after(server_error, effort_sent=bool(self._effort))
            if simpler is None:
                break
            style = simpler
        failure = failure_meant(server_error)
        window = window_named(words) if failure is Failure.TOO_LONG else None
        raise ModelFailed(failure, f"HTTP {server_error.status}: {words}", window=window)

    async def _try(
        self, style: RequestStyle, url: str, headers: Mapping[str, str], request: Mapping[str, Any], limit: int
    ) -> Response:
        """An answer, or an error that waiting does not mend. Raises `ModelFailed` once the retries are used up."""
        seconds = max(self._seconds_a_request, limit / _SLOWEST_TOKENS_A_SECOND)

        async def attempt() -> Response:
            answer = await send_json(
                self._client,
                url,
                request,
                headers=headers,
                source="model",
                limit_bytes=_LARGEST_ANSWER,
                seconds=seconds,
            )
            server_error = server_error_in(answer.status, answer.body)
            may_pass = server_error and failure_meant(server_error) is Failure.UNREACHABLE
            if server_error and may_pass and not style.after(server_error, effort_sent=bool(self._effort)):
                reason = f"HTTP {server_error.status}: {self._without_key(server_error.words)}"
                raise Retryable(reason, wait_requested(answer.headers))
            return answer

        in_all = self._retry_policy.seconds + seconds - self._seconds_a_request
        try:
            policy = replace(self._retry_policy, seconds=in_all)
            return await fetch_with_retry(attempt, source=self.name, retry_policy=policy)
        except SourceUnreachable as error:
            raise ModelFailed(Failure.UNREACHABLE, str(error.values["reason"])) from error

    def _request(self, asked: ModelRequest, style: RequestStyle) -> tuple[str, dict[str, str], dict[str, Any]]:
        """The address, headers and JSON of a request."""
        key = self._api_key
        if self._api_style is ApiStyle.ANTHROPIC:
            headers = {"anthropic-version": _ANTHROPIC_VERSION, **({"x-api-key": key} if key else {})}
            return f"{self._base_url.removesuffix('/v1')}/v1/messages", headers, anthropic_request(asked, style)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return f"{self._base_url}/chat/completions", headers, openai_request(asked, style)

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
