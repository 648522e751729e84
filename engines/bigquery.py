"""Put the extension spatial, which comes as a wheel, where DuckDB looks for it: the emulator asks for it."""

from duckdb_extensions import import_extension

import_extension("spatial")
