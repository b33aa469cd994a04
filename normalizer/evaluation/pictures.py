"""Two pictures of answers: are probabilities true, and what does precision cost? Needs the extra `plots`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from normalizer.evaluation.answers import Answer
from normalizer.evaluation.figures import BINS, Figures, calibration_error, figures, precision_yield, reliability
from normalizer.terms import NormalizerError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLORS = ("#1f5fa8", "#c8553d", "#5b8e3e", "#8a63a8", "#7a7a7a")
_MARK = "#444444"
_LEAST_PRECISION = 0.5
"""Where the precision-yield picture begins; nobody asks for less (see `Normalizer.normalize`)."""


def check() -> None:
    """Raise NormalizerError, which says what to install, when matplotlib is not there."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise NormalizerError("pictures need matplotlib: pip install 'normalizer[plots]'") from None


def draw_reliability(path: Path, title: str, answers: Sequence[Answer]) -> None:
    """Draw how often first candidates are right, by their probability, and how many there are, as a PNG."""
    figure = _figure(5.6, 6.2)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    bins = reliability(answers)
    filled = [one for one in bins if one]
    upper.plot([0, 1], [0, 1], color="#999999", linewidth=1, linestyle=(0, (4, 3)), label="as it should be")
    places = [one.probability for one in filled], [one.right for one in filled]
    upper.plot(*places, color=COLORS[0], marker="o", markersize=6, linewidth=1.6, label="first candidates")
    upper.set(ylabel="share that is right", ylim=(-0.02, 1.02), xlim=(0, 1), yticks=[i / 5 for i in range(6)])
    error = calibration_error(bins)
    upper.set_title(f"{title}, calibration error {100 * (error or 0):.1f} points", fontsize=11, loc="left")
    _bars(lower, [one.rows if one else 0 for one in bins])
    _mark_threshold(upper, answers)
    upper.legend(frameon=False, loc="upper left")
    _save(figure, path)


def _bars(axes: Axes, rows: Sequence[int]) -> None:
    centers = [(number + 0.5) / BINS for number in range(BINS)]
    axes.bar(centers, rows, width=0.8 / BINS, color="#9db8d9")
    for center, count in zip(centers, rows, strict=True):
        axes.annotate(f"{count:,}", (center, count), (0, 2), textcoords="offset points", ha="center", fontsize=8)
    axes.set(xlabel="probability of the first candidate", ylabel="cases", ylim=(0, max(rows) * 1.3 or 1))
    axes.set_xticks([number / 5 for number in range(6)])
    axes.locator_params(axis="y", nbins=3)


def _mark_threshold(axes: Axes, answers: Sequence[Answer]) -> None:
    least = min((answer.probability for answer in answers if answer.linked), default=None)
    if least is not None:
        axes.axvline(least, color=_MARK, linewidth=1, linestyle=":", label=f"LINKED from {least:.2f}")


def draw_precision_yield(path: Path, title: str, curves: Mapping[str, Sequence[Answer]]) -> None:
    """Draw yield against precision at every threshold, as a PNG: a line for each who answered, at most five.

    Where answers are LINKED as they stand is marked on the line.
    """
    figure = _figure(6.4, 5.2)
    axes = figure.subplots()
    for color, (name, answers) in zip(COLORS, curves.items(), strict=False):
        points = precision_yield(answers)
        label = name if len(curves) > 1 else None
        places = [one.yielded for one in points], [one.precision for one in points]
        axes.plot(*places, color=color, linewidth=1.8, label=label)
        _mark_linked(axes, figures(answers), color)
    axes.set(xlabel="yield: LINKED and right, of the cases with an answer", ylabel="precision of LINKED")
    axes.set(xlim=(0, 1), ylim=(_LEAST_PRECISION, 1.005))
    axes.set_title(title, fontsize=11, loc="left")
    axes.legend(framealpha=0.85, edgecolor="none", loc="lower left")
    _save(figure, path)


def _mark_linked(axes: Axes, group: Figures, color: str) -> None:
    precision, yielded = group["precision"], group["yield"]
    if precision is None or yielded is None:
        return
    label = f"as LINKED: {100 * precision:.1f} % right, yield {100 * yielded:.1f} %"
    axes.plot([yielded], [precision], "o", color="white", markeredgecolor=color, markersize=8, label=label)


def _figure(width: float, height: float) -> Figure:
    """Return an empty picture: no window, no global state."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _save(figure: Figure, path: Path) -> None:
    for axes in figure.axes:
        axes.grid(True, color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=144, metadata={"Software": None})
