"""The styles of a page, and which of its text a reader sees.

Hidden text may be meant for machines: white on white, too small, moved off the page. A browser decides by colors,
sizes, and places, so these are computed here, however they are written. Only the page's own styles count; linked style
sheets are not fetched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_MOST_STYLE_CHARACTERS = 30_000
_LONGEST_STYLE = 5000
_MOST_RULES = 1000
# What the rules may cost: each part of a selector held against an element, each declaration that then holds for it.
# A page that asks for more is made to be slow.
_MOST_COMPARISONS = 500_000
_DEEPEST_SELECTOR = 50
_LONGEST_VALUE = 300
_MOST_VARIABLES_IN_A_VALUE = 5
# What holds at one place; every element that sets one more has a copy of them all.
_MOST_VARIABLES = 300

_SMALLEST_PIXELS = 3.0
_LEAST_OPACITY = 0.15
# WCAG 2.2 asks for a contrast of 4.5 to be read with ease; what is below this cannot be told from its ground at all.
_LEAST_CONTRAST = 1.3
_LEAST_DIFFERENCE = 0.25  # of one of the three colors: yellow on white has little contrast and can be seen
_FAR_AWAY = 500.0  # pixels
_MOST_SHRUNK = 0.1

_ROOT_PIXELS = 16.0
_PIXELS = {"px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 9.6 / 2.54, "q": 2.4 / 2.54}
_SIZES = {"xx-small": 9, "x-small": 10, "small": 13, "medium": 16, "large": 18, "x-large": 24, "xx-large": 32}
_LENGTH = re.compile(
    r"(?<![\w.#-])([+-]?(?:[0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9}))(e[+-]?[0-9]{1,2})?(%|[a-z]{1,4})?"
)
_VARIABLE = re.compile(r"var\(\s*(--[\w-]{1,60})\s*(?:,([^()]{0,100}))?\)")
_FUNCTION = re.compile(r"([a-z][a-z0-9-]{0,20})\(([^()]{0,200})\)")
# Which styles can hide words; a style without any of these is not looked into.
_HIDES = re.compile(
    r"color|display|visib|opacity|font|size|position|left|right|top|bottom|inset|indent|margin|transform|scale|rotate"
    r"|translate|clip|overflow|width|height|background|filter|zoom|--|\\|/\*",
    re.IGNORECASE,
)

# A media query of which no reader sees the effect by default; what it negates, they do.
_PRINTED_OR_DARK = re.compile(r"^(?!.*\bnot\b).*(?:\bprint\b|\bdark\b)", re.DOTALL)

Rgb = tuple[float, float, float]
_BLACK: Rgb = (0.0, 0.0, 0.0)
_WHITE: Rgb = (1.0, 1.0, 1.0)
_NONE: Mapping[str, str] = MappingProxyType({})
# Attributes by which a browser itself leaves an element out (HTML, "Rendering", hidden elements).
_GONE_BY = frozenset({"hidden", "popover"})


class TooManyStyles(Exception):
    """A page has more styles than any real page."""


@dataclass(frozen=True, slots=True)
class Element:
    """The parts of an element that selectors ask for."""

    tag: str
    attributes: Mapping[str, str]
    id: str = ""
    classes: frozenset[str] = frozenset()

    @classmethod
    def of(cls, tag: str, attributes: Mapping[str, str]) -> Element:
        """An element by its tag and attributes."""
        return cls(tag, attributes, attributes.get("id", ""), frozenset(attributes.get("class", "").split()))


@dataclass(frozen=True, slots=True)
class ComputedStyle:
    """The style of text at one place of a page, with all that surrounds it; lengths in pixels, colors from 0 to 1."""

    is_gone: bool = False
    is_invisible: bool = False
    color: Rgb = _BLACK
    alpha: float = 1.0
    ground: Rgb = _WHITE
    pixels: float = _ROOT_PIXELS
    opacity: float = 1.0
    variables: Mapping[str, str] = field(default_factory=lambda: _NONE)

    @property
    def is_seen(self) -> bool:
        """Whether a reader sees text here."""
        return not (
            self.is_gone
            or self.is_invisible
            or self.opacity < _LEAST_OPACITY
            or self.pixels <= _SMALLEST_PIXELS
            or _blend_in(self.color, self.alpha * self.opacity, self.ground)
        )

    def inside(self, element: Element, styles: Mapping[str, str]) -> ComputedStyle:
        """The style of text inside an element here, with the `styles` that apply to it. Raises `TooManyStyles`."""
        declared = {**_from_attributes(element), **styles}
        attributes = element.attributes
        is_gone = self.is_gone or not _GONE_BY.isdisjoint(attributes) or attributes.get("aria-hidden") == "true"
        if not declared:
            return replace(self, is_gone=True) if is_gone and not self.is_gone else self
        own = {name: value for name, value in declared.items() if name.startswith("--")}
        variables = {**self.variables, **own} if own else self.variables
        if len(variables) > _MOST_VARIABLES:
            raise TooManyStyles
        values = {name: _resolved(value, variables) for name, value in declared.items()}
        pixels = _font_pixels(values, self.pixels)
        color, alpha = _color_of(values, self.color, self.alpha)
        return ComputedStyle(
            is_gone=is_gone or _is_gone(values, pixels),
            is_invisible=_is_invisible(values, self.is_invisible),
            color=color,
            alpha=alpha,
            ground=_ground_of(values, self.ground),
            pixels=pixels,
            opacity=self.opacity * _opacity(values),
            variables=variables,
        )


# styles --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Compound:
    """One step of a selector, as in `p.note#first`."""

    tag: str = ""
    id: str = ""
    classes: frozenset[str] = frozenset()
    attributes: tuple[tuple[str, str, str], ...] = ()

    def fits(self, element: Element) -> bool:
        return (
            self.tag in {"", element.tag}
            and (not self.id or self.id == element.id)
            and self.classes <= element.classes
            and all(_attribute_fits(element.attributes.get(name), how, value) for name, how, value in self.attributes)
        )


@dataclass(frozen=True, slots=True)
class _Rule:
    steps: tuple[_Compound, ...]
    weight: tuple[int, int, int]
    place: int
    declared: tuple[tuple[str, str, bool], ...]


class StyleSheet:
    """A page's own styles, and which of them apply to an element."""

    def __init__(self, text: str) -> None:
        """Read a page's styles. Raises `TooManyStyles`."""
        if len(text) > _MOST_STYLE_CHARACTERS:
            raise TooManyStyles
        self._rules: dict[str, list[_Rule]] = {}
        self._comparisons = 0
        for place, (steps, declared) in enumerate(_rules(text)):
            if place >= _MOST_RULES:
                raise TooManyStyles
            last = steps[-1]
            key = f"#{last.id}" if last.id else f".{min(last.classes)}" if last.classes else last.tag
            weight = (
                sum(bool(step.id) for step in steps),
                sum(len(step.classes) + len(step.attributes) for step in steps),
                sum(bool(step.tag) for step in steps),
            )
            self._rules.setdefault(key, []).append(_Rule(steps, weight, place, declared))

    def styles(self, element: Element, around: Sequence[Element]) -> Mapping[str, str]:
        """The styles that apply to an element, its own `style` attribute included. Raises `TooManyStyles`."""
        written = declarations(element.attributes.get("style", ""))
        rules = [rule for rule in self._candidates(element) if self._fits(rule, element, around)]
        if not rules and not any(important for _, _, important in written):
            return {name: value for name, value, _ in written} if written else _NONE
        self._count(sum(len(rule.declared) for rule in rules))
        rules.sort(key=lambda rule: (rule.weight, rule.place))
        in_order = [*(each for rule in rules for each in rule.declared), *written]
        in_order.sort(key=lambda each: each[2])  # what is important comes last; the rest keeps its order
        return {name: value for name, value, _ in in_order}

    def _candidates(self, element: Element) -> Iterator[_Rule]:
        if self._rules:
            keys = ["", element.tag, f"#{element.id}", *(f".{name}" for name in element.classes)]
            for key in keys:
                yield from self._rules.get(key, ())

    def _count(self, comparisons: int) -> None:
        self._comparisons += comparisons
        if self._comparisons > _MOST_COMPARISONS:
            raise TooManyStyles

    def _fits(self, rule: _Rule, element: Element, around: Sequence[Element]) -> bool:
        steps = list(rule.steps)
        for each in (element, *reversed(around)):
            self._count(1 + len(steps[-1].attributes))
            if steps[-1].fits(each):
                steps.pop()
                if not steps:
                    return True
            elif each is element:
                return False
        return False


