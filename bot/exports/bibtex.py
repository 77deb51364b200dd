"""Papers as BibTeX, for BibTeX itself, Biber, and everything that reads their files.

The text is UTF-8, as all of them have read for years, and as names in Hangul need. Only what LaTeX takes for a command,
and signs of mathematics, which pdfLaTeX knows in formulas alone, are written in LaTeX. What a person wrote about
a paper is left out: such files are shared, and `note` is printed in bibliographies.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

from bot.exports.citations import citation_key, title_of, year_of
from bot.exports.names import split_name
from bot.text.accents import with_accents
from bot.text.clean import clean_text
from bot.text.readable import readable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.exports.names import Name
    from bot.rules.papers import Paper

_ESCAPED = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",  # BibTeX counts braces, whatever stands before them
    "}": r"\textbraceright{}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",  # these three are others in the fonts LaTeX begins with
    ">": "$>$",
    "|": "$|$",
}
_SPECIAL = re.compile(r"[\\{}$&%#_~^<>|]|--")
_FORMULA = re.compile(r"(\$(?=\S)[^$]{1,200}(?<=\S)\$(?!\d))")  # "$5 to $10" is none
_COMMAND = re.compile(r"\\([a-zA-Z]+|.)")
# Titles are anybody's: one with \input in it would have LaTeX read a file.
_IN_FORMULAS = frozenset(
    re.findall(
        r"\S+",
        r"""
        alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho
        sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
        ell hbar imath jmath Re Im aleph partial nabla infty forall exists neg emptyset varnothing angle triangle
        pm mp times div ast star circ bullet cdot cdots ldots dots cap cup vee wedge setminus oplus ominus otimes odot
        dagger ddagger le leq ge geq ll gg neq ne equiv sim simeq approx cong propto subset supset subseteq supseteq in
        ni notin mid parallel perp to gets mapsto rightarrow leftarrow leftrightarrow Rightarrow Leftarrow
        Leftrightarrow longrightarrow uparrow downarrow langle rangle lfloor rfloor lceil rceil vert Vert lVert rVert
        sum prod int oint log ln exp min max sup inf lim arg sin cos tan det dim ker gcd Pr
        frac dfrac tfrac sqrt binom hat widehat bar tilde widetilde vec dot ddot overline underline prime
        mathrm mathbf mathit mathsf mathtt mathcal mathbb mathfrak boldsymbol bm operatorname text textbf textit textrm
        texttt textsc emph rm bf it tt sf left right big Big quad qquad limits nolimits displaystyle
        { } $ % & # _ , ; : ! |
        """,
    )
)
_WORD = re.compile(r"([^\W_][\w.+'’/-]*)")
_PART = re.compile(r"[^-/]+")
_LONGEST_AUTHORS = 1_000  # characters


def bibtex(papers: Iterable[Paper], *, in_message: bool = False) -> str:
    """The papers as BibTeX, in the order given, an entry each, as arXiv itself would give them.

    What stands in a message has its authors after a thousand characters called "others", as BibTeX does.
    """
    return "\n\n".join(_entry(paper, _LONGEST_AUTHORS if in_message else None) for paper in papers)


def _entry(paper: Paper, longest_authors: int | None) -> str:
    fields = {
        "title": _title(paper),
        "author": " and ".join(_authors(paper, longest_authors)),
        "year": str(year_of(paper)),
        "eprint": paper.id,
        "archivePrefix": "arXiv",
        "primaryClass": paper.primary_category,
        "doi": paper.doi,  # as it is: styles make a link of it
        "url": paper.url,
    }
    lines = [f"  {name:<13} = {{{value}}}" for name, value in fields.items() if value]
    return ",\n".join([f"@misc{{{citation_key(paper)}", *lines]) + "\n}"


def _authors(paper: Paper, longest: int | None) -> Sequence[str]:
    """The names, or as many as there is room for, at least one."""
    names = [_name(name) for written in paper.authors if (name := split_name(written)).whole]
    if longest is None:
        return names
    lengths = accumulate(len(name) + len(" and ") for name in names)
    named = names[: max(1, sum(length <= longest for length in lengths))]
    return [*named, "others"] if len(named) < len(names) else named


def _name(name: Name) -> str:
    """A name that BibTeX takes apart where `split_name` does: by its commas, small letters, and braces."""
    if not name.family or re.search(r"\band\b", name.whole, re.IGNORECASE):
        return f"{{{_literally(name.whole)}}}"
    given = name.given.split()
    is_plain = given and not name.suffix and not name.family_first and not any(map(_is_small, [*given, name.family]))
    if is_plain and all(map(_is_small, name.particle.split())):
        return _literally(name.whole)
    last = f"{name.particle} {name.family}".strip()
    return ", ".join(map(_literally, filter(None, (last, name.suffix, name.given))))


def _is_small(word: str) -> bool:
    """Whether BibTeX takes a word for a particle: its first letter is a small one."""
    return next((letter.islower() for letter in word if letter.isalpha()), False)


def _title(paper: Paper) -> str:
    if "$" not in paper.title:
        return _with_capitals(title_of(paper))
    written = with_accents(clean_text(paper.title), readable(paper.abstract))
    return "".join(
        piece if _FORMULA.fullmatch(piece) and _is_harmless(piece) else _with_capitals(_readable_inside(piece))
        for piece in _FORMULA.split(written)
    )


def _readable_inside(text: str) -> str:
    """Text without LaTeX that keeps the blanks at its ends, since formulas stand beside it."""
    plain = readable(text)
    before = " " if text[:1].isspace() else ""
    after = " " if plain and text[-1:].isspace() else ""
    return f"{before}{plain}{after}"


def _is_harmless(formula: str) -> bool:
    """Whether a formula ends where it seems to, for BibTeX and for LaTeX, and has nothing but mathematics in it."""
    inner = formula[1:-1]
    depth = 0
    for sign in inner:
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            return False
    # ^^5c is a backslash to TeX.
    return (
        depth == 0
        and "^^" not in inner
        and "%" not in _COMMAND.sub("", inner)
        and not inner.endswith("\\")
        and (all(name in _IN_FORMULAS for name in _COMMAND.findall(inner)))
    )


def _with_capitals(text: str) -> str:
    """Text for LaTeX; what has capitals inside is in braces, without which styles write titles in small letters."""
    return "".join(_with_capitals_of(piece) for piece in _WORD.split(text))


def _with_capitals_of(word: str) -> str:
    kept = [part.span() for part in _PART.finditer(word) if _keeps_capitals(part[0])] if word[:1].isalnum() else []
    if not kept:
        return _literally(word)
    begin, end = kept[0][0], kept[-1][1]
    return f"{_literally(word[:begin])}{{{_literally(word[begin:end])}}}{_literally(word[end:])}"


def _keeps_capitals(word: str) -> bool:
    letters = word.rstrip(".'’+")
    if len(letters) == 1:
        return letters.isupper() and letters != "A"
    return any(letter.isupper() for letter in letters[1:])


def _literally(text: str) -> str:
    """Text that LaTeX typesets as it stands."""
    if text.isascii() and not _SPECIAL.search(text):
        return text
    escaped = "".join(map(_for_latex, unicodedata.normalize("NFC", text)))
    return escaped.replace("--", "-{}-")


@lru_cache(maxsize=512)
def _for_latex(sign: str) -> str:
    if sign.isascii():
        return _ESCAPED.get(sign, sign)
    is_greek = "\u0370" <= sign <= "\u03ff"
    if not is_greek and unicodedata.category(sign)[0] in "LMN":
        return sign
    from pylatexenc.latexencode import UnicodeToLatexEncoder  # a heavy import that most titles never need

    encoder = UnicodeToLatexEncoder(unknown_char_policy="keep", unknown_char_warning=False)
    written = str(encoder.unicode_to_latex(sign))
    in_maths = re.fullmatch(r"\\ensuremath\{(.+)\}", written)
    return f"${in_maths[1]}$" if in_maths else sign
