"""Papers somebody has in view, and the one of them that is meant: by its number there, or by words of its title."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

_MOST_READ = 2_000  # characters
_ENGLISH = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_KOREAN = ("첫", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열")
_ORDINALS = {word: number for words in (_ENGLISH, _KOREAN) for number, word in enumerate(words, start=1)}
_NUMBER = r"\d{1,2}(?![0-9A-Za-z_]|[.:/][0-9]|\s*%)"
_THING = "(?:논문|카드|거|것|꺼|걸|건)"
# What comes after a number of times in Korean: "3번 반복" is "repeated three times".
_TIMES = r"(?!\s*(?:의\s*)?(?:반복|실험|시행|시도|학습|평가|측정|이상|정도|이나|씩|더|만에|연속))"
# A number that means a paper wherever it stands. A plain one does not: "3 GPUs", "top 5", "table 2", "2024".
_MARKED = re.compile(
    rf"(?<![\w&])(?<!\bthe )(?:papers?\s+)?#\s?(?P<hash>{_NUMBER})"
    rf"|(?<![\w&])#(?P<the>{_NUMBER})\s+(?:paper|card)\b"
    rf"|(?:\bpaper\s+)?\bnumber\s+(?P<spelled>{_NUMBER})(?!\s+of\b)"
    rf"|(?<!\w)(?<!\bthe )(?<!\bthis )(?<!\bthat )(?<!\ba )(?<!\beach )(?<!\bper )"
    rf"papers?\s+(?:(?:no\.?|number)\s*)?(?P<paper>{_NUMBER})"
    r"|(?:\bthe\s+)?\b(?P<nth>\d{1,2})(?:st|nd|rd|th)\s+(?:paper|card)\b"
    rf"|(?:\bthe\s+)?\b(?P<ordinal>{'|'.join(_ENGLISH)})\s+(?:paper|card)\b(?!\s+(?:to|that|which|in|on)\b)"
    rf"|(?:\bthe\s+)?\b(?P<one>{'|'.join(_ENGLISH)})\s+one(?=[\s?!.]*$)"
    rf"|(?<![\d.])(?P<beon>\d{{1,2}})\s*번\s*(?:째\s*)?{_THING}"
    rf"|(?<![가-힣])(?P<째>{'|'.join(_KOREAN)})\s*번\s*째\s*{_THING}"
    rf"|(?<![가-힣])논문\s*(?P<논문>{_NUMBER})(?:\s*번(?![가-힣]))?(?!\s*[개편])"
    rf"|(?<![\d.])(?P<particle>\d{{1,2}})번(?=(?:은|는|을|를|에서)(?:\s|[?!.,]|$)|(?:과|와|이랑|랑|하고)\s*\d){_TIMES}"
    rf"|^\s*(?P<begins>\d{{1,2}})번(?=[\s,]|이\s){_TIMES}",
    re.IGNORECASE,
)
_MORE = re.compile(
    rf"(?P<join>(?:\s*(?:,|&|\band\b|\bor\b|과|와|이랑|랑|하고|및|그리고))+\s*)#?(?P<number>{_NUMBER}|\d{{1,2}}(?=번))"
    rf"(?:번\s*{_THING}?)?",
    re.IGNORECASE,
)
_POSSESSIVE = ("'s", "’s")
_ADDRESSED = re.compile(r"^\s*(?:it|이 논문)\s*[:,]\s*")
# Beside a verb alone plain numbers mean papers: "save 2 and 5", "2번과 5번 저장".
_PLAIN = re.compile(r"#?(\d{1,2})(?:st|nd|rd|th|번째|번)?(?:은|는|을|를|이랑|랑|과|와|하고|도|만|이요|요|이|가)?")
_RANGE = re.compile(r"(?<!\S)#?(\d{1,2})\s?[-–~]\s?(\d{1,2})(?=번|\s|$)")
_ASKS_WHICH = re.compile(
    r"^\W*(?:which|what)\s+(?:papers?|ones?|of\s+(?:these|them|those|the))\b|^\W*which\s+(?:is|are)\b"
    r"|^\W*how\s+many\s+(?:papers?|of\s+(?:these|them|those))\b|(?:어느|어떤|무슨)\s*논문(?:이|들이|을|에서)\s|몇\s*편",
    re.IGNORECASE,
)
_OF_ALL = re.compile(r"(\d)\s+of\s+\d{1,2}(?!\S)", re.IGNORECASE)  # "paper 2 of 3" is the second
_EITHER = re.compile(r"\bor\s+(?:papers?\s+)?#?\d", re.IGNORECASE)
_JOINING = frozenset(
    {"and", "&", "및", "그리고", "과", "와", "하고", "랑", "paper", "papers", "논문", "the", "no", "번"}
)
_COUNTED = frozenset({"papers", "cards", "개", "편", "건", "개만", "편만", "days", "일"})
_COUNTING = frozenset(
    {"top", "first", "last", "all", "next", "latest", "other", "상위", "처음", "마지막", "최근", "모두", "전부", "다"}
)
_ORDINAL_ALONE = re.compile(
    rf"\b(?:the\s+)?(?P<word>{'|'.join(_ENGLISH)}|\d{{1,2}}(?:st|nd|rd|th))\s+(?:paper|card|one)\b"
    rf"|(?<![가-힣])(?P<째>{'|'.join(_KOREAN)})\s*번\s*째\s*{_THING}?",
    re.IGNORECASE,
)

_TOKEN = re.compile(r"[a-z0-9]+|[가-힣]+", re.IGNORECASE)
_NAME_ENDS = re.compile(r"[:：]|\s[-–—]\s")
_LONGEST_NAME = 4  # words
_FEWEST_LETTERS = 3
_DISTINCT = re.compile(r"[a-z].*[A-Z]|[A-Z]{2}|[0-9].*[A-Za-z]|[A-Za-z].*[0-9]")
_MIXED = re.compile("[a-z][A-Z]")
_VERSION = re.compile(r"v?\d+$")
_BESIDE_PAPER = re.compile(
    r"([a-z0-9]{1,60})\s+(?:paper|card)\b|([a-z0-9가-힣]{1,60}?)(?:이라는|라는)?\s*논문", re.IGNORECASE
)
# Words of many titles, and of many questions.
_COMMON_WORDS = (
    "a an the of to in on at by for from with about into over under than as and or but not no is are was were be",
    "been it its they this that these those what which who when where why how much many any some each all do does",
    "did can could will would has have had you we i me my your tell explain describe say mean there here other",
    "another more most less best new paper papers card cards author authors work study report method methods",
    "model models approach system use used uses using data dataset datasets train trained training trains test",
    "tested tests testing evaluate evaluated evaluation benchmark benchmarks result results performance compare",
    "compared comparison baseline baselines learn learning language languages large small image images video",
    "videos text code license open source size parameters token tokens time cost memory speed gpu gpus task tasks",
    "limit limits limitation limitations idea main contribution first second one two three question answer think",
    "llm llms lm vlm mllm nlp ai ml gpt rl rag qa cnn api 2d 3d 4d summary summarize save remove share cite show",
    "see find look read in korean english s t re ve",
    "논문 카드 모델 방법 연구 시스템 데이터 학습 결과 성능 비교 언어 이미지 영상 평가",
)
_COMMON = frozenset(word for line in _COMMON_WORDS for word in line.split())


@dataclass(frozen=True, slots=True)
class PapersInView:
    """The papers somebody has in view in a conversation, by ID.

    `latest` were shown last, and `numbered` stand in a list there. The number of a paper is its place in `all`, where
    those come first. `titles` are those that are known.
    """

    latest: tuple[str, ...] = ()
    numbered: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)

    @property
    def all(self) -> tuple[str, ...]:
        """Every paper in view, once."""
        return tuple(dict.fromkeys((*self.numbered, *self.latest)))

    @property
    def are_several(self) -> bool:
        """Whether somebody has to say which of them they mean."""
        return len(self.all) > 1


@dataclass(frozen=True, slots=True)
class NumberedWords:
    """The words of a text without the `numbers` of papers in it, as they would be about one paper in view."""

    numbers: tuple[int, ...]
    rest: str


def read_marked_numbers(text: str) -> NumberedWords | None:
    """The numbers that mean papers wherever they stand: `#3`, `paper 3`, `3rd paper`, `3번 논문`; None without any."""
    text, numbers, kept, at = text[:_MOST_READ], [], [], 0
    for match in _MARKED.finditer(text):
        if match.start() < at:
            continue
        numbers.append(_value(match))
        kept += [text[at : match.start()], _stand_in(match)]
        at = match.end()
        if kept[-1] == "it" and text[at : at + 2] in _POSSESSIVE:
            kept[-1], at = "its", at + 2
        while more := _MORE.match(text, at):
            numbers.append(int(more["number"]))
            at = more.end()
    rest = _ADDRESSED.sub("", "".join(kept) + text[at:])
    return NumberedWords(tuple(dict.fromkeys(numbers)), rest) if numbers else None


def read_plain_numbers(text: str) -> NumberedWords | None:
    """The numbers in a text that is to be a verb and numbers alone (`save 2 and 5`, `3번 저장`); None without any.

    A number of things is none (`save 2 papers`, `top 5`).
    """
    spelled = _ORDINAL_ALONE.sub(lambda found: f" #{_value(found)} ", _OF_ALL.sub(r"\1", text[:_MOST_READ]))
    words = re.sub(r"[,+]", " ", _RANGE.sub(_all_of_range, spelled)).split()
    numbers: list[int] = []
    rest: list[str] = []
    for place, word in enumerate(words):
        bare = word.casefold().strip("?!.~")
        following = words[place + 1].casefold().strip("?!.~") if place + 1 < len(words) else ""
        before = words[place - 1].casefold() if place else ""
        if not (number := _PLAIN.fullmatch(bare)):
            if bare not in _JOINING:
                rest.append(word)
        elif "#" not in bare and (before in _COUNTING or following in _COUNTED):
            return None
        else:
            numbers.append(int(number[1]))
    return NumberedWords(tuple(dict.fromkeys(numbers)), " ".join(rest)) if numbers else None


def asks_which_papers(text: str) -> bool:
    """Whether a text asks which of several papers do something, and so is about none of them."""
    return _ASKS_WHICH.search(text[:_MOST_READ]) is not None


def names_either(text: str) -> bool:
    """Whether a text names papers of which only one is meant: `share 2 or 3`."""
    return _EITHER.search(text[:_MOST_READ]) is not None


def _all_of_range(match: re.Match[str]) -> str:
    return " ".join(map(str, range(int(match[1]), int(match[2]) + 1))) or match.group()


def _value(match: re.Match[str]) -> int:
    said = next(value for value in match.groupdict().values() if value).casefold()
    return _ORDINALS.get(said) or int(said.rstrip("stndrh"))


def _stand_in(match: re.Match[str]) -> str:
    """The words that mean the paper in view in place of a number."""
    is_korean = any("\uac00" <= letter <= "\ud7a3" for letter in match.group() + match.string[match.end() :][:1])
    return "이 논문" if is_korean else "it"


def paper_by_title(text: str, titles: Mapping[str, str]) -> str | None:
    """The ID of the one paper whose title has words of a text that no other title has; None where several may be meant.

    A name (`Meltemi`, `SAM 2`) is enough. Of other words it takes two, or one beside the word "paper".
    """
    text = text[:_MOST_READ]
    asked = _tokens(text)
    spelled = {paper_id: _tokens(title) for paper_id, title in titles.items()}
    names = {paper_id: frozenset(_names(title, text)) for paper_id, title in titles.items()}
    named = {
        paper_id
        for paper_id, own in names.items()
        if any(_has(asked, name) and not _is_in_another(name, paper_id, names, spelled) for name in own)
    }
    if named:
        return named.pop() if len(named) == 1 else None
    beside = {word.casefold() for pair in _BESIDE_PAPER.findall(text) for word in pair if word}
    meant = set()
    for paper_id, title in spelled.items():
        own = {
            word
            for word in set(title) & set(asked)
            if word not in _COMMON and len(word) >= _minimum(word) and _is_unique((word,), spelled)
        }
        if len(own) > 1 or own & beside:
            meant.add(paper_id)
    return meant.pop() if len(meant) == 1 else None


def without_title(text: str, title: str) -> str:
    """The words of a text without those of a title."""
    of_title = {*_tokens(title), *(token for name in _names(title, text) for token in name)}
    kept = []
    for word in text.split():
        latin = [token for token in _tokens(word) if not _is_korean(token)]
        known = latin or _tokens(word)
        if not known or not set(known) <= of_title | {"s"}:
            kept.append(word)
    return " ".join(kept)


def _names(title: str, text: str) -> Iterator[tuple[str, ...]]:
    """The names in a title: what stands before its colon, and words that are written as names are.

    One that is also a common word (`ThinK`) counts only as it is written, in the text too.
    """
    head, *tail = _NAME_ENDS.split(title[:_MOST_READ], maxsplit=1)
    name = tuple(_tokens(head))
    if tail and 0 < len(name) <= _LONGEST_NAME and not set(name) <= _COMMON and len("".join(name)) > 1:
        yield name
    for word in re.findall(r"[A-Za-z0-9]+", title[:_MOST_READ]):
        if not _DISTINCT.search(word):
            continue
        if word.casefold() not in _COMMON or (_MIXED.search(word) and re.search(rf"\b{word}\b", text)):
            yield (word.casefold(),)
            if len(family := _VERSION.sub("", word)) >= _FEWEST_LETTERS:
                yield (family.casefold(),)


def _tokens(text: str) -> list[str]:
    return [token.casefold() for token in _TOKEN.findall(text)]


def _is_korean(token: str) -> bool:
    return "가" <= token[:1] <= "힣"


def _minimum(word: str) -> int:
    return 2 if _is_korean(word) else _FEWEST_LETTERS


def _has(words: Sequence[str], name: Sequence[str]) -> bool:
    size = len(name)
    return any(tuple(words[at : at + size]) == tuple(name) for at in range(len(words) - size + 1))


def _is_in_another(
    name: tuple[str, ...],
    paper_id: str,
    names: Mapping[str, Collection[tuple[str, ...]]],
    titles: Mapping[str, Sequence[str]],
) -> bool:
    return any(other != paper_id and (name in names[other] or _has(titles[other], name)) for other in titles)


def _is_unique(name: Sequence[str], titles: Mapping[str, Sequence[str]]) -> bool:
    return sum(_has(title, name) for title in titles.values()) == 1
