"""Where the files lie that several tests read."""

from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
NETWORKS = TESTS / "networks"
