"""Times `affiant parse` beside the sqlite3 shell printing the same rows as JSON: python3 benches/run.py [MESSAGES]

Needs a release build and the sqlite3 shell. Prints the best of five runs of each, in one run, with peak memory.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
AFFIANT = Path(os.environ.get("AFFIANT", HERE.parent / "target/release/affiant"))
ROUNDS = 5


def measured(command: list[str], output: Path | None = None) -> tuple[float, int]:
    """Seconds and peak resident KiB of a command."""
    with open(output or os.devnull, "wb") as out:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        taken = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise SystemExit(f"failed: {' '.join(command)}")
    return taken, usage.ru_maxrss


def best(runs: list[tuple[float, int]]) -> tuple[float, int]:
    return min(seconds for seconds, _ in runs), max(memory for _, memory in runs)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with tempfile.TemporaryDirectory() as work:
        evidence = Path(work) / "evidence"
        subprocess.run([sys.executable, HERE / "generate.py", str(count), evidence], check=True)
        database = next(evidence.rglob("mmssms.db"))
        rival = ["sqlite3", "-json", str(database), "SELECT * FROM sms"]
        runs = {"sqlite3 -json": [], "affiant, 1 thread": [], "affiant, 2 threads": [], "affiant --content omit, 1 thread": []}
        for number in range(ROUNDS):
            runs["sqlite3 -json"].append(measured(rival, Path(work) / "rows.json"))
            for name, options in (
                ("affiant, 1 thread", ["--threads", "1"]),
                ("affiant, 2 threads", ["--threads", "2"]),
                ("affiant --content omit, 1 thread", ["--threads", "1", "--content", "omit"]),
            ):
                report = Path(work) / f"report-{number}-{len(runs[name])}-{name.replace(' ', '')}"
                runs[name].append(measured([str(AFFIANT), "parse", str(evidence), "-q", "-o", str(report), *options]))
                subprocess.run(["rm", "-rf", report], check=True)
        base = best(runs["sqlite3 -json"])[0]
        size = database.stat().st_size / 1e6
        print(f"{count:,} messages, {size:.1f} MB database, best of {ROUNDS}")
        for name, list_of_runs in runs.items():
            seconds, memory = best(list_of_runs)
            print(f"{name:<34} {seconds:6.2f} s  {seconds / base:5.2f} x  {memory / 1024:6.1f} MiB")


if __name__ == "__main__":
    main()
