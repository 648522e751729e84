"""Lets these tests use what the Python tests are made of."""

import sys
from pathlib import Path

for folder in ("tests/python", "engines"):
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / folder))
