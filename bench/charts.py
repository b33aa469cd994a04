"""Times against sizes as a picture. Needs the extra `plots`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib import colormaps
from matplotlib.figure import Figure

Points = Mapping[str, Sequence[tuple[float, float]]]
"""Name of a line -> (size, milliseconds) of its points."""


def draw_times(path: Path, title: str, sizes: str, lines: Points, floors: Points) -> None:
    """Draw a line, or a dot, for each of `lines`, and dashes for what is the least possible; both axes logarithmic."""
    figure = Figure(figsize=(7.4, 5.4), layout="constrained")
    axes = figure.subplots()
    for number, (name, points) in enumerate(lines.items()):
        width = 2.6 if number == 0 else 1.4
        axes.plot(
            *zip(*points, strict=True),
            marker="o",
            markersize=5,
            color=colormaps["tab10"](number),
            label=name,
            linewidth=width,
        )
    for (name, points), style in zip(floors.items(), (":", "--"), strict=True):
        axes.plot(*zip(*points, strict=True), style, color="#555555", linewidth=1.2, marker="_", label=name)
    axes.set(xscale="log", yscale="log", xlabel=sizes, ylabel="milliseconds a query, p50 (less is better)")
    axes.set_title(title, fontsize=11, loc="left")
    axes.grid(True, which="major", color="#dddddd", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside right upper", frameon=False, fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=144, metadata={"Software": None})
