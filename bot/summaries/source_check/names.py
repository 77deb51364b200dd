"""The check of names and terms: those in a summary against its source."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.summaries.source_check.addresses import without_addresses
from bot.summaries.source_check.languages import ENGLISH, OTHER_LATIN
from bot.summaries.source_check.source import squashed
from bot.summaries.source_check.stems import without_accents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.summaries.source_check.source import Source

# Terms people in the field use whatever the source says.
_COMMON = {
    *("ai", "ml", "nlp", "cv", "llm", "llms", "mllm", "vlm", "api", "gpu", "gpus", "cpu", "rl", "sft", "rlhf", "rag"),
    *("qa", "ocr", "sota", "ir", "cot", "dl", "arxiv"),
}
_WORD = re.compile(
    r"(?<!\d)[A-Za-z][A-Za-z0-9]*(?:[-./+_'][A-Za-z0-9]+){0,9}\+{0,3}|(?<!\d)(?<!\d[.,])\d{1,9}[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+){0,9}"
)
# Letters of two alphabets in one word, or a word of letters that look like Latin ones.
_DISGUISED = re.compile(
    r"(?<![A-Za-zͰ-ϿЀ-ԯ])[A-Za-zͰ-ϿЀ-ԯ]{0,40}(?:[A-Za-z][Ͱ-ϿЀ-ԯ]|[Ͱ-ϿЀ-ԯ][A-Za-z]|[Ѐ-ԯ]{2})[A-Za-zͰ-ϿЀ-ԯ0-9]{0,40}"
)
# A number with its unit, which is checked as a number.
_MEASURE = re.compile(
    r"\d+(?:-?(?:x|k|m|b|t|bn|mn|st|nd|rd|th|fold|bits?|shots?|steps?|way|hop|p|px|[kmgt]px|dpi|fps|rpm|bpm|tps|qps"
    r"|[mµun]?s|secs?|mins?|h|hrs?|days?|wks?|weeks?|months?|yrs?|years?|yo"
    r"|[kcdmµun]m|km/h|kmh|kph|mph|mi|miles?|ft|inch|yd|ha|sqft|[kmµu]g|lbs?|oz|[mcd]l|mol|[kmµu]mol"
    r"|[kmgtp]i?b|[kmgt]bps|[kmgt]bit|[kmgt]?hz|[kmgt]w|[kmg]?wh|[kmg]v|[mµu]a|[kmg]j|[kmg]?ev|k?cal|db|dbm"
    r"|[kmg]?pa|bar|deg|[kmgtpe]?flops?|[kmgt]ops|tops|(?-i:[smhgl]|[WVJ])))",  # 3D and 5G are names
    re.IGNORECASE,
)
_ACRONYM = re.compile(r"([A-Z](?:[A-Za-z]{0,4}[A-Z]|o[A-Z]{1,3}|\d))s?")
# What acronyms stand for, where their letters are not those of the words they replace or a word of them is left out.
_SPELT_OUT = {
    "ASR": ("speech recognition",),
    "TTS": ("speech synthesis", "text-to-speech"),
    "MT": ("translation",),
    "VAE": ("autoencoder", "auto-encoder"),
    "LoRA": ("low-rank adapt",),
    "NeRF": ("radiance field",),
    "GUI": ("interface",),
    "CNN": ("convolutional net", "convolutional neural", "convnet"),
    "RNN": ("recurrent net", "recurrent neural", "recurrent model"),
    "DNN": ("deep net", "deep neural", "deep learning", "neural network"),
    "ANN": ("neural net",),
    "GNN": ("graph net", "graph neural", "graph convolution"),
    "MLP": ("perceptron", "fully connected", "feedforward", "feed-forward"),
    "GAN": ("adversarial net", "generative adversarial", "adversarially trained generat"),
    "SGD": ("gradient descent",),
    "ELBO": ("evidence lower bound", "variational lower bound", "variational bound"),
    "MCMC": ("markov chain",),
    "ReLU": ("rectified linear", "rectifier"),
    "MoE": ("experts",),
    "Q1": ("first quarter",),
    "Q2": ("second quarter",),
    "Q3": ("third quarter",),
    "Q4": ("fourth quarter",),
    "H1": ("first half",),
    "H2": ("second half",),
    "UK": ("united kingdom", "britain", "british"),
    "US": ("united states", "america", "u.s."),
    "EU": ("european union",),
    "UN": ("united nations",),
    "TV": ("television",),
}
_SHORT_TEXT = 6_000  # characters; in a long one, any three letters are the initials of some words in a row
_HARMLESS_ENDINGS = ("'s", "s", "es", "ed", "ing", "ly", "er", "al", "ation", "ization", "isation")
_DIMENSIONS = ("", "one", "two", "three", "four")
_LEAST_STEM = 4


@dataclass(frozen=True, slots=True)
class CheckedWords:
    """The names and terms in Latin letters that the source lacks; `support` is the share it has."""

    unknown_names: tuple[str, ...]
    unknown_terms: tuple[str, ...]
    support: float | None


def check_words(summary: str, source: Source, language: str) -> CheckedWords:
    """Look up the names of a plain summary, and in other scripts every word in Latin letters."""
    words = _words(summary, language)
    unknown = [word for word in words if not occurs(word, source)]
    names = [word for word in unknown if is_name(word)] + _disguised(summary, source, language)
    return CheckedWords(
        unknown_names=tuple(names),
        unknown_terms=tuple(word for word in unknown if not is_name(word)),
        support=1 - len(unknown) / len(words) if words else None,
    )


def is_name(word: str) -> bool:
    """An acronym, a word with digits, or one with a capital in it."""
    return bool(re.search(r"[A-Z].*[A-Z]|\d|[a-z][A-Z]", word))


def occurs(word: str, source: Source) -> bool:
    """Whether the source has a word: as such, in another form, spelt out, or in its parts."""
    if _begins_a_word(word.lower(), source.lower):
        return True
    bare = squashed(word)
    if _begins_no_digit(bare, source.squashed) if bare[0].isdigit() else bare in source.squashed:
        return True
    if dimensions := re.fullmatch(r"([1-4])D", word):
        return f"{_DIMENSIONS[int(dimensions[1])]}dimension" in source.squashed
    stem = _stem(word.lower())
    if len(stem) >= _LEAST_STEM and stem in source.lower:
        return True
    parts = [part for part in re.split(r"[-./+_' ]", word) if part]
    if len(parts) > 1 and all(part.islower() or part.lower() in _COMMON or occurs(part, source) for part in parts):
        return True
    if word.endswith("s") and is_name(word[:-1]) and occurs(word[:-1], source):
        return True
    if short := _ACRONYM.fullmatch(word):
        return _stands_for_words(short[1], source)
    return len(parts) > 2 and "".join(part[0] for part in parts).lower() in source.words


def _words(summary: str, language: str) -> list[str]:
    text = without_addresses(summary)
    if language == OTHER_LATIN:
        # Elsewhere a hyphen joins a name to words of the language: `SMILES-Moleküle`.
        text = without_accents(text).replace("-", " ")
    found = dict.fromkeys(match[0].rstrip(".-'/") for match in _WORD.finditer(text))
    words = [word for word in found if len(word) > 1 and word.lower() not in _COMMON and not _MEASURE.fullmatch(word)]
    return [word for word in words if is_name(word)] if language in {ENGLISH, OTHER_LATIN} else words


def _disguised(summary: str, source: Source, language: str) -> list[str]:
    if language == "ru":
        return []
    return [match[0] for match in _DISGUISED.finditer(summary) if match[0] not in source.text]


def _stands_for_words(acronym: str, source: Source) -> bool:
    if any(words in source.lower for words in _SPELT_OUT.get(acronym, ())):
        return True
    return len(source.text) <= _SHORT_TEXT and acronym.lower() in source.initials


def _begins_a_word(word: str, text: str) -> bool:
    return any(not _goes_on(text[max(0, place - 2) : place]) for place in _places(word, text))


def _begins_no_digit(bare: str, text: str) -> bool:
    return any(not text[place - 1 : place].isdigit() for place in _places(bare, text))


def _places(part: str, text: str) -> Iterator[int]:
    place = text.find(part)
    while place >= 0:
        yield place
        place = text.find(part, place + 1)


def _goes_on(before: str) -> bool:
    """Whether what stands before belongs to the word: a letter, a digit, or the point of a number."""
    sign = before[-1:]
    return before[:-1].isdigit() if sign == "." else sign.isascii() and sign.isalnum()


def _stem(word: str) -> str:
    for ending in _HARMLESS_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _LEAST_STEM:
            return word.removesuffix(ending)
    return word
