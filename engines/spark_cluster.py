"""Start an Apache Spark standalone cluster on the loopback: a master, workers and a Thrift server.

    .engines/spark/bin/python engines/spark_cluster.py --folder DIR [--workers 2] [--cores 1]

Prints the Thrift server's port once it answers, and stops everything when its standard input ends.
Everything that is written stands in the folder: warehouse, metastore and logs.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

HOST = "127.0.0.1"
START_SECONDS = 180
LISTENING = "ThriftBinaryCLIService on port"

LOGGING = """
rootLogger.level = warn
rootLogger.appenderRef.stdout.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex{8}
logger.started.name = org.apache.hive.service.cli.thrift.ThriftCLIService
logger.started.level = info
logger.master.name = org.apache.spark.deploy.master.Master
logger.master.level = info
"""

SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.sources.partitionOverwriteMode": "dynamic",
    "spark.ui.enabled": "false",
    # Plans as text, which the server keeps for each statement, would fill its memory.
    "spark.sql.maxPlanStringLength": "2000",
    "spark.sql.ui.retainedExecutions": "1",
    # The driver gives a page to each table that is broadcast, however small.
    "spark.buffer.pageSize": "2m",
    "spark.hadoop.javax.jdo.option.ConnectionURL": ("jdbc:derby:memory:metastore;create=true"),
}


def free_port() -> int:
    """Return a port of the loopback that nothing listens on."""
    with socket.socket() as found:
        found.bind((HOST, 0))
        return found.getsockname()[1]


def spark_home() -> Path:
    """Return the folder of Spark in this Python's pyspark."""
    import pyspark  # noqa: PLC0415

    return Path(pyspark.__file__).parent


class Daemons:
    """The processes of a cluster, which end together."""

    def __init__(self, folder: Path) -> None:
        """Begin, with nothing started."""
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, name: str, *command: str) -> Path:
        """Start a process in a group of its own; return the file that it logs into."""
        log = self.folder / f"{name}.log"
        quiet = self.folder / "log4j2.properties"
        quiet.write_text(LOGGING)
        environment = os.environ | {
            "SPARK_HOME": str(spark_home()),
            "SPARK_LOCAL_IP": HOST,
            "SPARK_LOCAL_DIRS": str(self.folder / "scratch"),
            "SPARK_WORKER_DIR": str(self.folder / name),
            "SPARK_CONF_DIR": str(self.folder),
        }
        # The Thrift server would take it too, and not what is set for its driver.
        if name != "thrift":
            environment["SPARK_DAEMON_MEMORY"] = "512m"
        with log.open("wb") as output:
            self.processes.append(
                subprocess.Popen(
                    [str(spark_home() / "bin" / command[0]), *command[1:]],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd=self.folder,
                    env=environment,
                    start_new_session=True,
                )
            )
        return log

    def wait_for(self, log: Path, text: str) -> None:
        """Wait until a text stands in a log; fail when it does not, or a process has ended."""
        until = time.monotonic() + START_SECONDS
        while text not in log.read_text(errors="replace"):
            ended = [process for process in self.processes if process.poll() is not None]
            if ended or time.monotonic() > until:
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
                raise RuntimeError(f"Spark did not start; the end of {log}:\n{tail}")
            time.sleep(0.2)

    def stop(self) -> None:
        """End all processes, the last one first."""
        for process in reversed(self.processes):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in reversed(self.processes):
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@contextlib.contextmanager
def cluster(
    folder: Path, workers: int = 2, cores: int = 1, settings: Mapping[str, str] | None = None
) -> Iterator[int]:
    """Run a cluster whose workers have so many cores each; yield the Thrift server's port."""
    folder.mkdir(parents=True, exist_ok=True)
    daemons = Daemons(folder)
    master, thrift = free_port(), free_port()
    try:
        log = daemons.start(
            "master",
            *("spark-class", "org.apache.spark.deploy.master.Master"),
            *("--host", HOST, "--port", str(master), "--webui-port", "0"),
        )
        daemons.wait_for(log, "New state: ALIVE")
        for number in range(workers):
            daemons.start(
                f"worker-{number + 1}",
                *("spark-class", "org.apache.spark.deploy.worker.Worker"),
                *("--host", HOST, "--webui-port", "0"),
                *("--cores", str(cores), "--memory", "2g", f"spark://{HOST}:{master}"),
            )
        chosen = {
            "spark.master": f"spark://{HOST}:{master}",
            "spark.driver.bindAddress": HOST,
            "spark.driver.host": HOST,
            "spark.driver.memory": "4g",
            "spark.executor.memory": "1g",
            "spark.executor.cores": str(cores),
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.hadoop.hive.server2.thrift.port": str(thrift),
            "spark.hadoop.hive.server2.thrift.bind.host": HOST,
            **SETTINGS,
            **(settings or {}),
        }
        log = daemons.start(
            "thrift",
            "spark-submit",
            *(part for name, value in chosen.items() for part in ("--conf", f"{name}={value}")),
            *("--class", "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"),
            "spark-internal",
        )
        daemons.wait_for(log, LISTENING)
        yield thrift
    finally:
        daemons.stop()


@contextlib.contextmanager
def cluster_process(
    python: Path, folder: Path, settings: Mapping[str, str], *options: str
) -> Iterator[int]:
    """Run a cluster with the Python of another environment; yield the Thrift server's port."""
    conf = (part for name, value in settings.items() for part in ("--conf", f"{name}={value}"))
    command = [str(python), __file__, "--folder", str(folder), *conf, *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"Spark did not start: see the logs in {folder}")
        try:
            yield int(line)
        finally:
            process.stdin.close()


def main() -> None:
    """Run a cluster until the standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument(
        "--conf", action="append", default=[], help="name=value, as spark-submit has it"
    )
    arguments = parser.parse_args()
    settings = dict(pair.split("=", 1) for pair in arguments.conf)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))
    folder = arguments.folder.resolve()
    with cluster(folder, arguments.workers, arguments.cores, settings) as port:
        print(port, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
