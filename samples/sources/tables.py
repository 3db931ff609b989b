# Invented: no layout of a disclosed table is public. Handles, texts and numbers are made up.
"""Two disclosed tables of one invented case: a CSV file of one side, a workbook of the other, with what courts ask about planted."""

import csv
import datetime
import io

PLATFORM = "tables"

A, B, C, D = ("amber-heron@crypto.example", "brisk-otter@crypto.example", "calm-lynx@crypto.example", "dry-crane@crypto.example")
IMEI_A, IMEI_B = "490154203237518", "356938035643809"
# Local time in Amsterdam; in April and May two hours ahead of UTC.
FIRST = datetime.datetime(2020, 4, 1, 9, 0, 0)


def build(root):
    evidence = root / "evidence"
    evidence.mkdir(parents=True, exist_ok=True)
    (evidence / "schedule_amber-heron.csv").write_bytes(schedule())
    try:
        import openpyxl
    except ImportError:
        print("samples/tables: openpyxl is not installed; the workbook stays as it is")
        return
    workbook(openpyxl, evidence / "schedule_brisk-otter.xlsx")


def talk():
    """Number, local time of the sender, sender, recipient, text: A and B, four messages a day, silent from 9 to 17 April."""
    day, number, said = 0, 1000, []
    while day < 24:
        if not 8 <= day < 17:
            for turn in range(4):
                at = FIRST + datetime.timedelta(days=day, hours=2 * turn, minutes=7 * turn)
                ends = (A, B) if turn % 2 == 0 else (B, A)
                said.append((number, at, *ends, f"day {day + 1}, turn {turn + 1}"))
                number += 1
        day += 1
    return said


def stamp(at):
    return at.strftime("%d-%m-%Y %H:%M:%S")


def schedule():
    """Of the handset of A, as a spreadsheet exports it in Dutch: windows-1252, semicolons, two lines above the titles."""
    out = io.StringIO(newline="")
    write = csv.writer(out, delimiter=";", lineterminator="\r\n")
    write.writerow(["Overzicht berichten", A])
    write.writerow([])
    write.writerow(["Nr", "Datum en tijd", "Van", "Aan", "Bericht", "IMEI"])
    rows = []
    for number, at, sender, recipient, text in talk():
        # Numbers 1009 to 1012 are gone.
        if not 1009 <= number <= 1012:
            rows.append([number, stamp(at), sender, recipient, text, IMEI_A])
    # The same row twice, as conversions make it.
    rows.insert(6, list(rows[5]))
    # The same text two seconds later under another number.
    rows.append([1060, "01-05-2020 10:00:00", A, C, "geld om 5 uur, café", IMEI_A])
    rows.append([1061, "01-05-2020 10:00:02", A, C, "geld om 5 uur, café", IMEI_A])
    # A thread of one side.
    for turn in range(6):
        rows.append([1062 + turn, f"0{turn + 2}-05-2020 08:00:00", D, A, f"answer me {turn + 1}", IMEI_A])
    # A local time that its zone has twice, one that is none, and a row of which neither side is the owner.
    rows.append([1068, "25-10-2020 02:30:00", A, C, "which of the two?", IMEI_A])
    rows.append([1069, "31-02-2020 10:00:00", A, C, "no such day", IMEI_A])
    rows.append([1070, "03-11-2020 10:00:00", B, C, 'he said: "not mine"\nsecond line', IMEI_A])
    write.writerows(rows)
    return out.getvalue().encode("windows-1252")


def workbook(openpyxl, path):
    """Of the handset of B: times in UTC as dates of a spreadsheet, three seconds late; and whom B calls what."""
    book = openpyxl.Workbook()
    book.properties.created = book.properties.modified = datetime.datetime(2021, 1, 1)
    messages = book.active
    messages.title = "Messages"
    messages.append(["ID", "Time (UTC)", "Sender", "Receiver", "Text", "Device"])
    for number, at, sender, recipient, text in talk()[:12]:
        utc = at - datetime.timedelta(hours=2) + datetime.timedelta(seconds=3)
        messages.append([f"B{number}", utc, sender, recipient, text, IMEI_B])
    contacts = book.create_sheet("Contacts")
    contacts.append(["Address book of", None])
    contacts.append([B, None])
    contacts.append(["Handle", "Nickname"])
    contacts.append([A, "Heron"])
    contacts.append([C, "Lynx <the tall>"])
    book.save(path)
