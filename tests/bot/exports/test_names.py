"""Names in their parts: what can be told apart is, and what can't be stays whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.exports.names import split_name


@pytest.mark.parametrize(
    ("written", "last_first"),
    [
        ("Zhixiang Wang", "Wang, Zhixiang"),
        ("A. Feder Cooper", "Cooper, A. Feder"),
        ("Jean-Paul Sartre", "Sartre, Jean-Paul"),
        ("Laurens van der Maaten", "van der Maaten, Laurens"),
        ("Guy Van den Broeck", "Van den Broeck, Guy"),
        ("Florencia de la Rosa", "de la Rosa, Florencia"),
        ("Rodrigo De Oliveira Pena", "Pena, Rodrigo De Oliveira"),
        ("John Smith Jr.", "Smith, John, Jr."),
        ("John Smith, Jr.", "Smith, John, Jr."),
        ("Henry Tudor VII", "VII, Henry Tudor"),
        ("Ludwig van Beethoven III", "van Beethoven, Ludwig, III"),
        ("Kam Hou U", "U, Kam Hou"),
        (r"Fran\c{c}ois Mart\'i", "Martí, François"),
        ("김민수", "김, 민수"),
        ("남궁민수", "남궁, 민수"),
        ("김 민수", "김, 민수"),
        ("王小明", "王, 小明"),
        ("欧阳修", "欧阳, 修"),
        ("山田 太郎", "山田, 太郎"),
    ],
)
def test_a_person_has_a_family_name_and_given_names(written: str, last_first: str) -> None:
    assert split_name(written).last_first == last_first


@pytest.mark.parametrize(
    "written",
    [
        *(
            "NVIDIA",
            "Wang",
            "Gemma Team",
            "LLaMA Team, AI @ Meta",
            "DeepSeek-AI",
            "Xiaohongshu Inc",
            "BESIII Collaboration",
        ),
        *("Ruiz, Ana", "山田太郎", "さくら", "김", "von", "01.AI", "Team Seedance", "", "  "),
    ],
)
def test_who_is_no_person_or_has_one_name_stays_whole(written: str) -> None:
    name = split_name(written)
    assert (name.family, name.last_first) == ("", written.strip())


@given(st.text(max_size=50))
def test_no_part_of_a_name_is_lost_or_invented(written: str) -> None:
    name = split_name(written)
    parts = [name.given, name.particle, name.family, name.suffix]
    if name.family:
        assert sorted("".join(parts)) == sorted(
            "".join(name.whole.split()).replace(",", "") + " " * parts_blanks(parts)
        )
    else:
        assert not any(parts)


def parts_blanks(parts: list[str]) -> int:
    return sum(part.count(" ") for part in parts)
