"""Put DuckDB's driver for the next engine of dbt into .engines/v2/drivers.

The engine would download it when it connects. Here it is the library in DuckDB's own npm package,
so that npm's registry is enough; without npm the engine is left to download it.
"""

import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

DUCKDB = "1.5.6-r.1"
MACHINES = {"x86_64": ("linux-x64", "linux_amd64"), "aarch64": ("linux-arm64", "linux_arm64")}
MANIFEST = """\
manifest_version = 1
name = "DuckDB"
version = "{version}"

[ADBC]
version = "1.1.0"

[Driver]
entrypoint = "duckdb_adbc_init"

[Driver.shared]
{platform} = "{library}"
"""


def main() -> int:
    """Fetch the library and write the manifest that names it."""
    npm = shutil.which("npm")
    known = MACHINES.get(platform.machine()) if sys.platform == "linux" else None
    if npm is None or known is None:
        print("There is no npm (or no Linux): dbt will download DuckDB's driver when it connects.")
        return 0
    folder = Path(sys.prefix) / "drivers"
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        package = f"@duckdb/node-bindings-{known[0]}@{DUCKDB}"
        subprocess.run(
            [npm, "pack", "--silent", package],
            cwd=scratch,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        with tarfile.open(next(Path(scratch).glob("*.tgz"))) as archive:
            library = archive.extractfile("package/libduckdb.so")
            assert library is not None
            (folder / "libduckdb.so").write_bytes(library.read())
    text = MANIFEST.format(
        version=DUCKDB, platform=known[1], library=(folder / "libduckdb.so").resolve()
    )
    (folder / "duckdb.toml").write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
