"""Holds exports that are no tables against the report that they were made from: python3 records.py KIND REPORT_JSON EXPORT

timesketch: what Timesketch's own reader asks of each line (`read_and_validate_jsonl` in its lib/utils.py), and every known time of the report once.
vcard: RFC 6350's grammar of a content line, vobject reads it, and the record inside is that of the report.
case: `case_validate` of case-utils conforms; every record is a node, with its row, and recovered where it is not live.
kml: the schema of OGC (fastkml ships it), and every place of the report.
rsmf: Python's email and zipfile open every file, and every message of the report is an event; the manifests are gathered for their schema.
"""

import json
import re
import sys
from datetime import datetime
from pathlib import Path


def records(report: dict):
    lists = [key for key in report if isinstance(report[key], list) and key not in ("files", "findings", "inventory")]
    return [(key, record) for key in lists for record in report[key]]


def times(value):
    if isinstance(value, dict):
        if "utc" in value and "unit" in value:
            yield value
        else:
            for member in value.values():
                yield from times(member)
    elif isinstance(value, list):
        for member in value:
            yield from times(member)


def timesketch(report: dict, folder: Path) -> int:
    found = {}
    lines = (folder / "timesketch.jsonl").read_bytes().decode("utf-8").split("\n")
    assert lines.pop() == ""
    for line in lines:
        event = json.loads(line)
        for name in ("message", "datetime", "timestamp_desc"):
            assert isinstance(event[name], str) and event[name], name
        moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d*", r"\1", event["datetime"]))
        assert moment.utcoffset() is not None and moment.utcoffset().total_seconds() == 0
        since = moment - datetime.fromisoformat("1970-01-01T00:00:00+00:00")
        assert (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds == event["timestamp"]
        assert len(event["message"]) <= 1_001
        if event["data_type"] != "affiant:device":
            found.setdefault(event["record_id"], []).append(event)
    held = 0
    for _, record in records(report):
        claimed = {name: value for name, value in record.items() if name not in ("raw", "provenance")}
        expected = sorted(time["utc"].replace("Z", "+00:00") for time in times(claimed) if time["utc"])
        events = found.pop(record["id"], [])
        assert sorted(event["datetime"] for event in events) == expected, record["id"]
        base = record["provenance"]["rows"][0]
        for event in events:
            assert event["source_offset"] == base["offset"] and event["source_view"] == base["view"]
            if isinstance(record.get("body"), str) and record["body"]:
                assert event["body"] == record["body"]
        held += len(events)
    assert not found, f"events of no record: {list(found)[:3]}"
    return held


LINE = re.compile(r'(?:[A-Za-z0-9-]+\.)?[A-Za-z0-9-]+(?:;[A-Za-z0-9-]+=(?:[^"\x00-\x08\x0a-\x1f\x7f;:,]*|"[^"\x00-\x08\x0a-\x1f\x7f]*"))*:[^\x00-\x08\x0a-\x1f\x7f]*')


def vcard(report: dict, folder: Path) -> int:
    import vobject

    text = (folder / "contacts.vcf").read_bytes().decode("utf-8")
    raw = text.split("\r\n")
    assert raw.pop() == "" and all(len(line.encode()) <= 75 and "\n" not in line for line in raw)
    lines = re.sub("\r\n[ \t]", "", text).split("\r\n")[:-1]
    cards, card = [], None
    for line in lines:
        assert LINE.fullmatch(line), line[:100]
        name, value = line.split(":", 1)
        if line == "BEGIN:VCARD":
            assert card is None
            card = []
        card.append((name, value))
        if line == "END:VCARD":
            names = [name for name, _ in card]
            assert names[:2] == ["BEGIN", "VERSION"] and names.count("FN") == 1 and names.count("UID") == 1
            cards.append(dict(card))
            card = None
    assert card is None
    contacts = report["contacts"]
    assert len(cards) == len(contacts)
    for record, card in zip(contacts, cards):
        inside = re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], card["X-AFFIANT-RECORD"])
        assert json.loads(inside) == record
        assert card["X-AFFIANT-STATE"] == record["state"]
    read = list(vobject.readComponents(text))
    assert len(read) == len(contacts)
    for record, card in zip(contacts, read):
        if isinstance(record.get("display_name"), str) and record["display_name"].isprintable():
            assert card.fn.value == record["display_name"] or not record["display_name"].strip()
        phones = [entry["value"] for entry in record.get("phones", [])]
        found = [tel.value for tel in card.contents.get("tel", [])]
        assert len(found) == len(phones), record["id"]
        for phone, tel in zip(phones, found):
            # What holds line ends, control characters or bytes is said otherwise; the record inside has it.
            assert not (isinstance(phone, str) and phone.isprintable()) or tel == phone, f"{tel!r} for {phone!r}"
    return len(cards)


