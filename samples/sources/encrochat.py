# Invented: handles, texts and numbers are made up, and so is every class, column and layout. No schema of EncroChat's is public.
"""A case like those of 2020: the plan of it, and what the other side's handset gave as a CSV file and a workbook.

The Realm file of the first handset is written from the plan by `cargo test --test encrochat -- --ignored write_the_sample`.
"""

import csv
import datetime
import io
import json

PLATFORM = "encrochat"

A, B, C = ("quiet-ibis@crypto.example", "north-badger@crypto.example", "late-marten@crypto.example")
IMEI_A, IMEI_B = "490154203237518", "356938035643809"
FIRST = datetime.datetime(2020, 4, 1, 7, 0, 0, tzinfo=datetime.timezone.utc)
WEEK = datetime.timedelta(days=7)
# What the other side's clock is ahead.
DRIFT = datetime.timedelta(seconds=3)
# In April and May Amsterdam is two hours ahead of UTC.
AMSTERDAM = datetime.timedelta(hours=2)
# Messages that both tables of the other side hold.
OVERLAP = 5


def build(root):
    evidence = root / "evidence"
    evidence.mkdir(parents=True, exist_ok=True)
    said = messages()
    (root / "plan.json").write_text(json.dumps(plan(said), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    other = [message for message in said if message["peer"] == 0]
    middle = 36
    (evidence / "north-badger_1.csv").write_bytes(schedule(other[: middle + OVERLAP]))
    try:
        import openpyxl
    except ImportError:
        print("samples/encrochat: openpyxl is not installed; the workbook stays as it is")
        return
    workbook(openpyxl, other[middle:], evidence / "north-badger_2.xlsx")


def messages():
    """Four messages a day between the two handsets, silent from 9 to 16 April; then six of a third that nobody answers."""
    said = []
    for day in range(22):
        if 8 <= day < 16:
            continue
        for turn in range(4):
            at = FIRST + datetime.timedelta(days=day, hours=2 * turn, minutes=7 * turn)
            said.append({"peer": 0, "outgoing": turn % 2 == 0, "text": f"day {day + 1}, turn {turn + 1}", "sent": at})
    for turn in range(6):
        at = FIRST + datetime.timedelta(days=24 + turn, hours=1)
        said.append({"peer": 1, "outgoing": False, "text": f"answer me, {turn + 1}", "sent": at})
    for index, message in enumerate(said):
        message["number"] = 1001 + index
        message["fate"] = {1010: "never", 1011: "never", 1012: "previous", 1013: "free"}.get(message["number"], "live")
    return said


def plan(said):
    def milliseconds(at):
        return int(at.timestamp() * 1000)

    return {
        "account": {"handle": A, "imei": IMEI_A},
        "contacts": [
            {"handle": B, "nickname": "Badger", "before": "Bagder"},
            {"handle": C, "nickname": "Marten <new>"},
        ],
        "messages": [
            {
                **message,
                "sent": milliseconds(message["sent"]),
                "received": None if message["outgoing"] else milliseconds(message["sent"] + datetime.timedelta(seconds=1)),
                "burn": milliseconds(message["sent"] + WEEK),
            }
            for message in said
        ],
    }


def rows(said):
    """As the other handset numbers and times them."""
    for message in said:
        sender, recipient = (A, B) if message["outgoing"] else (B, A)
        yield 501 + message["number"] - 1001, message["sent"] + DRIFT, sender, recipient, message["text"], IMEI_B


def schedule(said):
    out = io.StringIO(newline="")
    write = csv.writer(out, delimiter=";", lineterminator="\r\n")
    write.writerow(["Nr", "Tijd", "Van", "Aan", "Bericht", "IMEI"])
    lines = [[number, (at + AMSTERDAM).strftime("%d-%m-%Y %H:%M:%S"), *rest] for number, at, *rest in rows(said)]
    # One row twice, as conversions make it.
    lines.insert(7, list(lines[6]))
    write.writerows(lines)
    return out.getvalue().encode("windows-1252")


def workbook(openpyxl, said, path):
    book = openpyxl.Workbook()
    fixed = datetime.datetime(2020, 6, 15)
    book.properties.created = book.properties.modified = fixed
    sheet = book.active
    sheet.title = "Messages"
    sheet.append(["ID", "Time (UTC)", "Sender", "Receiver", "Text", "Device"])
    for number, at, *rest in rows(said):
        sheet.append([number, at.replace(tzinfo=None), *rest])
    book.save(path)
