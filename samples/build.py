"""Builds every sample anew: python3 samples/build.py; those in Realm: cargo test --test realm_samples -- --ignored"""

import importlib
import sys
from pathlib import Path

sys.dont_write_bytecode = True
here = Path(__file__).resolve().parent
sys.path[:0] = [str(here), str(here / "sources")]

for name in sorted(path.stem for path in (here / "sources").glob("*.py")):
    module = importlib.import_module(name)
    if hasattr(module, "build"):
        module.build(here / module.PLATFORM)