def kml(report: dict, folder: Path) -> int:
    import fastkml.validator
    from lxml import etree

    path = folder / "locations.kml"
    assert fastkml.validator.validate(file_to_validate=path) is True
    space = {"k": "http://www.opengis.net/kml/2.2"}
    marks = etree.parse(path).findall(".//k:Placemark", space)
    located = [record for _, record in records(report) if record.get("location")]
    assert len(marks) == len(located), f"{len(marks)} marks for {len(located)} places"
    for record, mark in zip(located, marks):
        cells = {cell.get("name"): cell.findtext("k:value", namespaces=space) for cell in mark.iterfind(".//k:Data", space)}
        assert cells["id"] == record["id"] and json.loads(cells["provenance"]) == record["provenance"]
        place = record["location"]
        if place.get("latitude") is not None:
            longitude, latitude = map(float, mark.findtext(".//k:coordinates", namespaces=space).split(","))
            assert (latitude, longitude) == (place["latitude"], place["longitude"])
        said = mark.findtext("k:description", namespaces=space)
        assert "<" not in said.replace("<br/>", ""), "a description holds HTML of the evidence"
    return len(marks)


def rsmf(report: dict, folder: Path) -> int:
    import email
    import email.policy
    import io
    import zipfile

    messages = {record["id"]: record for record in report["messages"]}
    manifests = []
    for path in sorted((folder / "rsmf").iterdir()):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert not mail.defects and mail["X-RSMF-Version"] == "2.0.0", f"{path}: {mail.defects}"
        attached = list(mail.iter_attachments())
        assert [part.get_filename() for part in attached] == ["rsmf.zip"] and attached[0]["Content-Transfer-Encoding"] == "base64"
        with zipfile.ZipFile(io.BytesIO(attached[0].get_content())) as archive:
            assert archive.testzip() is None and archive.namelist() == ["rsmf_manifest.json"]
            manifest = json.loads(archive.read("rsmf_manifest.json"))
        manifests.append(manifest)
        assert mail["X-RSMF-EventCount"] == str(len(manifest["events"])) and manifest["events"]
        participants = {party["id"]: party for party in manifest["participants"]}
        (conversation,) = manifest["conversations"]
        assert set(conversation["participants"]) == set(participants)
        known, threads, before = set(), set(), ""
        for event in manifest["events"]:
            record = messages.pop(event["id"])
            known.add(event["id"])
            file = record["provenance"]["rows"][0]["file"]
            threads.add(json.dumps([record["service"], file, record["conversation"]]) if record.get("conversation") else "")
            assert event["conversation"] == conversation["id"] and event.get("parent", event["id"]) in known
            assert "participant" not in event or event["participant"] in participants
            if isinstance(record.get("body"), str):
                assert event["body"] == record["body"]
            first = next((record[name]["utc"] for name in ("sent_at", "received_at", "stored_at") if (record.get(name) or {}).get("utc")), None)
            assert event.get("timestamp") == first
            assert (event["deleted"]) == (record["state"] == "deleted" or record.get("deleted_at") is not None)
            told = {pair["name"]: pair["value"] for pair in event["custom"]}
            base = record["provenance"]["rows"][0]
            assert told["offset"] == str(base["offset"]) and told["state"] == record["state"] and told["record"] == record["id"]
            assert event["timestamp"][:19] >= before if "timestamp" in event else True
            before = event.get("timestamp", before)[:19]
        assert len(threads) == 1, f"{path}: several conversations"
    assert not messages, f"messages of no file: {list(messages)[:3]}"
    (folder.parent / "manifests.json").write_text(json.dumps(manifests))
    return len(manifests)


def case(report: dict, folder: Path) -> int:
    """The validator of CASE itself, with its exit code, which alone tells a misspelt property; then what hangs on each record."""
    import subprocess

    import rdflib

    path = folder / "case.jsonld"
    validator = Path(sys.executable).with_name("case_validate")
    run = subprocess.run([validator, "--built-version", "case-1.5.0", path], capture_output=True, text=True, check=False)
    assert run.returncode == 0 and "Conforms: True" in run.stdout, run.stdout[:3000] + run.stderr[:3000]
    graph = rdflib.Graph().parse(path, format="json-ld")
    uco, own = "https://ontology.unifiedcyberontology.org/uco/", rdflib.Namespace("urn:affiant:vocabulary:")
    core, observable = rdflib.Namespace(uco + "core/"), rdflib.Namespace(uco + "observable/")
    held = 0
    for _, record in records(report):
        (facet,) = graph.subjects(own.recordId, rdflib.Literal(record["id"]))
        (node,) = graph.subjects(core.hasFacet, facet)
        assert ((node, rdflib.RDF.type, observable.RecoveredObject) in graph) == (record["state"] != "live")
        row = [graph.value(link, core.target) for link in graph.subjects(core.source, node) if str(graph.value(link, core.kindOfRelationship)) == "Extracted_From"]
        offsets = [int(graph.value(facet, observable.rangeOffset)) for facet in graph.objects(row[0], core.hasFacet) if graph.value(facet, observable.rangeOffset) is not None]
        assert offsets == [record["provenance"]["rows"][0]["offset"]]
        if isinstance(record.get("body"), str) and record["id"].startswith("message-"):
            (said,) = [text for facet in graph.objects(node, core.hasFacet) for text in graph.objects(facet, observable.messageText)]
            assert str(said) == record["body"]
        held += 1
    return held


if __name__ == "__main__":
    check = {"timesketch": timesketch, "vcard": vcard, "kml": kml, "rsmf": rsmf, "case": case}[sys.argv[1]]
    print(check(json.loads(Path(sys.argv[2]).read_bytes()), Path(sys.argv[3])))
