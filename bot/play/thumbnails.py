"""Drawings in place of images from elsewhere; the same address or name always gives the same one."""

from __future__ import annotations

from hashlib import sha256
from html import escape
from random import Random

_INKS = ("#4a6fa5", "#7a5c99", "#3f7f73", "#a6634b", "#5b6d3c", "#9a4f6b", "#46718c", "#8a6d2f")
_FACES = ("#2f6f8f", "#9a4f6b", "#5b6d3c", "#7a5c99", "#a6634b", "#3f7f73")


def drawing_of(address: str) -> str:
    """The address, on this page, of what is drawn in place of the picture at `address`."""
    return f"/thumbnails/{sha256(address.encode()).hexdigest()[:16]}.svg"


def thumbnail(seed: str) -> str:
    """The first page of some paper, as SVG: a title, two columns and a figure."""
    dice = Random(seed)  # noqa: S311 - a drawing, not a secret
    ink = dice.choice(_INKS)
    title = _bars(dice, x=62, y=26, width=196, lines=2, height=9, step=16, ink="#3a3f47")
    left = _bars(dice, x=34, y=86, width=118, lines=13, height=4, step=10, ink="#c3c8d0")
    right = _bars(dice, x=168, y=172, width=118, lines=5, height=4, step=10, ink="#c3c8d0")
    figure = dice.choice((_curves, _columns, _dots))(dice, ink)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 240">'
        f'<rect width="320" height="240" fill="#fdfdfb"/><rect width="320" height="6" fill="{ink}"/>'
        f'{title}<rect x="110" y="62" width="100" height="4" fill="#a9b0ba"/>{left}{right}'
        f'<rect x="168" y="82" width="118" height="78" rx="3" fill="{ink}" fill-opacity=".08"/>{figure}</svg>'
    )


def portrait(name: str) -> str:
    """A person's picture, as SVG: their initial on a color of their own."""
    dice = Random(name)  # noqa: S311 - a drawing, not a secret
    initial = escape(name[:1].upper())
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 72 72">'
        f'<rect width="72" height="72" fill="{dice.choice(_FACES)}"/>'
        '<text x="36" y="38" fill="#fff" font-family="system-ui,sans-serif" font-size="34" font-weight="600" '
        f'text-anchor="middle" dominant-baseline="middle">{initial}</text></svg>'
    )


def paperboy_portrait() -> str:
    """Paperboy's picture, as SVG: a folded newspaper."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 72 72"><rect width="72" height="72" fill="#f3b94f"/>'
        '<path d="M50 27h8v21a6 6 0 0 1-8 5.600z" fill="#d8e0ea"/>'
        '<path d="M15 18h36v30a6 6 0 0 0 5 6H22a7 7 0 0 1-7-7z" fill="#fff"/>'
        '<path d="M21 24h24v6H21z" fill="#1f3a5f"/><path d="M21 35h10v11H21z" fill="#1f3a5f" fill-opacity=".55"/>'
        '<path d="M34 35h11v2.500H34zm0 4.200h11v2.500H34zm0 4.200h11v2.500H34z" fill="#7e90a8"/></svg>'
    )


def _bars(dice: Random, *, x: int, y: int, width: int, lines: int, height: int, step: int, ink: str) -> str:
    widths = [width if line < lines - 1 else dice.randint(width // 3, width * 4 // 5) for line in range(lines)]
    return "".join(
        f'<rect x="{x}" y="{y + line * step}" width="{long}" height="{height}" rx="1" fill="{ink}"/>'
        for line, long in enumerate(widths)
    )


def _curves(dice: Random, ink: str) -> str:
    drawn = []
    for opacity in (1, 0.5):
        heights = sorted((dice.randint(92, 150) for _ in range(5)), reverse=True)
        points = " ".join(f"{178 + step * 24},{height}" for step, height in enumerate(heights))
        drawn.append(
            f'<polyline points="{points}" fill="none" stroke="{ink}" stroke-width="3" stroke-opacity="{opacity}"/>'
        )
    return "".join(drawn)


def _columns(dice: Random, ink: str) -> str:
    heights = [dice.randint(14, 60) for _ in range(6)]
    return "".join(
        f'<rect x="{178 + column * 17}" y="{152 - height}" width="11" height="{height}" fill="{ink}" '
        f'fill-opacity="{0.45 + column * 0.1:.2f}"/>'
        for column, height in enumerate(heights)
    )


def _dots(dice: Random, ink: str) -> str:
    return "".join(
        f'<circle cx="{dice.randint(178, 276)}" cy="{dice.randint(92, 150)}" r="{dice.choice((3, 4, 6))}" '
        f'fill="{ink}" fill-opacity="{dice.choice((0.4, 0.7, 1))}"/>'
        for _ in range(16)
    )
