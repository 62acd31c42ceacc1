"""Figures that had to rise, from the file `accepted`."""

import re
from dataclasses import dataclass
from pathlib import Path

import revisions

FILE = Path(__file__).resolve().parents[1] / "accepted"
LINE = re.compile(r"(?P<figure>\S+) +\+(?P<percent>\d+(\.\d+)?)% +(?P<commit>[0-9a-f]{7,40}) +\S.*")


@dataclass
class Rise:
    """One line: what may rise by which share, if the base is `commit` or older."""

    figure: str
    share: float
    commit: str


def read(path=FILE):
    """All lines; ValueError for one that is none."""
    rises = []
    for number, text in enumerate(path.read_text().splitlines(), 1):
        if not text.strip() or text.startswith("#"):
            continue
        found = LINE.fullmatch(text)
        if not found:
            raise ValueError(f"{path}:{number}: not FIGURE +PERCENT COMMIT why: {text}")
        rises.append(Rise(found["figure"], float(found["percent"]) / 100, found["commit"]))
    return rises


def shares(base, rises):
    """`{figure: share}` of the lines that count for a comparison with `base`."""
    found = {}
    for rise in rises:
        if revisions.is_ancestor(base, rise.commit):
            found[rise.figure] = found.get(rise.figure, 0) + rise.share
    return found
