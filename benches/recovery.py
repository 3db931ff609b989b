"""What recovery costs, in time and memory: python3 benches/recovery.py [--bin target/release/affiant] [--runs 5] [--work DIR]

Builds three databases with the real SQLite and prints a Markdown table over runs that alternate between the commands:

(a) many deleted rows    `inspect --dump` of every view, beside undark, or else the sqlite3 shell's `.recover` and `-json`
(b) nothing deleted      `parse` and `inspect --dump` of every view against the live rows alone; the ratio is to be 2 at most
(c) a long log           `inspect --dump` of every view over thousands of commits

Memory is sampled from /proc/PID/status (Linux): anonymous memory is what the program itself holds, file-mapped memory is the
evidence, which the kernel may drop at any time. MB are 10^6 bytes. The first run of each command is not counted.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from recovery_databases import MB, ROOT, Sizes, commits, made, with_deletions, with_log, without_deletions

SAMPLE_EVERY_S = 0.003
FIELDS = ("RssAnon", "RssFile", "VmHWM")


@dataclass
class Command:
    """A command to measure; `prepare` gives the arguments of each run, which must not see another run's output."""

    label: str
    prepare: Callable[[Path], list[str]]
    accepted: tuple[int, ...] = (0, 1)
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peaks: dict[str, float] = field(default_factory=dict)
    failure: str = ""