@lru_cache(maxsize=4096)
def declarations(style: str) -> tuple[tuple[str, str, bool], ...]:
    """The declarations of a style that may hide something: name, value in lower case, and whether it is important.

    Raises `TooManyStyles`.
    """
    if len(style) > _LONGEST_STYLE:
        raise TooManyStyles
    if not _HIDES.search(style):
        return ()
    import tinycss2  # only a page needs it

    return tuple(_declared(tinycss2.parse_blocks_contents(style, skip_comments=True, skip_whitespace=True)))


def _declared(nodes: Iterable[object]) -> Iterator[tuple[str, str, bool]]:
    import tinycss2

    for node in nodes:
        if isinstance(node, tinycss2.ast.Declaration):
            value = tinycss2.serialize([each for each in node.value if each.type != "comment"]).strip().lower()
            yield node.lower_name, value[:_LONGEST_VALUE], bool(node.important)


def _rules(text: str) -> Iterator[tuple[tuple[_Compound, ...], tuple[tuple[str, str, bool], ...]]]:
    """The rules of a sheet in their order, those within others too (CSS Nesting). Raises `TooManyStyles`."""
    import tinycss2

    sheet = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True) if text.strip() else []
    waiting: list[tuple[list[object], list[tuple[_Compound, ...]]]] = [(sheet, [])]
    while waiting:
        nodes, around = waiting.pop()
        if declared := tuple(_declared(nodes)):
            for steps in around:
                yield steps, declared
        within: list[tuple[list[object], list[tuple[_Compound, ...]]]] = []
        for node in nodes:
            if isinstance(node, tinycss2.ast.AtRule) and node.content is not None:
                asked = tinycss2.serialize(node.prelude).lower()
                shown = node.lower_at_keyword in {"media", "supports", "layer", "container", "scope"}
                if shown and not all(_PRINTED_OR_DARK.search(each) for each in asked.split(",")):
                    parse = tinycss2.parse_blocks_contents if around else tinycss2.parse_rule_list
                    within.append((parse(node.content, skip_comments=True, skip_whitespace=True), around))
            elif isinstance(node, tinycss2.ast.QualifiedRule):
                content = tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
                within.append((content, _selectors_within(around, node.prelude)))
        waiting.extend(reversed(within))


