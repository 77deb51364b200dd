"""Numbers are the same however they are written; rounded as written they tell the same, and off by ten they do not."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.summaries.numbers import Number, numbers_given, numbers_said
from bot.summaries.plain_text import plain


def only(text: str, *, inside_names: bool = False) -> Number:
    (number,) = (numbers_given if inside_names else numbers_said)(plain(text))
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
    ],
)
def test_a_number_is_read_in_every_way_of_writing(text: str, value: str) -> None:
    assert only(text).value == Decimal(value)


@pytest.mark.parametrize("text", ["GPT-4o", "Llama-3", "v2.5 is", "BERT4Rec", "SMI-TED289M"])
def test_digits_in_names_are_no_numbers_of_a_summary_but_may_be_meant_in_a_source(text: str) -> None:
    assert numbers_said(plain(text)) == []
    assert numbers_given(plain(text))


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
    assert [number.value for number in numbers_given(plain(text))] == [Decimal(each) for each in values]


def test_a_rounded_number_tells_the_exact_one_and_not_the_other_way_round() -> None:
    assert only("16.5B").tells(only("16.49 billion"))
    assert not only("16.49 billion").tells(only("16.5B"))
    assert only("75%").tells(only("0.754"))
    assert not only("0.752").tells(only("0.754"))


def test_a_slip_of_the_korean_units_is_seen_as_one_of_scale() -> None:
    assert only("16.5억").scale_error(only("16.5 billion")) == -1
    assert only("4억").scale_error(only("4 billion")) == -1
    assert only("165억").scale_error(only("16.5 billion")) is None
    assert only("0.752").scale_error(only("0.754")) is None


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
    assert first.tells(second)


@given(WHOLE, st.sampled_from(sorted(WRITTEN)), st.sampled_from([-3, -2, -1, 1, 2, 3]))
def test_any_number_off_by_powers_of_ten_is_told_by_how_many(value: int, writing: str, power: int) -> None:
    wrong = Number("", Decimal(value).scaleb(power), Decimal(1))
    right = only(WRITTEN[writing](value))
    assert not wrong.tells(right)
    assert wrong.scale_error(right) is not None


@given(st.text(max_size=200))
def test_nothing_that_people_write_breaks_the_reading(text: str) -> None:
    for number in numbers_given(plain(text)):
        assert number.text
        assert number.value >= 0
