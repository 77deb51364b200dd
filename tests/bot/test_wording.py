"""How the catalogues speak: calm, without a persona, in standard terms, the same way everywhere."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import pytest

from bot.templating.catalogues import catalogue, languages

if TYPE_CHECKING:
    from collections.abc import Iterator

# What people type, and the names of languages, months and days: no sentences of Paperboy's.
_NO_SENTENCES = ("command.", "language.automatic", "languages.", "dates.")

ENGLISH = {
    "a persona": r"\b(I|I'm|I've|me|my|My|myself|mine)\b",
    "begging": r"(?i)\b(please|sorry|apolog\w+|oops|unfortunately|kindly|thank you)\b",
    "a semicolon": r";",
    "votes instead of upvotes": r"(?i)(?<!up)\bvotes?\b|\b(most|top)[- ]voted\b",
    "a word for pointing devices": r"(?i)\b(press|presses|click|clicks|tap)\b|\bput :",
    "no contraction": r"(?i)\b(cannot|can not|(do|does|did|is|are|was|were|has|have|had|will|could|would) not)\b",
    "British spelling": r"(?i)\b(summar|organ|recogn|normal|general|custom|initial|author|optim|real|categor)"
    r"is(e|ed|es|ing|er|ers|ation|ations)\b|\b\w+(olours?|avour\w*|abell\w+|ancell\w+|nalys(e|ed|es|ing))\b"
    r"|\b(centre|licence|whilst|towards|grey|any more)\b",
    "an inside word": r"(?i)\b(settle[sd]?|outbox|gate|editions?|anew|in doubt|on record|risers?|risen)\b",
    "a post that is a digest": r"(?i)\b(the|next|first|latest|last|a) posts?\b(?! digests?)",
    "another word for an outage": r"(?i)\b(does|did)(n't| not) answer\b|\bdoesn't respond\b|\bis away\b",
    "refusing": r"(?i)\brefus\w+\b",
    "a span": r"(?i)\bspans?\b",
    "a number in letters": r"(?i)\b(two|three|four|five|six|seven|eight|nine|ten|twelve|twenty)\b",
    "a plural in brackets": r"\(s\)|\(es\)",
    "a straight quotation mark": r'"',
    "an uncapitalized name": r"(?<![\w{])(ids?|arxiv|slack|paperboy|pdf|Arxiv|ArXiv|HuggingFace)\b",
    "an unnamed zone": r"\d\d:\d\d(?! UTC| \()",
}
KOREAN = {
    # The word on the left is what people say, the pattern what Paperboy said.
    "읽기 목록": r"읽을 목록",
    "주요 논문 모아보기": r"다시 보기",
    "첫 메시지": r"머리글",
    "매일": r"날마다",
    "빠지는 논문은 없습니다": r"잃어버리",
    "그동안의, 최신": r"그날들|최근 날(?!짜)",
    "{date} 기준": r"\{date\} 읽음",
    "두 번째 언어": r"둘째 언어",
    "다음 게시": r"다음 글|첫 글",
    "기술적 세부 사항, 주요 결과": r"기술 상세|주요 성능",
    "공개되지 않았습니다": r"열리지 않|열지 않|열리는 대로",
    "아직 전하지 못하고 있습니다": r"기다리고 있습니다|기다리는",
    "번호 반응을 달면 그 논문이 저장됩니다": r"번호로 고를",
    "알 수 없는": r"알지 못하는",
    "기타": r"그 밖에",
    "게시 중": r"전하는 중",
    "미리보기 이미지": r"미리보기 그림",
    "건너뛰기 취소": r"건너뛰지 않기",
    "오늘(UTC 기준)은": r"내일\(UTC\)까지는|내일까지는",
    "포트 {port}번을": r"\{port\}[를을]",
    "‘…’을 입력해": r"라고 입력",
    "… 사이에": r"\}–\{\w+\}에",
    "22:00(UTC)에": r"22:00 UTC",
    "링크 미리보기 표시": r"보이게 하기",
    "문제가 있다고 알렸습니다": r"에 대해 알렸습니다",
    "입력해 주세요": r"(써|적어|넣어) 주세요",
    "선택해 주세요": r"골라 주세요",
    "전합니다, 표시합니다": r"보여 드립|보여 드리|싣습니다|싣|실린|모아 드립",
    "게시합니다": r"(글을|에) 올리|올렸습니다|올라갔|올립니다|올라가지|말을",
    "해 주세요": r"(?<!주)세요",
    "a particle in brackets": r"[은는이가을를와과]\([은는이가을를와과]\)|\(으\)로",
    "a persona": r"\b(저|저를|제가|저는)\b|말합니다|대답합니다",
    "begging": r"죄송|부디|제발",
    "a semicolon": r";",
    "a number in letters": r"(두|세|네|다섯|여섯|일곱|여덟|아홉|열) (개|편|명|건)",
    "a straight quotation mark": r'"',
    "an uncapitalized name": r"(?<![\w{])(id|arxiv|slack|paperboy|pdf|Arxiv|HuggingFace)\b|arXiv 번호",
}
FORBIDDEN = {"en": ENGLISH, "ko": KOREAN}

# What stands on something to select, and what only names something.
BUTTONS = re.compile(r"(button|button_channel)\.\w+|modal\.(save|save_and_start|cancel|close)|report\.send")
LABELS = re.compile(
    r"(setting|section|choice|state|said|source)\.\w+|\w+\.title|changes\.text|best\.line|recap\.line"
    r"|card\.(show_details|discussion|wrong|in_this_language)|foot\.(?!being_written)\w+"
    r"|report\.(numbers|claims|other_paper|language|something_else|note|text)"
)
NO_CASE = ("list.title", "channel.title", "said.at", "said.days_at", "said.setting")
NAMES = frozenset(
    {*("Paperboy", "Slack", "Hugging", "Face", "English", "Korean", "Monday", "Friday"), *("AI", "ID", "PDF", "UTC")}
)
# The headings on cards are those of the digest that Paperboy goes back to.
HEADINGS = {"What's New", "Technical Details", "Performance Highlights", "Ethical Considerations"}
# One paper has no order, and is looked up by its ID alone.
DIFFERING_IN_MORE = {"header.all", "days.all", "days.all_of_several", "looking_up.text"}
# Sentences that name a button.
NAMED_IN = {
    "welcome.line": "button_channel.use_defaults",
    "welcome.no_preview": "button_channel.preview",
    "channel.paused": "button_channel.resume",
    "list.how": "button.save",
    "denied.nobody_here": "button.share",
    "error.change_unknown": "button_channel.changes",
}
LONGEST_SENTENCE = 25
MOST_WORDS_OF_A_BUTTON = 3

EACH = pytest.mark.parametrize("language", languages())


@EACH
class TestEveryText:
    def test_keeps_to_the_words_people_use(self, language: str) -> None:
        found = [
            f"{key}: {what} in “{text}”"
            for key, text in texts(language)
            for what, pattern in FORBIDDEN.get(language, {}).items()
            if re.search(pattern, without_names(text))
        ]
        assert found == []

    def test_writes_work_in_progress_with_its_dots_at_the_word(self, language: str) -> None:
        assert [key for key, text in texts(language) if re.search(r"\s…|\.\.\.", text)] == []

    def test_has_no_decoration(self, language: str) -> None:
        # 🔖 is the emoji to react with.
        signs = [(key, set(text) - {"🔖"}) for key, text in texts(language)]
        assert [key for key, each in signs if any(unicodedata.category(sign) == "So" for sign in each)] == []

    def test_names_commands_as_they_are_typed(self, language: str) -> None:
        words = catalogue(language)
        known = {word for key in ("list", "settings", "language", "help") for word in words.listed(f"command.{key}")}
        typed = [found[1] for _, text in texts(language) for found in re.finditer(r"/paper (\w+)", text)]
        assert {word for word in typed if not word.isdecimal()} <= known

    def test_has_no_stray_spaces(self, language: str) -> None:
        # A space in front joins a sentence to the one before.
        assert [key for key, text in texts(language) if text.rstrip() != text or "  " in text] == []

    def test_says_one_thing_a_sentence(self, language: str) -> None:
        lengths = [(key, len(said.split())) for key, text in texts(language) for said in sentences(text)]
        assert [key for key, words in lengths if words > LONGEST_SENTENCE] == []


@EACH
class TestButtonsAndLabels:
    def test_are_short_on_buttons(self, language: str) -> None:
        buttons = {key: text for key, text in texts(language) if BUTTONS.fullmatch(key)}
        assert {key: text for key, text in buttons.items() if len(text.split()) > MOST_WORDS_OF_A_BUTTON} == {}
        assert {key: text for key, text in buttons.items() if text.endswith((".", "!", ":"))} == {}

    def test_have_no_full_stop(self, language: str) -> None:
        assert [key for key, text in texts(language) if LABELS.fullmatch(key) and text.endswith((".", ":", "!"))] == []

    def test_are_named_in_sentences_as_they_read(self, language: str) -> None:
        words = catalogue(language)
        assert {text: label for text, label in NAMED_IN.items() if words.t(label) not in words.entries[text]} == {}

    def test_head_the_form_that_they_open(self, language: str) -> None:
        assert catalogue(language).t("card.wrong") == catalogue(language).t("report.title")


@pytest.mark.parametrize(("language", "save", "share"), [("en", "Save", "Share"), ("ko", "저장", "공유")])
def test_buttons_hold_the_words_people_look_for(language: str, save: str, share: str) -> None:
    words = catalogue(language)
    assert all(save in words.t(key) for key in ("button.save", "modal.save", "modal.save_and_start"))
    assert share in words.t("button.share")


class TestEnglish:
    def test_labels_are_in_sentence_case(self) -> None:
        wrong = [
            f"{key}: {text}"
            for key, text in texts("en")
            if (LABELS.fullmatch(key) or BUTTONS.fullmatch(key)) and key not in NO_CASE
            if text not in HEADINGS and not is_in_sentence_case(text)
        ]
        assert wrong == []

    def test_dates_are_american(self) -> None:
        words = catalogue("en")
        assert words.t("dates.long", weekday="Monday", month="July", day=29, year="2024") == "Monday, July 29, 2024"
        assert words.t("dates.short", month="Jul", day=29, year="2024") == "Jul 29, 2024"

    def test_singular_and_plural_differ_in_number_only(self) -> None:
        differing = []
        for key, entry in catalogue("en").entries.items():
            if isinstance(entry, dict) and key not in DIFFERING_IN_MORE:
                one, many = number_neutral(entry["one"]), number_neutral(entry["other"])
                differing += [] if one == many else [key]
        assert differing == []


@pytest.mark.parametrize("language", [language for language in languages() if language != "en"])
def test_every_language_punctuates_as_english_does(language: str) -> None:
    own, english = dict(texts(language)), dict(texts("en"))
    shared = own.keys() & english.keys()  # some languages have no form for one
    assert sorted(key for key in shared if closing(own[key]) != closing(english[key])) == []


def test_the_patterns_find_what_they_are_meant_to_find() -> None:
    found = {
        "a persona": "I have stopped",
        "begging": "Please try again",
        "votes instead of upvotes": "the most votes",
        "a word for pointing devices": "put :x: on its card",
        "British spelling": "organisations, summarise, labelled",
        "no contraction": "is not there",
        "an unnamed zone": "by 22:00",
        "a post that is a digest": "with the next post",
    }
    assert {what for what, text in found.items() if re.search(ENGLISH[what], text)} == set(found)
    fine = ("upvotes", "otherwise", "To post now", "promise", "likewise", "by 22:00 UTC", "paperboy post digests")
    assert [text for text in fine for what in found if re.search(ENGLISH[what], text)] == []


def texts(language: str) -> Iterator[tuple[str, str]]:
    """Every text of a catalogue with its key; each form of a plural by itself."""
    for key, entry in catalogue(language).entries.items():
        if key.startswith(_NO_SENTENCES):
            continue
        if isinstance(entry, str):
            yield key, entry
        elif isinstance(entry, dict):
            yield from ((key if form == "other" else f"{key}[{form}]", text) for form, text in entry.items())


def without_names(text: str) -> str:
    """A text without its placeholders, commands, and settings."""
    return re.sub(r"\bpaperboy (?=\w)[\w -]*|/paper\b|[A-Z]+_[A-Z_]+|(?<=/invite )@\w+|(?<!{)--\w+", "", text)


def sentences(text: str) -> list[str]:
    return [said for said in re.split(r"(?<=[.?!:])\s+", text) if said]


def is_in_sentence_case(text: str) -> bool:
    """Whether a text begins with a capital and has no others but those of names."""
    plain = re.sub(r"\{\w+\}|[“”(),:.?]", " ", text)
    first, *rest = plain.split() or [""]
    starts_well = not first[:1].islower() or first in {"arXiv", "as", "based", "saved"} or text.startswith("{")
    return starts_well and all(not word[:1].isupper() or word in NAMES for word in rest)


def number_neutral(text: str) -> str:
    """A sentence without what tells one from many."""
    text = re.sub(r"\{count\}|\b1\b|\b[Aa]n? |\b[Tt]he ", " ", text)
    words = [_ONE_OF_MANY.get(word.lower(), word.lower()) for word in re.findall(r"[\w'{}]+|[^\w\s]", text)]
    return " ".join(re.sub(r"ies$", "y", word).removesuffix("s") for word in words)


_ONE_OF_MANY = {
    "have": "has",
    "are": "is",
    "were": "was",
    "weren't": "wasn't",
    "aren't": "isn't",
    "they": "it",
    "them": "it",
}


def closing(text: str) -> str:
    """The sign that ends a text, if one does."""
    return text[-1] if text[-1] in ".?!:…" else ""
