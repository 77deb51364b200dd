"""The sentences of a text."""

from __future__ import annotations

import re

from sentencex import get_sentence_boundaries

# What is masked, as full stops inside end no sentence. To sentencex an item's number begins a sentence
# even in the midst of one, "art." is an article, and a lone surrogate is no text at all.
_OPAQUE = re.compile(
    r"""
    \$(?=\S)[^$]{1,400}(?<=\S)\$(?!\d)                           # $x. y$, but not "$5. The other costs $10"
  | \\\( .{1,400}? \\\)                                          # \(x\)
  | \\[a-zA-Z]+\*?(?:\{(?:[^{}]|\{[^{}]{0,200}\}){0,400}\})+     # \textbf{One. Two}
  | (?:https?://|www\.)[!-~]*[!-~](?<![.,;:!?'"\])}])            # an address, without the full stop behind it
  | (?<!\S)(?:\(|(?P<unopened>))(?:[0-9]{1,2}|[ivx]{1,4}|[a-zA-Z])\)(?!\S)  # (1), 2), (iv), (A)
  | \bstate[ -]of[ -]the[ -]art\b
  | [\ud800-\udfff]
    """,
    re.VERBOSE,
)
_LOST_SPACE = re.compile(
    r"(?<=[a-z)])\.(?=(?:In|We|To|This|These|The|However|Our|Moreover|It|Experiments|Extensive|Specifically) [a-z])"
)
_LONGEST_BRACKET = 200  # characters
# Full stops that belong to the word before them, whatever follows …
_ABBREVIATED = re.compile(
    r"""(?:^|[\s(\["'/–—-])(?:
        et[ ]al | i\.?e | e\.?g | vs | cf | viz | resp | approx | incl | w\.r\.t | a\.k\.a | ca
      | Dr | Mr | Mrs | Ms | Prof | St | U\.S | U\.K | U\.N | E\.U
    )\.,?$""",
    re.VERBOSE | re.IGNORECASE,
)
# … and those that do so before a number: "Fig. 3", "Eq. (2)", "no. 5".
_NUMBERED = re.compile(
    r"(?:^|[\s(\[])(?:eqs?|figs?|tabs?|secs?|sects?|refs?|chs?|chaps?|apps?|algs?|thms?|props?|defs?|nos?|vols?|pp?|vers?)\.$",
    re.IGNORECASE,
)
_NUMBER_AHEAD = re.compile(r"[(\[]?(?:\d|\$|[IVX]+\b|[A-Z]\b)")
_FULL_WIDTH_END = re.compile(r"[。！？｡][」』）】”’〉》]*$")
# Characters of a sentence's end, in which any of these stands: a pattern would be tried from each place before.
_LONGEST_END = 40


def split_sentences(text: str, language: str) -> tuple[str, ...]:
    """The sentences of a text, verbatim and in order, with white space collapsed.

    Sentences end at white space, right after a full-width full stop, or where the space between two was lost
    ("… motions.In this work"); so for a text without the latter two, joining them with spaces gives the text back.
    `language` is an ISO 639-1 code; an unknown one does no harm.
    """
    line = _LOST_SPACE.sub(". ", " ".join(text.split()))
    masked = _OPAQUE.sub(_masked, line)
    sentences: list[str] = []
    start = 0
    for boundary in get_sentence_boundaries(language, masked):
        end = boundary["end_index"]
        if end < len(line) and _ends_here(line[start:end], line[end:]):
            sentences.append(line[start:end].rstrip())
            start = end
    rest = line[start:].strip()
    return (*sentences, rest) if rest else tuple(sentences)


def _masked(opaque: re.Match[str]) -> str:
    if opaque["unopened"] is not None:
        begins = max(0, opaque.start() - _LONGEST_BRACKET)
        if opaque.string.rfind("(", begins, opaque.start()) > opaque.string.rfind(")", begins, opaque.start()):
            return opaque[0]  # what ends here is no item's number: "(e.g., A)"
    return "X" * len(opaque[0])


def _ends_here(sentence: str, following: str) -> bool:
    spoken = sentence.rstrip()
    if spoken == sentence:
        return _FULL_WIDTH_END.search(spoken[-_LONGEST_END:]) is not None
    if not any(character.isalpha() for character in spoken) or not any(map(str.isalnum, following)):
        return False
    end = spoken[-_LONGEST_END:]
    if _ABBREVIATED.search(end):
        return False
    return not (_NUMBERED.search(end) and _NUMBER_AHEAD.match(following))
