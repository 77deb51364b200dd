"""Conversion of LaTeX in titles and abstracts to plain characters, also as Hugging Face's lists leave it.

Those lists lose most backslashes, so that `2.8\\times` arrives as `2.8times` and `\\textcolor{teal}{Tool-use}` as
`teal{Tool-use}`. What cannot be known, such as an author's own macro, stays as a word.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# What is looked at in one piece; the longest abstract arXiv takes is 1,920 characters.
_LONGEST = 20_000
_MATH = re.compile(r"\$(?=\S)([^$]{1,200})(?<=\S)\$(?!\d)|\\\(([^\\$]{1,200})\\\)")  # "$5 to $10" is no formula
_ACCENT = re.compile(r"\\(['`^\"~=.])(?:\{\s?\\?([A-Za-zı])\}|\\?([A-Za-zı]))")
_MARKS = {"'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307"}
_ENGLISH_ENDINGS = ("s", "t", "re", "ll", "ve", "d", "m")
_QUOTED_APOSTROPHE = re.compile(rf"(?<=[A-Za-z])\\'(?=(?:{'|'.join(_ENGLISH_ENDINGS)})\b)")
_ESCAPED = re.compile(r"\\([%&#_${}])")
_SPACE = re.compile(r"\\[,;:!> ~]|\\\\(?:\[[^\]]{0,20}\])?|(?<=[\w).])~(?=[\w(])")
# A command with its argument: only the argument is text.
_COMMAND = re.compile(r"\\([a-zA-Z]{1,40})\*?(?:\s*\{([^{}]{0,400})\})?")
_FRACTION = re.compile(r"\\[dt]?frac\s?(?:\{([^{}]{1,40})\}\s?\{([^{}]{1,40})\}|([0-9])([0-9]))")
_SWITCH = re.compile(r"\{\s?(?:\\?(?:em|bf|it|tt|sc|rm|sf|bfseries|itshape)|\\small)\s([^{}]{0,400})\}")
_COLOURED = re.compile(
    r"(?<![A-Za-z])(?:teal|orange|red|blue|green|purple|violet|gr[ae]y|cyan|magenta|brown|black|pink"
    r"|textbf|textit|texttt|textsc|textrm|emph|underline|mathrm|mathbf|text)\{([^{}]{0,400})\}"
)
# Braces that only held words together: "{and enhance the baselines}". A set has commas or symbols in it.
_WORDS_HELD = re.compile(r"(?<![\w\\^_}=])\{([A-Za-z][a-z'’-]*(?: [A-Za-z][a-z'’-]*){2,40})\}")
_LINKED = re.compile(r"(https?://[^\s{}]{1,300})\{([^{}]{1,300})\}")
_GROUP = re.compile(r"(?<=[_^])\{([^{}]{0,100})\}|(?<=\d)\{,\}(?=\d)")
_TIMES = re.compile(r"(?<=\d)\s?times\s?(?=[\dA-Z])|(?<=\d)times\b")
_SIZES = re.compile(r"(?<=\d)\s?times\s(?=\d)")
# Commands that lost their backslash: those that are no English words, and others where only a sign makes sense.
_BARE_SIGNS = {
    "leq": "≤",
    "geq": "≥",
    "neq": "≠",
    "propto": "∝",
    "oplus": "⊕",
    "otimes": "⊗",
    "odot": "⊙",
    "cdot": "·",
    "rightarrow": "→",
    "leftarrow": "←",
    "leftrightarrow": "↔",
    "infty": "∞",
    "approx": "≈",
    "sim": "~",
    "pm": "±",
}
_BARE = re.compile(
    r"(?<![\w\\-])(?:leq|geq|neq|propto|oplus|otimes|odot|cdot|(?:left)?rightarrow|leftarrow|infty"
    r"|approx(?=\s-?\d)|sim(?=\s?\d)|(?<=\d\s)pm(?=\s\d))(?![a-z-])"
)
_LONE_BACKSLASH = re.compile(r"\\(?=[\w\s\"'(]|$)")
_PERCENT = re.compile(r"(?<!\\)%")
# Dashes between words, or free on both sides; an address keeps its own, and a word that begins with two is an option.
_ADDRESS_OR_DASH = re.compile(r"https?://\S+|(?<=[\w)\]])-{2,3}(?=[\w(\[])|(?<=\s)-{2,3}(?=\s)")
_DASHES = {"--": "\u2013", "---": "\u2014"}
_QUOTES = (("``", "\u201c"), ("''", "\u201d"))
# Commands that stand for no text, and those that stand for their argument.
_WORDLESS = frozenset(
    ("em", "bf", "it", "tt", "sc", "rm", "sf", "small", "large", "noindent", "xspace", "left", "right", "displaystyle")
)
_WITH_TEXT = frozenset(
    {
        *("text", "textbf", "textit", "texttt", "textsc", "textrm", "textsf", "emph", "underline", "mathrm", "mathbf"),
        *("mathit", "mathsf", "mathtt", "mathcal", "mathbb", "operatorname", "mbox", "url", "href", "textcolor"),
        *("color", "cite", "citep", "citet", "ref", "footnote"),
    }
)


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


def without_latex(text: str) -> str:
    """The text with its LaTeX written in plain characters (`$L_2$` → `L_2`, `\\alpha` → α, `72.6\\%` → `72.6%`).

    Everything outside of LaTeX stays as it is: in prose `%`, `~` and `_` are just characters. The work grows with the
    length of the text, of which at most 20,000 characters are looked at.
    """
    signs = ("$", "\\", "{", "~", "`", "--", "times")
    if not any(sign in text for sign in signs) and _BARE.search(text) is None:
        return text
    text, rest = text[:_LONGEST], text[_LONGEST:]
    plain = _MATH.sub(lambda maths: _plain_maths(maths[1] or maths[2]), text)
    plain = _QUOTED_APOSTROPHE.sub("'", plain)
    plain = _ACCENT.sub(_accented, plain)
    plain = _COLOURED.sub(r"\1", _SWITCH.sub(r"\1", plain))
    plain = _WORDS_HELD.sub(r"\1", plain)
    plain = _LINKED.sub(lambda link: link[1] if link[1] == link[2] else f"{link[1]} ({link[2]})", plain)
    plain = _FRACTION.sub(lambda parts: "/".join(filter(None, parts.groups())), plain)
    plain = _GROUP.sub(lambda group: group[1] if group[1] is not None else ",", plain)
    plain = _COMMAND.sub(_spelt_out, plain)
    plain = _SPACE.sub(" ", _ESCAPED.sub(r"\1", plain))
    plain = _TIMES.sub("×", _SIZES.sub("×", plain))
    plain = _BARE.sub(lambda sign: _BARE_SIGNS[sign[0]], plain)
    plain = _LONE_BACKSLASH.sub("", plain)
    plain = _ADDRESS_OR_DASH.sub(lambda found: _DASHES.get(found[0], found[0]), plain)
    for marks, quote in _QUOTES if "``" in plain else ():
        plain = plain.replace(marks, quote)
    return " ".join((plain + rest).split())


def _accented(found: re.Match[str]) -> str:
    letter = found[2] or found[3]
    return unicodedata.normalize("NFC", letter.replace("ı", "i") + _MARKS[found[1]])


def _spelt_out(command: re.Match[str]) -> str:
    name, given = command[1], command[2]
    if name in _WORDLESS or name in _WITH_TEXT:
        return given or ""
    if given is not None and (len(name) == 1 or name == "sqrt"):  # an accent such as \H{o}, or a root
        return _plain_maths(f"\\{name}{{{given}}}")
    sign = _plain_maths(f"\\{name}")
    known = sign if sign and not sign.startswith("\\") else name
    return f"{known} {given}" if given else known


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


@lru_cache(maxsize=4096)
def _plain_maths(latex: str) -> str:
    from pylatexenc.latex2text import LatexNodes2Text  # a heavy import that most titles never need

    # In a title a percent sign is no comment, whether or not somebody escaped it.
    whole = _PERCENT.sub(r"\\%", latex)
    try:
        plain = str(LatexNodes2Text(math_mode="text", strict_latex_spaces=False).latex_to_text(whole)).strip()
    except Exception:
        return latex
    # A command without its argument comes back as a placeholder.
    return latex if not plain or ("%s" in plain and "%s" not in latex) else plain
