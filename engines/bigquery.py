"""Put the extension spatial, which comes as a wheel, where the emulator's DuckDB looks for it."""

from duckdb_extensions import import_extension

import_extension("spatial")
