"""Scores the recovery of rows against known truth: python3 benches/groundtruth.py [--corrected] [--verbose]

Generates the scenarios for each seed with the real SQLite, converts the answer keys of the SQLite Forensic Corpus, runs
`inspect --dump` on a copy of each database, scores with the functions of the tools' own score.py, and prints the tables of
docs/recovery.md. Needs a release build, Python 3, the sqlite3 shell, the ground-truth tools (--tools or AFFIANT_GROUNDTRUTH) and,
for the second table, a folder with the corpus (--corpus or AFFIANT_CORPUS).

`--corrected` scores with the mistakes of the scorer and of the answer keys put right; each correction is named below the tables.
`--verbose` lists what was not recovered, with the nearest row of the dump, and every row that was never there.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from groundtruth_corrections import CORRECTIONS, Corrections
from groundtruth_table import corpus_table, generator_table

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TIMEOUT_S = 120


@dataclass
class Result:
    """One scenario, scored."""

    seed: str
    name: str
    counts: Counter
    seconds: float
    finding: bool
    problems: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


@dataclass
class Run:
    """What a run of the binary gave."""

    rows: list[dict]
    seconds: float
    finding: bool
    problems: list[str]


def tools(folder: Path):
    """The ground-truth tools' own scorer and generator, imported where they lie and never written to."""
    if not (folder / "score.py").is_file():
        raise SystemExit(f"no ground-truth tools in {folder}: name them with --tools or AFFIANT_GROUNDTRUTH")
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder))
    import gen
    import score

    return gen, score


def generated(folder: Path, seed: str, work: Path) -> Path:
    """The scenarios of a seed, made anew unless the work folder has them."""
    made = work / f"seed-{seed}"
    if not made.is_dir():
        fresh = work / f"seed-{seed}.part"
        shutil.rmtree(fresh, ignore_errors=True)
        subprocess.run([sys.executable, "-B", folder / "gen.py", fresh, "--seed", seed], check=True, stdout=subprocess.DEVNULL)
        fresh.rename(made)
    return made


def converted(folder: Path, corpus: Path | None, work: Path) -> Path | None:
    """The corpus with its answer keys as truth.json; nothing where there is no corpus."""
    sources = sorted(corpus.glob("**/sqlite_forensic_corpus_v2*")) if corpus else []
    if not sources:
        return None
    made = work / "corpus"
    shutil.rmtree(made, ignore_errors=True)
    subprocess.run([sys.executable, "-B", folder / "nemetz2truth.py", sources[0], made], check=True, stdout=subprocess.DEVNULL)
    return made