def _selectors_within(
    around: Sequence[tuple[_Compound, ...]], prelude: Sequence[object]
) -> list[tuple[_Compound, ...]]:
    selectors = list(_selectors(prelude))
    if not around:
        return selectors
    if len(around) * len(selectors) > _MOST_RULES or any(len(steps) > _DEEPEST_SELECTOR for steps in around):
        raise TooManyStyles
    is_itself = any(getattr(token, "value", None) == "&" for token in prelude)
    return [_joined(outer, inner, is_itself) for outer in around for inner in selectors]


def _joined(outer: tuple[_Compound, ...], inner: tuple[_Compound, ...], is_itself: bool) -> tuple[_Compound, ...]:
    """A selector within another's rule; one that begins with `&` is about the element the other is about."""
    if not is_itself:
        return (*outer, *inner)
    last, first = outer[-1], inner[0]
    both = _Compound(
        first.tag or last.tag, first.id or last.id, last.classes | first.classes, (*last.attributes, *first.attributes)
    )
    return (*outer[:-1], both, *inner[1:])


def _selectors(tokens: Sequence[object]) -> Iterator[tuple[_Compound, ...]]:
    """The selectors of a rule. What a person must do first, as in `:hover`, hides nothing; where a selector counts or
    negates, it is taken to fit: that words are left out is the smaller harm."""
    one: list[object] = []
    for token in [*tokens, None]:
        if token is None or getattr(token, "value", None) == ",":
            steps = _steps(one)
            if steps:
                yield steps
            one = []
        else:
            one.append(token)


