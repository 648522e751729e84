"""Move tables in and out of a BigQuery emulator on this machine.

    .engines/bigquery/bin/python engines/ask_bigquery.py PORT load INPUTS
    .engines/bigquery/bin/python engines/ask_bigquery.py PORT show OUTPUT
    .engines/bigquery/bin/python engines/ask_bigquery.py PORT drop

`load` reads Parquet files into the dataset raw, `show` pickles the rows of the public tables, and
`drop` removes the dataset engagement.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import duckdb
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

PROJECT = "lake"
TYPES = {
    "VARCHAR": "string",
    "DOUBLE": "float64",
    "BIGINT": "int64",
    "BOOLEAN": "bool",
    "DATE": "date",
    "TIMESTAMP": "datetime",
    "TIMESTAMP WITH TIME ZONE": "timestamp",
}
"""Type of DuckDB -> that of BigQuery; others are decimals."""


def client(port: int) -> bigquery.Client:
    """Return a client of the emulator."""
    return bigquery.Client(
        PROJECT,
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": f"http://127.0.0.1:{port}"},
    )


def load(asked: bigquery.Client, folder: Path) -> None:
    """Read a folder's Parquet files as tables of the dataset raw, in place of what was there."""
    asked.delete_dataset("raw", delete_contents=True, not_found_ok=True)
    asked.create_dataset("raw")
    job = bigquery.LoadJobConfig(source_format=bigquery.SourceFormat.PARQUET)
    for path in sorted(folder.glob("*.parquet")):
        described = duckdb.execute(f"describe from '{path}'").fetchall()
        columns = ", ".join(f"{row[0]} {TYPES.get(row[1], 'bignumeric')}" for row in described)
        asked.query(f"create table `{PROJECT}.raw.{path.stem}` ({columns})").result()
        with path.open("rb") as file:
            asked.load_table_from_file(file, f"{PROJECT}.raw.{path.stem}", job_config=job).result()


def show(asked: bigquery.Client, folder: Path) -> None:
    """Pickle table -> rows of all public tables."""
    tables = {}
    for table in asked.list_tables("engagement"):
        if table.table_id.startswith("engagement_"):
            rows = asked.query(f"select * from `engagement.{table.table_id}`").result()
            tables[table.table_id] = [dict(row) for row in rows]
    (folder / "tables.pickle").write_bytes(pickle.dumps(tables))


def main(port: int, what: str, *arguments: str) -> None:
    """Do one thing."""
    asked = client(port)
    if what == "drop":
        asked.delete_dataset("engagement", delete_contents=True, not_found_ok=True)
    else:
        {"load": load, "show": show}[what](asked, Path(arguments[0]))


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