def dumped(binary: Path, scenario: Path) -> Run:
    """The rows that the binary prints of a copy, with the copy held against the original afterwards."""
    with tempfile.TemporaryDirectory() as copy:
        files = [path for path in scenario.iterdir() if path.name in ("x.db", "x.db-wal", "x.db-journal")]
        for path in files:
            shutil.copy(path, copy)
        started = time.perf_counter()
        try:
            process = subprocess.run([binary, "inspect", f"{copy}/x.db", "--dump"], capture_output=True, timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return Run([], TIMEOUT_S, False, ["did not end"])
        seconds = time.perf_counter() - started
        problems = [] if process.returncode in (0, 1) else [f"exit status {process.returncode}"]
        untouched = {path.name: path.read_bytes() for path in files} == {path.name: path.read_bytes() for path in Path(copy).iterdir()}
        problems += [] if untouched else ["the evidence was changed"]
    lines = [json.loads(line) for line in process.stdout.splitlines() if line.strip()]
    rows = [line for line in lines if "values" in line]
    problems += [f"{len(lines) - len(rows)} lines of the dump are no rows"] if len(rows) < len(lines) else []
    return Run(rows, seconds, bool(process.stderr.strip()), problems)


def shown(values: object) -> str:
    text = json.dumps(values, ensure_ascii=False)
    return text if len(text) <= 160 else text[:157] + "..."


def place(row: dict) -> str:
    known = [f"{key} {row[key]}" for key in ("table", "rowid", "view", "source", "page", "offset", "complete") if key in row]
    return ", ".join(known)


def nearest(score, truth: dict, gone: dict, rows: list[dict]) -> str:
    """The row of the dump that has most of the values of a row that was not recovered."""
    wanted = [value for _, value, _ in score.columns(truth, gone) if value is not None]

    def shared(row: dict) -> int:
        return sum(any(score.same(value, got) for got in row["values"].values()) for value in wanted)

    best = max(rows, key=shared, default=None)
    if best is None or shared(best) == 0:
        return "nothing of it"
    return f"{shared(best)} of {len(wanted)} values: {place(best)} {shown(list(best['values'].values()))}"


def missed(score, truth: dict, rows: list[dict], limit: int) -> list[str]:
    """The survivors that did not come back, and the rows that were never there or are live."""
    recovered = rows if score.damaged(truth["scenario"]) else [row for row in rows if row.get("view") != "live"]
    survivors = [row for row in truth["gone"] if row.get("surv") in score.SURVIVE]
    if score.damaged(truth["scenario"]):
        survivors += [dict(row, surv="live") for row in truth["live"]]
    lost = [row for row in survivors if not any(score.matches(truth, row, got) for got in recovered)]
    lines = [
        f"  lost, {row['surv']}: {row['t']} rowid {row['rowid']} {shown(row['vals'])}\n    nearest: {nearest(score, truth, row, rows)}"
        for row in lost[:limit]
    ]
    lines += [f"  lost: {len(lost) - limit} more"] if len(lost) > limit else []
    told = 0
    for row in recovered:
        counts = score.score(truth, [row]) if told < limit else Counter()
        for kind in ("phantom", "relive"):
            if counts[kind]:
                lines.append(f"  {kind}: {place(row)} {shown(row['values'])}")
                told += 1
    return lines


def repeats(score, truth: dict, rows: list[dict]) -> int:
    """How often a row that is gone was told again, with the same rowid, by another line of the dump."""
    told = Counter(
        json.dumps([row.get("table"), row.get("rowid"), row["values"]], sort_keys=True)
        for row in rows
        if row.get("view") != "live" and row.get("complete", True) and row.get("rowid") is not None
    )
    return 0 if score.damaged(truth["scenario"]) else sum(count - 1 for count in told.values())


def scored(score, corrections: Corrections, options, seed: str, scenario: Path) -> Result:
    """One scenario of a seed, or of the corpus (seed "")."""
    truth = json.loads((scenario / "truth.json").read_text(encoding="utf-8"))
    run = dumped(options.bin, scenario)
    truth, rows = corrections.applied(truth, scenario, run.rows)
    counts = score.score(truth, rows)
    counts["repeats"] = repeats(score, truth, rows)
    result = Result(seed, scenario.name, counts, run.seconds, run.finding, run.problems)
    if options.verbose and (counts["full"] < counts["survivors"] or counts["phantom"] or counts["relive"]):
        result.lines = missed(score, truth, rows, options.limit)
    return result


def all_scored(score, corrections: Corrections, options, seed: str, folder: Path) -> list[Result]:
    scenarios = [path.parent for path in sorted(folder.glob("*/truth.json")) if path.parent.name.startswith(options.only)]
    return [scored(score, corrections, options, seed, scenario) for scenario in scenarios]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    environment = os.environ.get
    parser.add_argument("--bin", type=Path, default=ROOT / "target/release/affiant", help="the binary to score")
    parser.add_argument(
        "--tools", type=Path, default=environment("AFFIANT_GROUNDTRUTH", ROOT / "../shared/tools/sqlite-groundtruth"), help="gen.py and score.py"
    )
    parser.add_argument("--seeds", nargs="+", default=["1", "2", "3", "4", "5"])
    parser.add_argument("--corpus", type=Path, default=environment("AFFIANT_CORPUS"), help="a folder with the SQLite Forensic Corpus v2 below it")
    parser.add_argument("--work", type=Path, help="keep the generated databases there and use those that are there")
    parser.add_argument("--only", default="", metavar="PREFIX", help="only scenarios whose name begins so")
    parser.add_argument("--corrected", action="store_true", help="with the corrections to the scorer and the keys")
    parser.add_argument("--verbose", action="store_true", help="list what was lost and what was never there")
    parser.add_argument("--limit", type=int, default=20, help="lines per scenario with --verbose")
    options = parser.parse_args()
    options.bin = options.bin.resolve()
    if not options.bin.is_file():
        parser.error(f"no binary {options.bin}: build it with `cargo build --release`")
    return options


def told(results: list[Result], corrections: Corrections) -> None:
    """What stands under the tables."""
    for result in results:
        where = f"seed {result.seed}, {result.name}" if result.seed else f"corpus, {result.name}"
        for problem in result.problems:
            print(f"failed: {where}: {problem}")
        if result.lines:
            print(f"\n{where}: {result.counts['full']} of {result.counts['survivors']}")
            print("\n".join(result.lines))
    for name, count in sorted(corrections.used.items()):
        print(f"correction `{name}` ({count:,} times): {CORRECTIONS[name]}")


def main() -> None:
    options = arguments()
    gen, score = tools(Path(options.tools).resolve())
    corrections = Corrections(gen, score, options.corrected)
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        own: list[Result] = []
        for seed in options.seeds:
            own += all_scored(score, corrections, options, seed, generated(Path(options.tools).resolve(), seed, work))
        folder = converted(Path(options.tools).resolve(), options.corpus, work)
        keyed = all_scored(score, corrections, options, "", folder) if folder else []
    print(generator_table(score, options.seeds, own))
    print(corpus_table(keyed) if keyed else "\nNo file of the corpus was scored: see --corpus and --only.\n")
    told(own + keyed, corrections)


if __name__ == "__main__":
    main()