_FITS_ANYWAY = frozenset(
    {
        "first-child",
        "last-child",
        "only-child",
        "first-of-type",
        "last-of-type",
        "only-of-type",
        "empty",
        "link",
        "root",
    }
)


def _steps(tokens: Sequence[object]) -> tuple[_Compound, ...]:
    import tinycss2

    steps: list[_Compound] = []
    step: _Compound | None = None
    marks = iter(tokens)
    for token in marks:
        match token:
            case tinycss2.ast.WhitespaceToken() | tinycss2.ast.LiteralToken(value=">" | "+" | "~"):
                steps += [step] if step else []
                step = None
                continue
            case tinycss2.ast.IdentToken(lower_value=tag):
                step = replace(step or _Compound(), tag=tag)
            case tinycss2.ast.HashToken(value=name):
                step = replace(step or _Compound(), id=name)
            case tinycss2.ast.LiteralToken(value="*" | "&"):
                step = step or _Compound()
            case tinycss2.ast.LiteralToken(value="."):
                named = next(marks, None)
                if not isinstance(named, tinycss2.ast.IdentToken):
                    return ()
                step = step or _Compound()
                step = replace(step, classes=step.classes | {named.value})
            case tinycss2.ast.SquareBracketsBlock(content=content):
                step = step or _Compound()
                step = replace(step, attributes=(*step.attributes, _attribute(content)))
            case tinycss2.ast.LiteralToken(value=":"):
                pseudo = next(marks, None)
                name = pseudo.lower_value if isinstance(pseudo, tinycss2.ast.IdentToken) else ""
                if name not in _FITS_ANYWAY and not isinstance(pseudo, tinycss2.ast.FunctionBlock):
                    return ()
                step = replace(step or _Compound(), tag="html") if name == "root" else step or _Compound()
            case _:
                return ()
    return (*steps, step) if step else tuple(steps)


def _attribute(content: Sequence[object]) -> tuple[str, str, str]:
    words = [token for token in content if getattr(token, "type", "") in {"ident", "string"}]
    marks = "".join(str(getattr(token, "value", "")) for token in content if getattr(token, "type", "") == "literal")
    name, value = (
        (str(getattr(word, "value", "")) for word in (*words, *words[-1:], *words[-1:])[:2]) if words else ("", "")
    )
    return name.lower(), marks if len(words) > 1 else "", value


def _attribute_fits(value: str | None, how: str, wanted: str) -> bool:
    if value is None:
        return False
    match how:
        case "":
            return True
        case "=":
            return value == wanted
        case "~=":
            return wanted in value.split()
        case "^=":
            return value.startswith(wanted)
        case "$=":
            return value.endswith(wanted)
        case _:
            return wanted in value


def _from_attributes(element: Element) -> Mapping[str, str]:
    """The colors and sizes in attributes (HTML, "Rendering"; MathML Core, "Presentational hints")."""
    attributes = element.attributes
    if not attributes:
        return _NONE
    hints = {
        "color": attributes.get("mathcolor") or (attributes.get("color") if element.tag == "font" else None),
        "background-color": attributes.get("mathbackground") or attributes.get("bgcolor"),
        "font-size": attributes.get("mathsize"),
    }
    return {name: value.lower()[:_LONGEST_VALUE] for name, value in hints.items() if value}


