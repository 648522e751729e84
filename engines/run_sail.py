"""Run a Sail server on this machine, and dbt or SQL statements on it.

    .engines/sail/bin/python engines/run_sail.py serve FOLDER
    .engines/sail/bin/python engines/run_sail.py dbt PORT ARGUMENT...
    .engines/sail/bin/python engines/run_sail.py run PORT STATEMENT...
    .engines/sail/bin/python engines/run_sail.py show PORT OUTPUT

`serve` prints the server's port once it answers, and stops when its standard input ends; tables are
in FOLDER. Sail's own catalog is in memory, one for each session: so all that is done here goes on
with the same session. `show` writes the public tables as Parquet.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from pathlib import Path

import pyarrow.parquet as pq

HOST = "127.0.0.1"
SESSION = "11111111-2222-4333-8444-555555555555"
SCHEMA = "engagement"


def serve(folder: str) -> None:
    """Run a server until the standard input ends."""
    os.environ["SAIL_CATALOG__DEFAULT_DATABASE"] = '["default"]'
    os.chdir(folder)
    from pysail.spark import SparkConnectServer  # noqa: PLC0415

    server = SparkConnectServer(ip=HOST, port=0)
    server.start(background=True)
    print(server.listening_address[1], flush=True)
    sys.stdin.read()
    server.stop()


def address(port: str) -> str:
    """Return how a client reaches the session."""
    return f"sc://{HOST}:{port}/;session_id={SESSION};user_id=dbt"


def session(port: str):  # noqa: ANN201
    """Return the session, in UTC."""
    from pyspark.sql import SparkSession  # noqa: PLC0415

    found = SparkSession.builder.remote(address(port)).getOrCreate()
    found.conf.set("spark.sql.session.timeZone", "UTC")
    return found


def dbt(port: str, *arguments: str) -> None:
    """Run dbt, whose adapter would begin a session of its own."""
    from dbt.adapters.sail.connections import SailConnectionManager  # noqa: PLC0415
    from dbt.adapters.spark import session as adapters  # noqa: PLC0415
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    def opened(cls: type, credentials: object) -> adapters.SessionConnectionWrapper:
        del cls
        settings = {**credentials.server_side_parameters, "spark.remote": address(port)}
        return adapters.SessionConnectionWrapper(
            adapters.Connection(server_side_parameters=settings)
        )

    SailConnectionManager._open_remote = classmethod(opened)
    result = dbtRunner().invoke(list(arguments))
    if result.exception:
        print(result.exception)
    sys.exit(int(not result.success))


def run(port: str, *statements: str) -> None:
    """Run statements, one after the other, and print the rows that they give."""
    asked = session(port)
    for statement in statements:
        for row in asked.sql(statement).collect():
            print(*row, sep="\t")


def show(port: str, output: str) -> None:
    """Write the public tables as Parquet."""
    asked = session(port)
    for row in asked.sql(f"show tables in {SCHEMA}").collect():
        if row.tableName.startswith("engagement_") and not row.isTemporary:
            table = asked.sql(f"select * from {SCHEMA}.{row.tableName}").toArrow()
            pq.write_table(table, Path(output) / f"{row.tableName}.parquet")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable()
    {"serve": serve, "dbt": dbt, "run": run, "show": show}[sys.argv[1]](*sys.argv[2:])
