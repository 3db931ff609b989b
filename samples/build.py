"""Builds every sample extraction: imports each module of `sources` and lets it write its files.

    python3 samples/build.py
"""

import importlib
import pkgutil
import sys
from pathlib import Path

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here))

import sources  # noqa: E402

for name in sorted(module.name for module in pkgutil.iter_modules(sources.__path__)):
    module = importlib.import_module(f"sources.{name}")
    module.build(here / module.PLATFORM)
