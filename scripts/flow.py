"""Draw how data flows through the project, from dbt's manifest: a picture (SVG) of its layers.

    python scripts/flow.py [FILE]

Each layer shows its public tables by name, and how many other models it has; arcs on the left lead
from a layer to those that read from it. FILE is docs/img/flow.svg, the picture of the README; the
manifest is that of dbt's last command (in DBT_TARGET_PATH, else target).
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from html_page import render
from page import Unusable, print_lines
from public_tables import manifest_path

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "img" / "flow.svg"
LAYERS = {
    "sources": ("Received", "files or tables, of which only events must be there"),
    "seeds": ("Decided", "what a non-engineer may change: CSV files in seeds/"),
    "input": ("Input", "one view for each relation of the contract"),
    "staging": ("Staging", "one view for each relation and seed; problems told in a sentence"),
    "events": ("Events", "check, deduplicate, account for every row, count by customer and day"),
    "scoring": ("Scoring", "points, daily scores, tiers, drivers, what was reported"),
    "insights": ("Insights", "alerts, opportunities, accounts, segments, KPIs, retention"),
    "validation": ("Validation", "does the score come before the outcome, and before others?"),
    "exposures": ("Shown", "boards that people open every morning"),
}
# All in pixels.
WIDTH, LEFT, PADDING, GAP = 860, 120, 12, 16
HEADING, CHIP_HEIGHT, CHIP_GAP, LETTER = 26, 18, 5, 6.7


class Chip(NamedTuple):
    """The name of something in a layer."""

    name: str
    kind: str
    """public, private, or given (sources, seeds, boards)."""
    link: str
    x: float = 0
    y: float = 0

    @property
    def width(self) -> float:
        """How much room it takes."""
        return round(len(self.name) * LETTER + 12, 1)


class Layer(NamedTuple):
    """A box of the picture."""

    key: str
    title: str
    note: str
    count: str
    chips: list[Chip]
    y: float
    height: float

    @property
    def middle(self) -> float:
        """Where arcs begin and end."""
        return self.y + self.height / 2


class Arc(NamedTuple):
    """How many readings lead from one layer to another."""

    title: str
    path: str
    width: float


def picture(manifest: Mapping[str, Any], catalogue: str = "") -> str:
    """Return the picture; with a catalogue every model is shown, and each name leads into it."""
    groups = grouped(manifest)
    layers: list[Layer] = []
    y = 4.0
    for key, (title, note) in LAYERS.items():
        members = groups.get(key, {})
        shown = {
            unique_id: node
            for unique_id, node in members.items()
            if catalogue or kind_of(node) != "private"
        }
        layer = laid_out(key, (title, note, told(key, members, shown)), shown, y, catalogue)
        layers.append(layer)
        y += layer.height + GAP
    return render(
        "flow.svg.j2",
        layers=layers,
        arcs=arcs(groups, layers),
        width=WIDTH,
        left=LEFT,
        padding=PADDING,
        chip_height=CHIP_HEIGHT,
        height=y - GAP + 4,
    )


def grouped(manifest: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return layer -> unique id -> node, sorted by name."""
    found: dict[str, dict[str, Any]] = {}
    nodes = [
        *manifest["sources"].items(),
        *manifest["nodes"].items(),
        *manifest["exposures"].items(),
    ]
    for unique_id, node in sorted(nodes, key=lambda item: item[1]["name"]):
        if key := layer_of(node):
            found.setdefault(key, {})[unique_id] = node
    return found


def layer_of(node: Mapping[str, Any]) -> str:
    """Return the layer of a node; nothing for tests and the like."""
    kind = node["resource_type"]
    if kind == "model":
        folder = Path(node["original_file_path"]).parts[1]
        return folder if folder in LAYERS else ""
    return {"source": "sources", "seed": "seeds", "exposure": "exposures"}.get(kind, "")


def kind_of(node: Mapping[str, Any]) -> str:
    """Return how a node is shown."""
    if node["resource_type"] != "model":
        return "given"
    return "public" if node["config"]["access"] == "public" else "private"


def told(key: str, members: Mapping[str, Any], shown: Mapping[str, Any]) -> str:
    """Say how many models a layer has besides those shown."""
    if key in ("sources", "seeds", "exposures"):
        return ""
    if len(shown) == len(members) or not shown:
        return f"{len(members)} models"
    return f"and {len(members) - len(shown)} models more"


def laid_out(
    key: str, texts: tuple[str, str, str], members: Mapping[str, Any], y: float, catalogue: str
) -> Layer:
    """Put the names of a layer side by side, in as many lines as they need."""
    chips: list[Chip] = []
    left = LEFT + PADDING
    x, line = float(left), y + HEADING + 4
    for unique_id, node in members.items():
        name = node.get("label") or node["name"]
        link = f"{catalogue}#!/{node['resource_type']}/{unique_id}" if catalogue else ""
        chip = Chip(name, kind_of(node), link)
        if x > left and x + chip.width > WIDTH - PADDING:
            x, line = float(left), line + CHIP_HEIGHT + CHIP_GAP
        chips.append(chip._replace(x=round(x, 1), y=line))
        x += chip.width + CHIP_GAP
    height = line - y + CHIP_HEIGHT + 8 if chips else HEADING + 6.0
    return Layer(key, *texts, chips, y, height)


def arcs(groups: Mapping[str, Mapping[str, Any]], layers: Iterable[Layer]) -> list[Arc]:
    """Return an arc for each pair of layers of which the second reads from the first."""
    layer_by_id = {unique_id: key for key, members in groups.items() for unique_id in members}
    readings = Counter(
        (layer_by_id[parent], key)
        for key, members in groups.items()
        for node in members.values()
        for parent in node.get("depends_on", {}).get("nodes", [])
        if layer_by_id.get(parent, key) != key
    )
    place = {layer.key: (number, layer) for number, layer in enumerate(layers)}
    found = []
    for (source, target), count in sorted(readings.items()):
        (first, start), (last, end) = place[source], place[target]
        bend = LEFT - 8 - 17 * abs(last - first)
        path = (
            f"M{LEFT - 2} {start.middle:.0f} C{bend} {start.middle:.0f},"
            f" {bend} {end.middle:.0f}, {LEFT - 9} {end.middle:.0f}"
        )
        title = f"{start.title} → {end.title}: read {count} times"
        found.append(Arc(title, path, round(0.8 + count / 25, 1)))
    return found


def write(target: Path) -> list[str]:
    """Draw the picture into a file; return what to tell."""
    path = manifest_path()
    if not path.is_file():
        raise Unusable(f"There is no file {path}: run `make demo` or `make build` first.")
    target.parent.mkdir(parents=True, exist_ok=True)
    manifest = json.loads(path.read_text(encoding="utf-8"))
    target.write_text(picture(manifest), encoding="utf-8")
    return [f"The flow of {path} is drawn in {target}."]


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE
    sys.exit(print_lines(lambda: write(chosen), chosen))
