"""Plots for reports: step curves as inline SVG, without any library."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 640, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 34, 46
_COLOURS = ("#1f5a96", "#b4501e", "#4d7a3a", "#666666")
_DASHES = ("", "6 3", "2 3", "8 3 2 3")


@dataclass(frozen=True, slots=True)
class Series:
    """A curve that goes up in steps. points: (x, y), x from 1 on and not falling."""

    label: str
    points: Sequence[tuple[float, float]]


def step_plot(series: Sequence[Series], title: str, x: str, y: str) -> str:
    """The curves over a logarithmic x-axis, as an SVG element."""
    xs = [max(1.0, point[0]) for one in series for point in one.points] or [1.0]
    low, high = (
        math.floor(math.log10(min(xs))),
        max(math.ceil(math.log10(max(xs))), math.floor(math.log10(min(xs))) + 1),
    )
    top = _ceiling(max((point[1] for one in series for point in one.points), default=1))

    def place(value: float, count: float) -> tuple[float, float]:
        along = (math.log10(max(1.0, value)) - low) / (high - low)
        across = _WIDTH - _LEFT - _RIGHT
        return _LEFT + across * along, _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * count / top

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" role="img" '
        f'aria-label="{escape(title)}" font-family="sans-serif" font-size="11">',
        f'<text x="{_LEFT}" y="18" font-size="13">{escape(title)}</text>',
    ]
    for power in range(low, high + 1):
        at, _ = place(10.0**power, 0)
        parts.append(_line(at, _TOP, at, _HEIGHT - _BOTTOM))
        parts.append(_text(at, _HEIGHT - _BOTTOM + 14, _power(power), "middle"))
    for number in range(5):
        count = top * number / 4
        _, at = place(1, count)
        parts.append(_line(_LEFT, at, _WIDTH - _RIGHT, at))
        parts.append(_text(_LEFT - 6, at + 4, f"{count:g}", "end"))
    parts.append(_text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 10, x, "middle"))
    parts.append(f'<text transform="translate(14 {_HEIGHT / 2}) rotate(-90)" text-anchor="middle">{escape(y)}</text>')
    for number, one in enumerate(series):
        parts += _curve(number, one, [place(*point) for point in one.points], place(10.0**high, 0)[0])
    return "\n".join([*parts, "</svg>"])


def _curve(number: int, one: Series, points: Sequence[tuple[float, float]], end: float) -> list[str]:
    """One curve, level between its points and from the last to the end, and its line in the legend."""
    colour, dash = _COLOURS[number % len(_COLOURS)], _DASHES[number % len(_DASHES)]
    style = f'stroke="{colour}" stroke-width="1.8" stroke-dasharray="{dash}" fill="none"'
    at = _TOP + 12 + 16 * number
    legend = [
        f'<path d="M{_LEFT + 10} {at}h24" {style}/>',
        _text(_LEFT + 40, at + 4, one.label, "start"),
    ]
    if not points:
        return legend
    path = f"M{points[0][0]:.1f} {_HEIGHT - _BOTTOM}"
    for x, y in points:
        path += f"H{x:.1f}V{y:.1f}"
    return [f'<path d="{path}H{end:.1f}" {style}/>', *legend]


def _ceiling(most: float) -> int:
    """The end of the y-axis: a multiple of 4, so that its marks are whole."""
    return max(4, 4 * math.ceil(most / 4))


def _power(power: int) -> str:
    return f"{10**power:,}" if 0 <= power < 6 else f"1e{power}"


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="#ddd"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
