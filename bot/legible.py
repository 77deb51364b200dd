"""Text from strangers, made fit to be read: titles, names, abstracts, commands.

Nothing here escapes for a medium; that is the templates' work. What is removed here is what no reader can see and some
programs obey: control characters, invisible direction switches, broken code units.
"""

from __future__ import annotations

import re
from functools import lru_cache

ELLIPSIS = "…"

_SWITCHES = "\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
_INVISIBLE = re.compile(f"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff{_SWITCHES}\U000e0000-\U000e007f]")
_MARK = r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]"
_STACKED_MARKS = re.compile(f"({_MARK}{{3}}){_MARK}+")
_MATH = re.compile(r"\$(?=\S)([^$]{1,200})(?<=\S)\$(?!\d)")  # "$5 to $10" is no formula
_COMMAND = re.compile(r"\\[a-zA-Z]+\*?\s*(?:\{[^{}]*\})?")
_EATEN = re.compile(r"[\b\f\n\r\t][a-zA-Z]")
_EATEN_OR_MATHS = re.compile(r"\$|[\b\f\n\r\t][a-zA-Z]+")
_LETTERS = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}
# The commands of LaTeX and AMS whose first letter JSON reads as an escape, but for those whose rest is an English word
# that a line may begin with (\nless, \nmid).
_COMMANDS_EATEN = frozenset(
    re.findall(
        "[a-zA-Z]+",
        """
        nabla natural ncong ne nearrow neg neq newcommand newline nexists ngeq nleq nonumber norm not notin
        nparallel nrightarrow nsubseteq nsupseteq nu nwarrow rVert raggedright raisebox rangle rbrace rbrack
        rceil ref renewcommand rfloor rgroup rho right rightarrow rightarrowtail rightharpoonup rightleftarrows
        rightleftharpoons rightrightarrows rightsquigarrow rm root rtimes rvert tan tanh tau tbinom tfrac tag
        text textbf textit textmd textnormal textrm textsc textsf textsl textstyle textsubscript textsuperscript
        texttt textup thanks therefore theta thetasym thickapprox thicksim thinspace tilde times tiny to top
        triangle triangledown triangleleft trianglelefteq triangleq triangleright trianglerighteq tt
        twoheadleftarrow twoheadrightarrow
        """,
    )
)
_MARKDOWN = re.compile(
    r"^[ \t]*(?:#{1,6}|[-*•])[ \t]+"
    r"|(?<!\w)(?P<marks>\*{1,3}|`{1,3})(?=\S)(?P<words>[^*`\n]+?)(?<=\S)(?P=marks)(?!\w)",
    re.MULTILINE,
)
# The blocks Unicode sets aside for right-to-left scripts (UAX #9, default classes R and AL).
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]")
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"


def legible(text: str) -> str:
    """One line of visible text: white space collapsed, control and direction characters removed."""
    visible = _INVISIBLE.sub("", text)
    return " ".join(_STACKED_MARKS.sub(r"\1", visible).split())


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, cut between words where that costs little, with an ellipsis for what is missing."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    between_words = cut.rfind(" ")
    if between_words > limit * 2 // 3:
        cut = cut[:between_words]
    return cut.rstrip(" ,;:-–—") + ELLIPSIS


def with_latex_restored(text: str) -> str:
    """The text with the LaTeX that JSON made control characters of: a tab and `au` become `\\tau` again.

    A model writes `\\tau` into JSON, where it had to write `\\\\tau`. Nobody means a backspace or a form feed; a tab
    or a line break is LaTeX when a command comes of it.
    """
    if not _EATEN.search(text):
        return text
    in_maths = False
    pieces: list[str] = []
    end = 0
    for mark in _EATEN_OR_MATHS.finditer(text):
        if mark[0] == "$":
            in_maths = not in_maths
            continue
        name = _LETTERS[mark[0][0]] + mark[0][1:]
        # A line that begins with a word of one letter is one in several languages.
        is_sure = name[0] != "n" or len(name) > 2 or in_maths
        if name[0] in "bf" or (is_sure and name in _COMMANDS_EATEN):
            pieces += [text[end : mark.start()], "\\", name]
            end = mark.end()
    return "".join([*pieces, text[end:]])


def without_latex(text: str) -> str:
    """The text with its LaTeX commands and inline maths written in plain characters (`$L_2$` → `L_2`, `\\alpha` → α).

    Everything outside maths and commands stays as it is: in prose `%`, `~` and `_` are just characters.
    """
    if "$" not in text and "\\" not in text:
        return text
    plain = _MATH.sub(lambda maths: _plain_maths(maths[1]), text)
    plain = _COMMAND.sub(lambda command: _plain_maths(command[0]), plain)
    return " ".join(plain.split())


def without_markdown(text: str) -> str:
    """The text without the headings, bullets, emphasis and code marks of Markdown; links stay as they are written."""
    return _MARKDOWN.sub(lambda mark: mark["words"] or "", text)


def isolated(text: str) -> str:
    """The text so wrapped that right-to-left letters in it cannot reorder what stands beside it."""
    if _RIGHT_TO_LEFT.search(text):
        return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}"
    return text


@lru_cache(maxsize=4096)
def _plain_maths(latex: str) -> str:
    from pylatexenc.latex2text import LatexNodes2Text  # a heavy import that most titles never need

    try:
        return str(LatexNodes2Text(math_mode="text", strict_latex_spaces=False).latex_to_text(latex)).strip() or latex
    except Exception:
        return latex