def status(pid: int) -> dict[str, float]:
    """Fields of /proc/PID/status in MB; none where the process has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return {}
    pairs = (line.split(":", 1) for line in lines)
    return {name: int(value.split()[0]) * 1024 / MB for name, value in pairs if name in FIELDS}


def sampled(pid: int, peaks: dict[str, float], ended: threading.Event) -> None:
    while not ended.is_set():
        for name, value in status(pid).items():
            peaks[name] = max(peaks.get(name, 0.0), value)
        ended.wait(SAMPLE_EVERY_S)


def run(command: Command, counted: bool) -> None:
    """One run, its output thrown away. A command that fails says why and is not run again."""
    if command.failure:
        return
    with tempfile.TemporaryDirectory() as scratch, tempfile.TemporaryFile() as errors:
        arguments = command.prepare(Path(scratch))
        started = time.perf_counter()
        process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=errors)
        ended, peaks = threading.Event(), {}
        sampler = threading.Thread(target=sampled, args=(process.pid, peaks, ended))
        sampler.start()
        _, status_of_end, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status_of_end)
        seconds = time.perf_counter() - started
        ended.set()
        sampler.join()
        if process.returncode not in command.accepted:
            errors.seek(0)
            first = errors.read(300).decode(errors="replace").strip().split("\n")[0]
            command.failure = f"exit status {process.returncode}: {first}"
        elif counted:
            command.seconds.append(seconds)
            command.cpu.append(usage.ru_utime + usage.ru_stime)
            command.peaks = {name: max(command.peaks.get(name, 0.0), value) for name, value in peaks.items()}


def alternating(commands: list[Command], runs: int) -> None:
    for number in range(runs + 1):
        for command in commands:
            run(command, counted=number > 0)


def line(command: Command) -> str:
    if command.failure:
        return f"| {command.label} | {command.failure.replace('|', '/')} | | | | | | |"
    low, middle, high = min(command.seconds), statistics.median(command.seconds), max(command.seconds)
    memory = " | ".join(f"{command.peaks.get(name, 0.0):.1f}" for name in FIELDS)
    cpu = statistics.median(command.cpu)
    return f"| {command.label} | {low:.2f} | {middle:.2f} | {high:.2f} | {cpu:.2f} | {memory} |"


def ratio(every: Command, live: Command) -> str:
    if every.failure or live.failure:
        return "not measured"
    times = statistics.median(every.seconds) / statistics.median(live.seconds)
    cpu = statistics.median(every.cpu) / statistics.median(live.cpu)
    return f"{times:.2f}, {'at most' if times <= 2 else 'MORE THAN'} 2 (of the processor's time: {cpu:.2f})"


def inspect(binary: Path, database: Path, *views: str) -> Callable[[Path], list[str]]:
    return lambda scratch: [str(binary), "inspect", str(database), "--dump", *views]


def parse(binary: Path, evidence: Path, *views: str) -> Callable[[Path], list[str]]:
    return lambda scratch: [str(binary), "parse", str(evidence), "--quiet", "--no-html", "--output", str(scratch / "report"), *views]


def recover(database: Path) -> Callable[[Path], list[str]]:
    """The sqlite3 shell on a copy, because `.recover` writes to what it reads."""

    def prepared(scratch: Path) -> list[str]:
        return ["sqlite3", str(shutil.copy(database, scratch)), ".recover"]

    return prepared


def rivals(database: Path) -> list[Command]:
    if shutil.which("undark"):
        return [Command("(a) undark", lambda scratch: ["undark", "-i", str(database)], (0,))]
    if not shutil.which("sqlite3"):
        return []
    uri = f"file:{database}?mode=ro&immutable=1"
    return [
        Command("(a) sqlite3 .recover, on a copy", recover(database), (0,)),
        Command("(a) sqlite3 -json, live rows alone", lambda scratch: ["sqlite3", "-json", uri, "SELECT * FROM sms"], (0,)),
    ]


def printed(binary: Path, database: Path) -> str:
    """How many rows a dump of every view has."""
    process = subprocess.Popen([binary, "inspect", database, "--dump"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    live = other = 0
    for row in process.stdout:
        is_live = b'"view":"live"' in row
        live, other = live + is_live, other + (not is_live)
    process.wait()
    return f"{live:,} live rows, {other:,} others"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=ROOT / "target/release/affiant", help="the binary to measure")
    parser.add_argument("--work", type=Path, help="a folder for the databases, kept, outside the repository (default: a temporary one)")
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each command")
    parser.add_argument("--rows", type=int, default=210_000, help="(a): rows before the deletions")
    parser.add_argument("--deleted", type=int, default=86_000, help="(a): how many of them are deleted")
    parser.add_argument("--large-mb", type=int, default=300, help="(b): size of the database")
    parser.add_argument("--log-mb", type=int, default=100, help="(c): size of the log")
    parser.add_argument("--base-mb", type=int, default=50, help="(c): size of the database under the log")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("a", "b", "c"), help="one of the three alone")
    options = parser.parse_args()
    options.bin = options.bin.resolve()
    if not options.bin.is_file():
        parser.error(f"no binary {options.bin}: build it with `cargo build --release`")
    if options.work and ROOT in [options.work.resolve(), *options.work.resolve().parents]:
        parser.error("the work folder lies in the repository")
    return options


def size(database: Path) -> str:
    log = database.with_name(f"{database.name}-wal")
    beside = f" and a log of {log.stat().st_size / MB:.1f} MB, {commits(log):,} commits" if log.exists() else ""
    return f"{database.stat().st_size / MB:.1f} MB{beside}"


def measured(options: argparse.Namespace, work: Path) -> None:
    sizes = Sizes(options.rows, options.deleted, options.large_mb, options.log_mb, options.base_mb, options.seed)
    binary = options.bin
    wanted = options.only or "abc"
    told: list[str] = []
    commands: list[Command] = []
    if "a" in wanted:
        database = made(work, "a", with_deletions, sizes)
        told.append(f"(a) {size(database)}, {sizes.rows:,} rows, {sizes.deleted:,} of them deleted; printed: {printed(binary, database)}")
        some = [Command("(a) inspect --dump", inspect(binary, database)), *rivals(database)]
        alternating(some, options.runs)
        commands += some
    if "b" in wanted:
        database = made(work, "b", without_deletions, sizes)
        evidence = work / "b/evidence"
        every = Command("(b) parse", parse(binary, evidence)), Command("(b) inspect --dump", inspect(binary, database))
        live = (
            Command("(b) parse --views live", parse(binary, evidence, "--views", "live")),
            Command("(b) inspect --dump --views live", inspect(binary, database, "--views", "live")),
        )
        for pair in zip(every, live, strict=True):
            alternating(list(pair), options.runs)
            commands += pair
        ratios = " · ".join(f"{pair[0].label[4:]}: {ratio(*pair)}" for pair in zip(every, live, strict=True))
        told.append(f"(b) {size(database)}, nothing deleted; ratio of the medians, every view to live alone: {ratios}")
    if "c" in wanted:
        database = made(work, "c", with_log, sizes)
        told.append(f"(c) {size(database)}; printed: {printed(binary, database)}")
        some = [Command("(c) inspect --dump", inspect(binary, database))]
        alternating(some, options.runs)
        commands += some
    print(f"| command, {options.runs} runs | min s | median s | max s | processor s | anonymous MB | file-mapped MB | peak MB |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    print("\n".join(line(command) for command in commands))
    print("\n" + "\n".join(f"* {text}" for text in told))


def main() -> None:
    if not sys.platform.startswith("linux"):
        raise SystemExit("memory is read from /proc: this needs Linux")
    options = arguments()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        work = options.work or Path(temporary)
        os.makedirs(work, exist_ok=True)
        measured(options, work)


if __name__ == "__main__":
    main()
