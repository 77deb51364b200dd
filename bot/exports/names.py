"""Names of authors in the parts that reference managers and citation styles tell apart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bot.text.readable import readable

# Words between a given and a family name that belong to the latter, where they are in small letters.
_PARTICLES = frozenset(
    {
        *("af", "al", "av", "bin", "bint", "da", "dal", "de", "degli", "dei", "del", "della", "delle", "den", "der"),
        *("des", "di", "do", "dos", "du", "e", "el", "ibn", "la", "las", "le", "lo", "los", "ten", "ter", "van", "vom"),
        *("von", "y", "zu", "zum", "zur", "'t", "’t"),
    }
)
# Before another particle these are one, also with a capital: Guy Van den Broeck.
_CAPITALIZED_PARTICLES = frozenset({"Van", "Von", "De"})
_SUFFIX = re.compile(r"(?:Jr|Sr)\.?|I{2,3}|IV")
# The words and signs that no person has in their name.
_OF_A_GROUP = re.compile(
    r"[\d@&/:|]|\b(?:AI|Authors?|Collaborations?|Community|Consortium|Contributors?|Foundation|Groups?|Inc|Institute"
    r"|Labs?|Laboratory|Projects?|Research|Teams?|University)\b"
)
_HANGUL = re.compile("[가-힣]{2,5}")
_HAN = re.compile("[\u4e00-\u9fff]{2,4}")
# East Asian scripts; their names begin with the family's.
_EAST_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u9fff가-힣々 ]+")
# Family names of two syllables or characters (Statistics Korea, 2015 census; GB/T 28039-2011).
_OF_TWO = frozenset(
    {
        *("남궁", "독고", "동방", "망절", "사공", "서문", "선우", "제갈", "황보"),
        *(
            "欧阳",
            "歐陽",
            "司马",
            "司馬",
            "上官",
            "诸葛",
            "諸葛",
            "夏侯",
            "皇甫",
            "尉迟",
            "公孙",
            "慕容",
            "令狐",
            "端木",
        ),
    }
)
_FULL_NAME_OF_HAN = 3


@dataclass(frozen=True, slots=True)
class Name:
    """The name of an author in its parts; without a family name it is not known which part is which.

    `family_first` is how people of that name write it.
    """

    whole: str
    family: str = ""
    given: str = ""
    particle: str = ""
    suffix: str = ""
    family_first: bool = False

    @property
    def last_first(self) -> str:
        """The name as an index has it: `van der Maaten, Laurens`."""
        if not self.family:
            return self.whole
        return ", ".join(filter(None, (f"{self.particle} {self.family}".strip(), self.given, self.suffix)))


@lru_cache(maxsize=4096)
def split_name(written: str) -> Name:
    """The parts of a name, as a source writes it; where nobody can tell, the whole alone."""
    whole = readable(written)
    if not whole or _OF_A_GROUP.search(whole):
        return Name(whole)
    if _EAST_ASIAN.fullmatch(whole):
        return _split_east_asian(whole)
    words = whole.split()
    suffix = words.pop() if len(words) > 2 and _SUFFIX.fullmatch(words[-1]) else ""
    if suffix:
        words[-1] = words[-1].rstrip(",")
    if len(words) < 2 or any("," in word for word in words):
        return Name(whole)
    end = begin = len(words) - 1
    while begin > 1 and words[begin - 1] in _PARTICLES:
        begin -= 1
    if begin < end and begin > 1 and words[begin - 1] in _CAPITALIZED_PARTICLES:
        begin -= 1
    return Name(whole, words[end], " ".join(words[:begin]), " ".join(words[begin:end]), suffix)


def _split_east_asian(whole: str) -> Name:
    words = whole.split()
    if len(words) == 2:
        return Name(whole, words[0], words[1], family_first=True)
    length = 2 if whole[:2] in _OF_TWO else 1
    # Four characters of Han without a known family name may be Japanese, whose family names have any length.
    is_known = _HANGUL.fullmatch(whole) or (_HAN.fullmatch(whole) and (length == 2 or len(whole) <= _FULL_NAME_OF_HAN))
    if not is_known or length == len(whole):
        return Name(whole)
    return Name(whole, whole[:length], whole[length:], family_first=True)
