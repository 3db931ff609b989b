"""Times `affiant export` of each kind: python3 benches/export.py [MESSAGES]

Needs a release build. Makes a report of that many text messages (benches/generate.py), exports it once into each kind, and prints seconds, peak
memory and size.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from run import AFFIANT, HERE, measured

KINDS = "csv tsv xlsx timesketch vcard kml parquet lava rsmf case".split()


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as work:
        evidence, report = Path(work) / "evidence", Path(work) / "report"
        subprocess.run([sys.executable, HERE / "generate.py", str(count), evidence], check=True)
        measured([str(AFFIANT), "parse", str(evidence), "-q", "-o", str(report)])
        print(f"{count:,} messages, report.json {(report / 'data/report.json').stat().st_size / 1e6:.1f} MB")
        for kind in KINDS:
            output = Path(work) / kind
            seconds, memory = measured([str(AFFIANT), "export", str(report), "-q", "--to", kind, "-o", str(output)])
            print(f"{kind:<12} {seconds:6.2f} s  {memory / 1024:6.1f} MiB  {size(output) / 1e6:8.1f} MB", flush=True)


if __name__ == "__main__":
    main()
