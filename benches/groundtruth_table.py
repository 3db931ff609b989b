"""The two tables of docs/recovery.md, made from scored scenarios by groundtruth.py."""

import math
from collections import Counter
from collections.abc import Callable

GROUPS = {
    "a": "a, within a page",
    "b": "b, whole pages and dropped tables",
    "c": "c, overflow chains",
    "d": "d, encodings and page sizes",
    "e": "e, auto-vacuum",
    "f": "f, WITHOUT ROWID (required 98 %)",
    "g": "g, altered tables (required 95 %)",
    "h": "h, write-ahead logs (required 100 %)",
    "i": "i, rollback journals (required 100 %)",
    "l": "l, a search index's content table",
}
DELETIONS = ("07", "08", "09", "0A", "0B", "0C", "0D", "0E")
UNDELETED = ("01", "02", "03", "04", "05", "06")
MANIPULATED = ("11", "12", "13", "14", "15", "16", "17", "18", "19")


def percent(part: float, whole: float) -> str:
    """Rounded down, so that 100 % means all."""
    if whole == 0:
        return "–"
    return f"{math.floor(part / whole * 10_000) / 100:.2f} %".replace(".00 %", " %")


def share(part: int, whole: int) -> str:
    return f"{part:,}/{whole:,} = {percent(part, whole)}" if whole else "–"


def total(results: list) -> Counter:
    counts = Counter()
    for result in results:
        counts.update(result.counts)
    return counts


def precision(counts: Counter) -> str:
    return percent(counts["true"], counts["true"] + counts["relive"] + counts["phantom"])


def mean(results: list) -> str:
    """The mean over the scenarios that have survivors."""
    shares = [result.counts["full"] / result.counts["survivors"] for result in results if result.counts["survivors"]]
    return percent(sum(shares), len(shares))


def survivors(results: list) -> str:
    counts = total(results)
    return share(counts["full"], counts["survivors"])


def table(head: list[str], lines: list[tuple[str, list[str]]]) -> str:
    rows = [head, ["---"] * len(head), *([name, *cells] for name, cells in lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def generator_table(score, seeds: list[str], results: list) -> str:
    """Per seed and over all seeds. Damaged files stand apart, as in score.py."""

    def line(name: str, of: Callable[[list], str], wanted: Callable[[str], bool]) -> tuple[str, list[str]]:
        chosen = [result for result in results if wanted(result.name)]
        per_seed = [[result for result in chosen if result.seed == seed] for seed in seeds]
        return name, [of(some) for some in [*per_seed, chosen]]

    def sum_of(*names: str) -> Callable[[list], str]:
        return lambda some: f"{sum(total(some)[name] for name in names):,}"

    def sound(name: str) -> bool:
        return not score.damaged(name)

    lines = [
        line("survivors recovered in full (required 99 %)", survivors, sound),
        line("mean over scenarios (required 98 %)", mean, sound),
        *(line(label, survivors, lambda name, letter=letter: name.startswith(letter)) for letter, label in GROUPS.items()),
        line("precision (required 99.9 %)", lambda some: precision(total(some)), sound),
        line("copies of live rows told as deleted (required 0)", sum_of("relive"), sound),
        line("rows that were never there (aim 0)", sum_of("phantom"), sound),
        line("j, negative controls: false rows (required 0)", sum_of("relive", "phantom"), lambda name: name.startswith("j")),
        line("k, damaged files: rows still there (required 100 %)", survivors, lambda name: name.startswith("k")),
        line("k, damaged files: rows that were never there", sum_of("phantom"), lambda name: name.startswith("k")),
        line("partial rows", sum_of("partial"), sound),
        line("recovered although no survivor by the key", sum_of("bonus"), sound),
        line("rows told more than once", sum_of("repeats"), sound),
        line("live rows", lambda some: share(total(some)["live_read"], total(some)["live_there"]), sound),
    ]
    return table(["generator", *(f"seed {seed}" for seed in seeds), "all seeds"], lines)


def corpus_table(results: list) -> str:
    """The corpus by category, its two parts, and the time of the slowest file."""

    def cells(some: list) -> list[str]:
        counts = total(some)
        slowest = max(some, key=lambda result: result.seconds)
        told = sum(result.finding for result in some)
        found = share(counts["full"], counts["survivors"])
        return [f"{len(some)}", found, precision(counts), f"{counts['relive']:,}", f"{counts['phantom']:,}", f"{told}", f"{slowest.seconds:.2f} s ({slowest.name})"]

    def part(names: tuple[str, ...]) -> list:
        return [result for result in results if result.name[:2] in names]

    head = ["SQLite Forensic Corpus v2", "files", "rows recovered", "precision", "live copies", "never there", "files with a finding", "slowest"]
    named = {
        "01–06, nothing deleted (required: no false row)": UNDELETED,
        "07–0E, deletions (required: every survivor)": DELETIONS,
        **{category: (category,) for category in DELETIONS},
        "11–19, manipulated (required 93 %, under 1 s)": MANIPULATED,
        **{category: (category,) for category in MANIPULATED},
    }
    lines = [(label, cells(part(names))) for label, names in named.items() if part(names)]
    return "\n" + table(head, lines) + "\n"
