"""Run SQL statements on a Spark Thrift server of this machine, and print what they return.

.engines/spark/bin/python engines/run_spark_sql.py PORT STATEMENT...
"""

from __future__ import annotations

import contextlib
import sys

from pyhive import exc, hive


def main(port: int, statements: list[str]) -> None:
    """Run the statements in one session."""
    with hive.connect("127.0.0.1", port=port, username="dbt") as connection:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
            # What has no rows is told by the first from Spark 4 on, by the second before.
            with contextlib.suppress(exc.ProgrammingError, TypeError):
                for row in cursor.fetchall():
                    print(*row, sep="\t")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
