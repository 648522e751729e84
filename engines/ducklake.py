"""Put the extension ducklake, which comes as a wheel, where DuckDB looks for it."""

from duckdb_extensions import import_extension

import_extension("ducklake")
