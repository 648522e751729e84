"""Write a scorecard into seeds/scorecards.csv and event_weights.csv, and touch no other row."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from advice.panel import Refused

OWNER = "make advise"
Row = dict[str, object]


def records(text: str) -> Iterator[str]:
    """Split a CSV into records as they are written, line breaks within quotes included."""
    record = ""
    for line in io.StringIO(text, newline=""):
        record += line
        if record.count('"') % 2 == 0:
            yield record
            record = ""
    if record:
        yield record


def fields(record: str) -> list[str]:
    """Read the fields of one record."""
    return next(csv.reader(io.StringIO(record, newline="")), [])


def written(row: Row, header: Sequence[str], line_end: str) -> str:
    """Write a row in the order of a file's columns; what the file does not have is left out."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=line_end).writerow([row.get(column, "") for column in header])
    return out.getvalue()


def replaced(text: str, name: str, rows: Sequence[Row]) -> str:
    """Give a file the rows of a scorecard in the place of those that it has, else at its end."""
    found = list(records(text))
    header = [column.strip().lstrip("\ufeff") for column in fields(found[0])]
    line_end = "\r\n" if found[0].endswith("\r\n") else "\n"
    position = header.index("scorecard")
    new = "".join(written(row, header, line_end) for row in rows)
    out, is_placed = [found[0]], False
    for record in found[1:]:
        cells = fields(record)
        if len(cells) > position and cells[position].strip() == name:
            if not is_placed:
                out.append(new)
                is_placed = True
            continue
        out.append(record)
    if not is_placed:
        if not out[-1].endswith(("\n", "\r")):
            out[-1] += line_end
        out.append(new)
    return "".join(out)


def check_name(folder: Path, name: str) -> None:
    """Refuse a name that would overwrite what somebody else wrote."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise Refused(
            f"NAME={name} is no name for a scorecard: use letters, digits and _, as in"
            " NAME=advised."
        )
    scorecards, weights = read_seed(folder, "scorecards"), read_seed(folder, "event_weights")
    own = [row for row in scorecards if row["scorecard"].strip() == name]
    foreign = [
        row
        for row in weights
        if row["scorecard"].strip() == name and row.get("owner", "").strip() != OWNER
    ]
    if foreign or any(row.get("status", "").strip().lower() != "candidate" for row in own):
        raise Refused(
            f"the scorecard {name} in {folder} is not a candidate written by {OWNER}, and advice"
            " never replaces what people chose: give the advice another NAME."
        )


def read_seed(folder: Path, name: str) -> list[dict[str, str]]:
    """Read the rows of a seed."""
    try:
        text = (folder / f"{name}.csv").read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(
            f"{folder / name}.csv cannot be read ({type(error).__name__}): set ENGAGEMENT_SEEDS"
            " to the folder of your seeds, or to nothing for seeds/."
        ) from error
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    return [{key: value or "" for key, value in row.items() if key} for row in rows]


def write(folder: Path, name: str, scorecard: Row, weights: Sequence[Row]) -> None:
    """Write the scorecard and its weights, both files or none that is half written."""
    check_name(folder, name)
    texts = {}
    for seed, rows in (("event_weights", list(weights)), ("scorecards", [scorecard])):
        path = folder / f"{seed}.csv"
        texts[path] = replaced(path.read_bytes().decode("utf-8"), name, rows)
    for path, text in texts.items():
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_bytes(text.encode("utf-8"))
        os.replace(unfinished, path)
