"""Put Iceberg's jar, which comes in a wheel, among those of Spark."""

from pathlib import Path

import pyspark
import snowpark_connect_deps_iceberg as wheel

for jar in Path(wheel.__file__).parent.glob("jars/iceberg-spark-runtime-*_2.12-*.jar"):
    place = Path(pyspark.__file__).parent / "jars" / jar.name
    place.unlink(missing_ok=True)
    place.symlink_to(jar)
