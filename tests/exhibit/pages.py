"""Reads the volumes of an exhibit with pypdf and prints, as JSON, what they are: python3 pages.py FOLDER

Of each volume: pages (text of each, lines joined), bookmarks, metadata, and what XMP says it conforms to. It fails where a page lacks the
label, its Bates number, its number of how many, the zone, or the SHA-256 of the report.
"""

import json
import re
import sys
from pathlib import Path

from pypdf import PdfReader


def bookmarks(entries, depth=0):
    for entry in entries:
        if isinstance(entry, list):
            yield from bookmarks(entry, depth + 1)
        else:
            yield [depth, entry.title]


def joined(text):
    # A long word may break anywhere: the blank of width nothing that allows it is no part of it.
    return re.sub(r"\s+", " ", text.replace("\u200b", ""))


def main(folder: Path):
    told = json.loads((folder / "exhibit.json").read_text())
    number = re.fullmatch(r"(.*?)(\d+)", told["volumes"][0]["first"])
    prefix, width, page_of_all = number[1], len(number[2]), int(number[2])
    volumes = []
    for volume in told["volumes"]:
        reader = PdfReader(folder / volume["file"], strict=True)
        assert len(reader.pages) == volume["pages"], "exhibit.json counts other pages"
        pages = [joined(page.extract_text()) for page in reader.pages]
        for index, text in enumerate(pages):
            bates = f"{prefix}{page_of_all:0{width}d}"
            page_of_all += 1
            for wanted in [
                f"Exhibit {told['label']}",
                bates,
                f"Page {index + 1} of {len(pages)}",
                "Times: UTC (+00:00)",
                told["report"]["sha256"],
                f"affiant {told['tool']['version']}",
            ]:
                assert wanted in text, f"page {index + 1} of {volume['file']} lacks {wanted!r}: {text[:300]}"
        assert volume["last"] == bates, "exhibit.json names another last page"
        xmp = reader.trailer["/Root"]["/Metadata"].get_data().decode()
        volumes.append(
            {
                "pages": pages,
                "bookmarks": list(bookmarks(reader.outline)),
                "title": reader.metadata.title,
                "created": str(reader.metadata.creation_date),
                "pdfa": [
                    re.search(rf"<pdfaid:{name}>([^<]*)<", xmp)[1] for name in ("part", "conformance")
                ],
                "tagged": bool(reader.trailer["/Root"].get("/MarkInfo", {}).get("/Marked")),
                "fonts_embedded": all(embedded(font) for page in reader.pages for font in fonts(page)),
                "scripts": "/JavaScript" in str(reader.trailer["/Root"].get("/Names", "")) or "/OpenAction" in reader.trailer["/Root"],
            }
        )
    print(json.dumps(volumes))


def fonts(page):
    for font in page["/Resources"].get("/Font", {}).values():
        font = font.get_object()
        yield from (below.get_object() for below in font.get("/DescendantFonts", [font]))


def embedded(font):
    descriptor = font.get("/FontDescriptor", {})
    return font["/Subtype"] == "/Type3" or any(f"/FontFile{number}" in descriptor for number in ("", "2", "3"))


main(Path(sys.argv[1]))