# what styles mean ----------------------------------------------------------------------------------------------------


def _resolved(value: str, variables: Mapping[str, str]) -> str:
    for _ in range(_MOST_VARIABLES_IN_A_VALUE):
        if "var(" not in value:
            break
        value = _VARIABLE.sub(lambda found: variables.get(found[1], found[2] or ""), value)[:_LONGEST_VALUE]
    return value


def _lengths(value: str, em: float = _ROOT_PIXELS, whole: float = 100.0) -> list[float]:
    """The lengths in a value, in pixels; a percentage is taken of `whole`."""
    found = []
    for number, exponent, unit in _LENGTH.findall(value):
        size = float(number + exponent)
        scale = {"em": em, "rem": _ROOT_PIXELS, "ex": em / 2, "ch": em / 2, "%": whole / 100, "vw": 10.0, "vh": 10.0}
        found.append(size * scale.get(unit, _PIXELS.get(unit, 1.0)))
    return found


def _font_pixels(values: Mapping[str, str], around: float) -> float:
    value = values.get("font-size") or values.get("font", "")
    if value in {"smaller", "larger"}:
        return around * (1.2 if value == "larger" else 1 / 1.2)
    for word in value.split():
        if word in _SIZES:
            return float(_SIZES[word])
    if "(" in value:
        return around
    if "font-size" not in values:  # in `font: italic 700 0/1.2 serif` a size is what has a unit, or is nothing
        value = " ".join(word.partition("/")[0] for word in value.split() if not re.fullmatch(r"[1-9]00", word))
    sizes = _lengths(value, em=around, whole=around)
    return sizes[0] if sizes else around


def _opacity(values: Mapping[str, str]) -> float:
    opacity = 1.0
    if shares := _lengths(values.get("opacity", ""), whole=1.0):
        opacity *= min(max(shares[0], 0.0), 1.0)
    for name, inside in _FUNCTION.findall(values.get("filter", "")):
        if name == "opacity" and (shares := _lengths(inside, whole=1.0)):
            opacity *= min(max(shares[0], 0.0), 1.0)
    return opacity


def _is_invisible(values: Mapping[str, str], around: bool) -> bool:
    match values.get("visibility"):
        case "hidden" | "collapse":
            return True
        case "visible" | "initial":
            return False
        case _:
            return around


def _is_gone(values: Mapping[str, str], em: float) -> bool:
    return (
        values.get("display", "") == "none"
        or values.get("content-visibility") == "hidden"
        or _is_far_away(values, em)
        or _is_cut_away(values, em)
        or _is_shrunk(values, em)
        or any(size <= _MOST_SHRUNK for size in _lengths(values.get("zoom", ""), whole=1.0)[:1])
    )


def _is_far_away(values: Mapping[str, str], em: float) -> bool:
    places = [values.get(name, "") for name in ("text-indent", "margin-left", "margin-top", "margin-right", "margin")]
    if values.get("position") in {"absolute", "fixed", "relative", "sticky"}:
        places += [values.get(name, "") for name in ("left", "right", "top", "bottom", "inset")]
    return any(abs(length) >= _FAR_AWAY and length < 0 for place in places for length in _lengths(place, em)) or any(
        abs(length) >= 10 * _FAR_AWAY for place in places for length in _lengths(place, em)
    )


# What lies beyond an element without a height cannot be scrolled to either.
_CUTS_OFF = frozenset({"hidden", "clip", "auto", "scroll"})


