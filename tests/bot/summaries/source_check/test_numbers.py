"""Numbers are the same however they are written; rounded as written they tell the same, and off by ten they do not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.summaries.source_check import numbers
from bot.summaries.source_check.numbers import Number, NumberLine, digits_with_points, numbers_claimed, numbers_in
from bot.summaries.source_check.plain_text import plain


def only(text: str, *, inside_names: bool = False) -> Number:
    (number,) = (numbers_in if inside_names else numbers_claimed)(plain(text))
    return number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("16.5 billion tokens", "16500000000"),
        ("16.5B tokens", "16500000000"),
        ("165억 개의 토큰", "16500000000"),
        ("1조 2,000억 개", "1200000000000"),
        ("2억 8,900만 개의 매개변수", "289000000"),
        ("11,300만 개", "113000000"),
        ("3천만 명", "30000000"),
        ("9,100万个分子", "91000000"),
        ("1.2億", "120000000"),
        ("4亿", "400000000"),
        ("12k prompts", "12000"),
        ("1,234,567 papers", "1234567"),
        ("75.4 %", "75.4"),
        ("75.4\\% of", "75.4"),
        ("75.4퍼센트", "75.4"),
        ("$1.5 \\times 10^{-3}$", "0.0015"),
        ("$10^{19}$ FLOPs", "1E+19"),
        ("3e-4", "0.0003"),
        ("１２３", "123"),
        (".5 points", "0.5"),
        ("8\nmillion rows", "8000000"),
        ("1\u200b6.5 billion", "16500000000"),
        ("10⁻³", "0.001"),
        ("a loss of (−1.2)", "-1.2"),
        ("이백만 개", "2000000"),
        ("사십억 개의 토큰", "4000000000"),
        ("10.5만 명", "105000"),
        ("5십만 건", "500000"),
        ("세 배", "3"),
        ("스물다섯 언어", "25"),
        ("삼분의 일", "0.3333333333333333333333333333"),
        ("4분의 1", "0.25"),
        ("三分之二", "0.6666666666666666666666666667"),
        ("四十亿", "4000000000"),
        ("两倍", "2"),
        ("four billion", "4000000000"),
        ("three times faster", "3"),
        ("16.5 Milliarden", "16500000000"),
    ],
)
def test_a_number_is_read_in_every_way_of_writing(text: str, value: str) -> None:
    assert only(text).value == Decimal(value)


@pytest.mark.parametrize("text", ["GPT-4o", "Llama-3", "v2.5 is", "BERT4Rec", "SMI-TED289M"])
def test_digits_in_names_are_no_numbers_of_a_summary_but_may_be_meant_in_a_source(text: str) -> None:
    assert numbers_claimed(plain(text)) == []
    assert numbers_in(plain(text))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("four billion molecules", ["4E+9"]),
        ("a two-fold gain for twenty-five languages", ["2", "25"]),
        ("from 2012-2023, in 8 months", ["2012", "2023", "8"]),
        ("5 조건에서", ["5"]),
        ("정확도 20% 이상, 3가지", ["20", "3"]),
    ],
)
def test_words_ranges_and_particles(text: str, values: list[str]) -> None:
    assert [number.value for number in numbers_in(plain(text))] == [Decimal(each) for each in values]


@pytest.mark.parametrize(
    "text", ["수백만 개", "만일 이만 줄인다면", "두 가지 방법", "오만한 일", "(1) 먼저, (2) 다음", "two stages", "①"]
)
def test_what_only_looks_like_a_number_or_counts_a_few_is_no_claim(text: str) -> None:
    assert numbers_claimed(plain(text)) == []


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("2~3백만", "2-3 million"),
        ("5% 에서 8%", "from 5 to 8%"),
        ("10-20%", "10 to 20 percent"),
        ("약 12,000", "11,960"),
        ("75.4%", "an accuracy of 0.754"),
        ("50%", "half of them"),
        ("10", "an order of magnitude"),
        ("2024년 7월 31일", "July 31, 2024"),
        ("12,000", "12 000 samples"),
        ("12,000", "$12{,}000$"),
        ("100만", "a million"),
        ("세 배", "a three-fold gain"),
    ],
)
def test_two_writings_mean_the_same(said: str, given: str) -> None:
    line = NumberLine(numbers_in(plain(given)))
    assert [number.text for number in numbers_claimed(plain(said)) if line.matching(number) is None] == []


@pytest.mark.parametrize(
    ("said", "given"), [("1.2", "-1.2"), ("4%", "4 tasks"), ("400%", "4 tasks"), ("0.04%", "4%"), ("12,000", "11,960")]
)
def test_a_lost_sign_and_a_share_of_nothing_are_no_rounding(said: str, given: str) -> None:
    line = NumberLine(numbers_in(plain(given)))
    assert [line.matching(number) for number in numbers_claimed(plain(said))] == [None]


def test_points_and_commas_change_places_between_languages_but_not_in_names() -> None:
    assert digits_with_points("16,5 Milliarden, 700.000 und 700 000 für v2.5") == (
        "16.5 Milliarden, 700,000 und 700,000 für v2.5"
    )


def test_a_rounded_number_tells_the_exact_one_and_not_the_other_way_round() -> None:
    assert only("16.5B").matches(only("16.49 billion"))
    assert not only("16.49 billion").matches(only("16.5B"))
    assert only("75%").matches(only("0.754"))
    assert not only("0.752").matches(only("0.754"))


def test_a_slip_of_the_korean_units_is_seen_as_one_of_scale() -> None:
    def missed_by(said: str, read: str) -> list[int]:
        return [power for _, power in NumberLine([only(read)]).missed_by_powers_of_ten(only(said))]

    assert missed_by("16.5억", "16.5 billion") == [-1]
    assert missed_by("4억", "4 billion") == [-1]
    assert missed_by("165억", "16.5 billion") == []
    assert missed_by("0.752", "0.754") == []


WRITTEN = {
    "en": lambda value: f"{value:,}",
    "ko": lambda value: (
        f"{value // 10**8}억 {value % 10**8 // 10**4:,}만" if value % 10**8 // 10**4 else f"{value // 10**8}억"
    ),
    "zh": lambda value: f"{value // 10**4}万",
    "k": lambda value: f"{value // 1000}k",
    "m": lambda value: f"{Decimal(value) / 10**6:f} million",
}
WHOLE = st.integers(10_001, 9_999_999).map(lambda tens_of_thousands: tens_of_thousands * 10_000)


@given(WHOLE, st.sampled_from(sorted(WRITTEN)), st.sampled_from(sorted(WRITTEN)))
def test_any_two_writings_of_a_number_tell_each_other(value: int, one: str, other: str) -> None:
    first, second = only(WRITTEN[one](value)), only(WRITTEN[other](value))
    assert first.value == second.value == value
    assert first.matches(second)


@given(
    WHOLE, st.sampled_from(sorted(WRITTEN)), st.sampled_from(sorted(WRITTEN)), st.sampled_from([-3, -2, -1, 1, 2, 3])
)
@example(value=200_000_000, one="ko", other="en", power=-1)
def test_any_number_off_by_powers_of_ten_is_told_by_how_many(value: int, one: str, other: str, power: int) -> None:
    right = only(WRITTEN[other](value))
    written = only(WRITTEN[one](value))
    wrong = replace(written, value=written.value.scaleb(power), unit=written.unit.scaleb(power))
    assert not wrong.matches(right)
    assert NumberLine([right]).matching(wrong) is None
    assert NumberLine([right]).missed_by_powers_of_ten(wrong) == [(right, power)]


@given(st.lists(st.integers(0, 10**9), max_size=30), st.integers(0, 10**9), st.integers(0, 3))
def test_the_line_finds_what_comparing_each_would_find(given_values: list[int], value: int, digits: int) -> None:
    numbers = [Number(str(each), Decimal(each), Decimal(1)) for each in given_values]
    said = Number(str(value), Decimal(value), Decimal(10) ** digits)
    assert (NumberLine(numbers).matching(said) is not None) == any(said.matches(each) for each in numbers)


@given(st.text(max_size=200) | st.text(alphabet="0123456789.,-−%^e× 만억조천십이삼두배분의萬三ktMB\n", max_size=60))
def test_nothing_that_people_write_breaks_the_reading(text: str) -> None:
    for number in (*numbers_claimed(plain(text)), *numbers_in(plain(text))):
        assert number.text
        assert number.value.is_finite()
        assert number.unit > 0


def test_one_wrong_digit_is_found_by_its_other_digits_however_many_numbers_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[int] = []
    digits_of = numbers._digits_of

    def counted(number: Number) -> str:
        read.append(1)
        return digits_of(number)

    monkeypatch.setattr(numbers, "_digits_of", counted)
    for count in (1_000, 2_000, 4_000):
        line = NumberLine(numbers_in(" ".join(str(100_000 + 7 * each) for each in range(count))))
        read.clear()
        for wrong in range(200):
            line.differing_in_one_digit(numbers_claimed(f"in 9{wrong:05} cases")[0])
        assert len(read) <= count + 200
    right = NumberLine(numbers_in("1,234 and 5,678")).differing_in_one_digit(numbers_claimed("a 5,578")[0])
    assert right is not None
    assert right.text == "5,678"
