"""Holds exported tables against the report that they were made from: python3 tables.py KIND REPORT_JSON EXPORT

Reads CSV and TSV with the standard library, XLSX with openpyxl, Parquet with pyarrow, LAVA with sqlite3, and rebuilds every record from its
row: cell by cell, `verbatim` where a cell says something otherwise. Prints how many records were held against the report.
"""

import csv
import json
import re
import sqlite3
import sys
from datetime import datetime, timezone
from pathlib import Path

csv.field_size_limit(1 << 30)


def of_csv(folder: Path):
    for file in sorted((folder / "csv").iterdir()):
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, strict=True):
                assert None not in row and None not in row.values(), f"{file}: a row of another length"
                for name, cell in row.items():
                    assert not formula(cell), f"{file}: {name} runs: {cell[:40]!r}"
                yield file.stem, row


def formula(cell: str) -> bool:
    return cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") and not re.fullmatch(r"[+-][0-9 ().]+(e[0-9]+)?", cell)


def of_tsv(folder: Path):
    unescaped = {"\\t": "\t", "\\n": "\n", "\\r": "\r", "\\\\": "\\"}
    for file in sorted((folder / "tsv").iterdir()):
        lines = file.read_bytes().decode("utf-8").split("\n")
        assert lines.pop() == "", "the last line has no end"
        names = lines[0].split("\t")
        for line in lines[1:]:
            cells = [re.sub(r"\\.", lambda found: unescaped[found[0]], cell) for cell in line.split("\t")]
            assert len(cells) == len(names), f"{file}: {len(cells)} cells"
            yield file.stem, dict(zip(names, cells))


def of_xlsx(folder: Path):
    import openpyxl
    from openpyxl.utils.escape import unescape

    book = openpyxl.load_workbook(folder / "report.xlsx", read_only=True)
    assert book.sheetnames[0] == "Report"
    tables, parts = {}, {}
    assert book.sheetnames[-1] == "Columns"
    for page in book.worksheets[1:-1]:
        title = re.sub(r" \d+$", "", page.title)
        rows = page.iter_rows()
        names = [cell.value for cell in next(rows)]
        for row in rows:
            assert all(cell.data_type != "f" for cell in row), f"{title}: a formula"
            # openpyxl leaves the escapes of ECMA-376, part 1, 22.9.2.19 to its callers; Excel resolves them.
            cells = [unescape(cell.value) if isinstance(cell.value, str) else cell.value for cell in row]
            cells += [None] * (len(names) - len(row))
            if title == "Continued":
                record, _, column, part, _, text = cells
                parts.setdefault((record, column), []).append((part, text))
            else:
                tables.setdefault(title.lower().replace(" ", "_"), []).append(dict(zip(names, cells)))
    for table, rows in tables.items():
        for row in rows:
            for name in row:
                if row.get("id") and (row["id"], name) in parts:
                    found = parts.pop((row["id"], name))
                    assert [part for part, _ in found] == list(range(2, len(found) + 2))
                    row[name] += "".join(text for _, text in found)
            yield table, row
    assert not parts, "parts of no cell"


def of_parquet(folder: Path):
    import pyarrow.parquet

    for file in sorted((folder / "parquet").iterdir()):
        table = pyarrow.parquet.read_table(file)
        for row in table.to_pylist():
            yield file.stem, {name: moment(cell) if isinstance(cell, datetime) else cell for name, cell in row.items()}


def moment(cell: datetime) -> str:
    return cell.astimezone(timezone.utc).isoformat()


def of_lava(folder: Path):
    manifest = json.loads((folder / "lava/_lava_data.lava").read_text())
    database = sqlite3.connect(f"file:{folder / 'lava' / manifest['lava_db_name']}?mode=ro&immutable=1", uri=True)
    database.row_factory = sqlite3.Row
    for entries in manifest["artifacts"].values():
        for entry in entries:
            moments = [column["name"] for column in entry.get("object_columns", []) if column["type"] == "datetime"]
            rows = database.execute(f'SELECT * FROM "{entry["tablename"]}" ORDER BY rowid').fetchall()
            assert len(rows) == entry["record_count"]
            for row in rows:
                row = {entry["column_map"][name]: row[name] for name in row.keys()}
                if entry["tablename"] == "messages":
                    view = entry["data_views"]["conversation"]
                    assert row[view["conversationDiscriminatorColumn"]] and view["directionSentValue"] == "outgoing"
                    assert all(row.keys() >= {column} for name, column in view.items() if name.endswith("Column"))
                for name in ("shown_thread", "shown_sender"):
                    row.pop(name, None)
                for name in moments:
                    if row[entry["column_map"][name]] is not None:
                        seconds = row[entry["column_map"][name]]
                        row[entry["column_map"][name]] = datetime.fromtimestamp(seconds, timezone.utc).isoformat()
                known = [row.get(name) for name in ("sent_at", "received_at", "stored_at") if row.get(name)]
                assert row.pop("shown_time", None) == (known or [None])[0] or entry["tablename"] != "messages"
                yield entry["tablename"], row