def _is_cut_away(values: Mapping[str, str], em: float) -> bool:
    if values.get("clip", "").startswith("rect(") and all(abs(each) <= 1 for each in _lengths(values["clip"], em)):
        return True
    for name, inside in _FUNCTION.findall(values.get("clip-path", "")):
        sizes = _lengths(inside.partition("round")[0].partition(" at ")[0], em)
        if name == "inset" and any(size >= 50 for size in sizes) and "%" in inside:
            return True
        if name in {"circle", "ellipse"} and sizes and min(sizes) <= 1:
            return True
        if name == "polygon" and all(size == 0 for size in sizes):
            return True
    overflow = f"{values.get('overflow', '')} {values.get('overflow-x', '')} {values.get('overflow-y', '')}"
    if _CUTS_OFF.isdisjoint(overflow.split()):
        return False
    sides = (values.get(name, "") for name in ("width", "height", "max-width", "max-height"))
    return any(size <= 1 for side in sides for size in _lengths(side, em))


def _is_shrunk(values: Mapping[str, str], em: float) -> bool:
    turns = _FUNCTION.findall(values.get("transform", ""))
    turns += [(name, values[name]) for name in ("scale", "rotate", "translate") if name in values]
    scales = [size for name, inside in turns if name.startswith("scale") for size in _lengths(inside, whole=1.0)]
    scales += [size for name, inside in turns if name == "matrix" for size in _lengths(inside)[:4:3]]
    if scales:
        return any(abs(size) < _MOST_SHRUNK for size in scales)
    return any(
        (name.startswith("translate") and any(abs(length) >= _FAR_AWAY * 2 for length in _lengths(inside, em)))
        or (name in {"rotatex", "rotatey"} and any(abs(angle) == 90 for angle in _lengths(inside)))
        for name, inside in turns
    )


def _color_of(values: Mapping[str, str], color: Rgb, alpha: float) -> tuple[Rgb, float]:
    # LaTeXML writes a color as a variable, which the style sheet it links to uses (LaTeXML.css, "--ltx-fg-color").
    for name in ("-webkit-text-fill-color", "color", "--ltx-fg-color"):
        found = _color(values.get(name, ""))
        if found:
            return found
    return color, alpha


def _ground_of(values: Mapping[str, str], ground: Rgb) -> Rgb:
    for name in ("background-color", "background", "--ltx-bg-color"):
        value = values.get(name, "")
        for word in [value, *value.split()]:
            found = _color(word)
            if found:
                color, alpha = found
                return _over(color, alpha, ground)
    return ground


@lru_cache(maxsize=1024)
def _color(value: str) -> tuple[Rgb, float] | None:
    """A color and how much of it covers what is behind, None for what is no color of its own."""
    if not value:
        return None
    import tinycss2.color4

    read = tinycss2.color4.parse_color(value)
    if read is None or isinstance(read, str):
        return None
    try:
        red, green, blue = (min(max(float(each or 0.0), 0.0), 1.0) for each in read.to("srgb").coordinates)
    except NotImplementedError:  # Lab and its kin: their first coordinate is lightness, the others make it a color
        light, *hues = (float(each or 0.0) for each in read.coordinates)
        light = light / 100 if light > 1 else light
        red, green, blue = light, light, light if max(map(abs, hues[:1])) < 0.05 else 1 - light
    return (red, green, blue), min(max(float(read.alpha), 0.0), 1.0)


def _over(color: Rgb, alpha: float, ground: Rgb) -> Rgb:
    red, green, blue = (alpha * above + (1 - alpha) * below for above, below in zip(color, ground, strict=True))
    return red, green, blue


def _blend_in(color: Rgb, alpha: float, ground: Rgb) -> bool:
    shown = _over(color, alpha, ground)
    light, dark = sorted((_luminance(shown), _luminance(ground)), reverse=True)
    difference = max(abs(above - below) for above, below in zip(shown, ground, strict=True))
    return (light + 0.05) / (dark + 0.05) < _LEAST_CONTRAST and difference < _LEAST_DIFFERENCE


def _luminance(color: Rgb) -> float:
    """Relative luminance (WCAG 2.2)."""
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
