"""Mistakes of the ground-truth scorer and of the answer keys, put right at call time when groundtruth.py is asked to.

Nothing is written into the tools: a truth is changed after it was read, and two functions of the scorer are wrapped.
"""

import re
from collections import Counter
from pathlib import Path

CORRECTIONS = {
    "columns-before-drop": "g02: a row from before DROP COLUMN has seven values; the key names the six columns that are left, so that"
    " no value but the first two meets its own column. The seven names are used.",
    "body-of-a-live-row": "g02: where `sender` was NULL, the old row's values are, byte for byte, those of its live successor; the key"
    " calls them a survivor although nothing but the live row holds them. Such a row is no survivor.",
    "exact-integers": "score.py holds integers equal within one in 10^9, so that 1600000000001 is 1600000000900 and a live row passes for"
    " its predecessor. Integers are compared exactly.",
    "shadow-tables": "Deleted rows of the other shadow tables of a search index (l01) are in the file and not in the key, which counts them"
    " as never there. Rows of a shadow table that the key does not list are not judged.",
    "omitted-null": "Category 15: the key leaves out a first column that is NULL, so that each value stands under its neighbour's name. The"
    " NULL is put back.",
    "cut-values": "score.py calls a partial row invented when one of its texts is cut short (k03: the file ends within it), although the row"
    " says so. The beginning of a value of the one true row that has all the row's other values is not judged.",
}
SHADOW = re.compile(r".+_(content|data|idx|docsize|config|segments|segdir|stat|node|rowid|parent)$")


class Corrections:
    """The corrections, and how often each was needed. Where they are not wanted, everything stays as it is."""

    def __init__(self, gen, score, wanted: bool) -> None:
        self.gen, self.score, self.wanted = gen, score, wanted
        self.used: Counter = Counter()
        if wanted:
            self.wrap(score)

    def wrap(self, score) -> None:
        """Lets the scorer's own functions see the columns of a single row, and compare integers exactly."""
        columns, same = score.columns, score.same

        def columns_of_the_row(truth: dict, row: dict) -> list:
            if "cols" not in row:
                return columns(truth, row)
            alone = {row["t"]: dict(truth["tables"][row["t"]], cols=row["cols"])}
            return columns(dict(truth, tables=alone), row)

        def same_exactly(truth: object, got: object) -> bool:
            equal = same(truth, got)
            if equal and type(truth) is int and type(got) is int and truth != got:
                self.used["exact-integers"] += 1
                return False
            return equal

        score.columns, score.same = columns_of_the_row, same_exactly

    def applied(self, truth: dict, scenario: Path, rows: list[dict]) -> tuple[dict, list[dict]]:
        """The truth and the rows of a scenario, corrected."""
        if not self.wanted:
            return truth, rows
        name = truth["scenario"]
        if name.startswith("g02"):
            truth = self.before_drop(truth, (scenario / "x.db").read_bytes())
        if name.startswith("15"):
            truth = self.with_omitted_null(truth)
        judged = [row for row in rows if not self.is_unlisted_shadow(truth, row)]
        self.count("shadow-tables", len(rows) - len(judged))
        return truth, [row if row.get("complete", True) else self.without_cut_values(truth, row) for row in judged]

    def count(self, name: str, times: int) -> None:
        if times:
            self.used[name] += times

    @staticmethod
    def is_unlisted_shadow(truth: dict, row: dict) -> bool:
        table = row.get("table") or ""
        return row.get("view") != "live" and table not in truth["tables"] and SHADOW.fullmatch(table) is not None

    def without_cut_values(self, truth: dict, row: dict) -> dict:
        """A partial row without the values that are the beginning of a true row's, where all its other values are that row's."""
        for true in (true for kind in ("gone", "live") for true in truth[kind]):
            whole = [value for _, value, _ in self.score.columns(truth, true)]
            cut = {
                name
                for name, value in row["values"].items()
                if self.score.key(value) is not None and not any(self.score.same(other, value) for other in whole)
            }
            if cut and all(self.begins_one_of(whole, row["values"][name]) for name in cut):
                self.count("cut-values", 1)
                return dict(row, values={name: None if name in cut else value for name, value in row["values"].items()})
        return row

    @staticmethod
    def begins_one_of(whole: list, value: object) -> bool:
        if isinstance(value, dict):
            texts = [other["x"] for other in whole if isinstance(other, dict)]
            return any(text.startswith(value.get("blob", " ")) for text in texts)
        return isinstance(value, str) and any(isinstance(other, str) and other.startswith(value) for other in whole)

    def before_drop(self, truth: dict, file: bytes) -> dict:
        """The rows of g02 under their seven columns, and those that only a live row holds no longer survivors."""
        names = [name for name, _ in self.gen.MSG]
        live = Counter(self.body(row["vals"], truth["tables"][row["t"]]["cols"]) for row in truth["live"])
        gone = []
        for row in truth["gone"]:
            if len(row["vals"]) != len(names):
                gone.append(row)
                continue
            self.count("columns-before-drop", 1)
            surviving = row["surv"]
            body = self.body(row["vals"], names)
            if surviving in ("body", "header") and file.count(body) <= live[body]:
                self.count("body-of-a-live-row", 1)
                surviving = "none"
            gone.append(dict(row, cols=names, surv=surviving))
        return dict(truth, gone=gone)

    def body(self, values: list, names: list[str]) -> bytes:
        """The values as a record's body holds them (UTF-8), the rowid's column empty."""
        declared = dict(self.gen.MSG)
        encoded = b""
        for name, value in zip(names, values, strict=True):
            plain = bytes.fromhex(value["x"]) if isinstance(value, dict) else value
            stored = None if declared[name] == "INTEGER PRIMARY KEY" else plain
            encoded += self.gen.enc_val(stored, declared[name] == "REAL", 1)[1]
        return encoded

    def with_omitted_null(self, truth: dict) -> dict:
        """Rows with fewer values than their table has columns, the NULLs in front put back."""

        def padded(row: dict) -> dict:
            missing = len(truth["tables"][row["t"]]["cols"]) - len(row["vals"])
            if missing <= 0:
                return row
            self.count("omitted-null", 1)
            values = [None] * missing + row["vals"]
            return dict(row, vals=values, ncols=len(values))

        return dict(truth, live=[padded(row) for row in truth["live"]], gone=[padded(row) for row in truth["gone"]])