READERS = {"csv": of_csv, "tsv": of_tsv, "xlsx": of_xlsx, "parquet": of_parquet, "lava": of_lava}
PRECISION = {"parquet": 6, "lava": 6}


class Row:
    """One row, whose cells are taken one after the other."""

    def __init__(self, kind: str, row: dict):
        self.kind, self.row = kind, dict(row)
        self.verbatim = json.loads(self.row.pop("verbatim", None) or "{}")

    def take(self, name: str):
        cell = self.row.pop(name, None)
        return None if cell == "" else cell

    def scalar(self, name: str, value) -> None:
        cell = self.take(name)
        if name in self.verbatim:
            assert self.verbatim.pop(name) == value, f"{name}: verbatim is another value"
        elif value is None or value == "":
            assert cell is None, f"{name}: {cell!r} for {value!r}"
        elif isinstance(value, bool):
            assert cell in (value, str(value).lower(), int(value)), f"{name}: {cell!r} for {value!r}"
        elif isinstance(value, (int, float)):
            assert (json.loads(cell) if isinstance(cell, str) else cell) == value, f"{name}: {cell!r} for {value!r}"
        else:
            assert cell == value, f"{name}: {str(cell)[:80]!r} for {str(value)[:80]!r}"

    def json(self, name: str, value) -> None:
        cell = self.take(name)
        assert (json.loads(cell) if cell else None) == value, f"{name}: {str(cell)[:200]} for {str(value)[:200]}"

    def time(self, name: str, value: dict) -> None:
        cell, digits = self.take(name), PRECISION.get(self.kind, 9)
        for member in ("raw", "unit", "zone"):
            held = value.get(member)
            self.scalar(f"{name}_{member}", held)
        if value["utc"] is None:
            assert cell is None, name
        elif digits == 9:
            assert cell == value["utc"], f"{name}: {cell} for {value['utc']}"
        else:
            assert abs((parse(cell) - parse(value["utc"])).total_seconds()) < 10**-digits, f"{name}: {cell} for {value['utc']}"

    def object(self, prefix: str, value: dict) -> None:
        for name, held in value.items():
            column = f"{prefix}_{name}" if prefix else name
            if column in ("extra", "raw", "provenance") or isinstance(held, list):
                self.take(f"{column}_shown")
                self.json(column, held)
            elif isinstance(held, dict) and "unit" in held:
                self.time(column, held)
            elif isinstance(held, dict) and not ({"blob", "sha256", "bytes"} & set(held)):
                self.object(column, held)
            elif isinstance(held, dict):
                self.take(column)
                assert self.verbatim.pop(column) == held, f"{column}: the bytes are gone"
                for member in ("raw", "unit", "zone"):
                    self.take(f"{column}_{member}")
            else:
                self.scalar(column, held)


def parse(text: str) -> datetime:
    return datetime.fromisoformat(re.sub(r"(\.\d{6})\d*", r"\1", text).replace("Z", "+00:00"))


def check(kind: str, report: dict, folder: Path) -> int:
    rows = {}
    for table, row in READERS[kind](folder):
        rows.setdefault(table, []).append(row)
    held = 0
    files = {file["id"]: file for file in report["files"]}
    for table, found in rows.items():
        if table in ("device", "files", "findings"):
            assert len(found) >= len(report[table]), table
            continue
        records = report[table]
        assert len(found) == len(records), f"{table}: {len(found)} rows for {len(records)} records"
        for record, cells in zip(records, found):
            row = Row(kind, cells)
            base = record["provenance"]["rows"][0]
            try:
                origin(row, base, files[base["file"]])
                row.object("", record)
                left = {name: cell for name, cell in row.row.items() if cell not in (None, "")}
                assert not left and not row.verbatim, f"cells of nothing: {left} {row.verbatim}"
            except AssertionError as error:
                raise SystemExit(f"{kind}: {record['id']}: {error}") from error
            held += 1
    expected = sum(len(report[key]) for key in report if isinstance(report[key], list) and key not in ("files", "findings", "inventory"))
    assert held == expected, f"{held} of {expected} records"
    return held


def origin(row: Row, base: dict, file: dict) -> None:
    row.scalar("source_path", file["path"])
    row.scalar("source_sha256", file.get("sha256"))
    names = {"node": "path", "companion": "source"}
    for column in ("table", "node", "cell", "rowid", "view", "companion", "page", "offset", "length", "complete"):
        row.scalar(f"source_{column}", base.get(names.get(column, column)))


if __name__ == "__main__":
    print(check(sys.argv[1], json.loads(Path(sys.argv[2]).read_bytes()), Path(sys.argv[3])))
