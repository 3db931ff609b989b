"""Encoded values of an iOS `message` row: `attributedBody`, `message_summary_info`, `payload_data`.

`typedstream` follows byte by byte the typedstreams of ReagentX/imessage-exporter, imessage-database/test_data/typedstream
(NSMutableAttributedString, one run, `__kIMMessagePartAttributeName` 0), with invented text.
"""

import plistlib


def counted(number):
    """A typedstream integer: one byte up to 0x7F, else 0x81 and sixteen bits, little-endian."""
    return bytes([number]) if number < 0x80 else b"\x81" + number.to_bytes(2, "little")


def typedstream(text):
    """An NSMutableAttributedString of one run, as Messages archives the body of a message."""
    raw = text.encode()
    utf16_units = len(text.encode("utf-16-le")) // 2
    return b"".join([
        b"\x04\x0bstreamtyped\x81\xe8\x03",             # version 4, signature, system version 1000
        b"\x84\x01@",                                   # type "@": an object follows
        b"\x84\x84\x84\x19NSMutableAttributedString\x00",
        b"\x84\x84\x12NSAttributedString\x00",
        b"\x84\x84\x08NSObject\x00\x85",                # 85: no more superclasses
        b"\x92\x84\x84\x84\x0fNSMutableString\x01\x84\x84\x08NSString\x01\x95",
        b"\x84\x01+", counted(len(raw)), raw, b"\x86",  # type "+": counted bytes; 86: end of object
        b"\x84\x02iI\x01", counted(utf16_units),        # run 1 and its length
        b"\x92\x84\x84\x84\x0cNSDictionary\x00\x95\x84\x01i\x01",
        b"\x92\x84\x98\x98\x1d__kIMMessagePartAttributeName\x86",
        b"\x92\x84\x84\x84\x08NSNumber\x00\x84\x84\x07NSValue\x00\x95",
        b"\x84\x01*\x84\x9b\x9b\x00\x86\x86\x86",       # NSNumber "i" 0
    ])


def summary(**keys):
    """`message_summary_info`: a binary property list."""
    return plistlib.dumps(keys, fmt=plistlib.FMT_BINARY)


def keyed_archive(*objects):
    """A keyed archive of these objects; the first is the root, an integer in a tuple `("#", n)` points at object n."""

    def members(value):
        if isinstance(value, dict):
            return {key: members(member) for key, member in value.items()}
        if isinstance(value, list):
            return [members(member) for member in value]
        return plistlib.UID(value[1]) if isinstance(value, tuple) else value

    archive = {"$version": 100000, "$archiver": "NSKeyedArchiver", "$top": {"root": plistlib.UID(1)},
               "$objects": ["$null"] + [members(value) for value in objects]}
    return plistlib.dumps(archive, fmt=plistlib.FMT_BINARY)


def class_named(*names):
    return {"$classname": names[0], "$classes": list(names)}


def link_payload():
    """A rich link preview, as in imessage-exporter test_data/url_message/Twitter.plist."""
    return keyed_archive(
        {"richLinkIsPlaceholder": False, "richLinkMetadata": ("#", 2), "$class": ("#", 7)},
        {"version": 1, "URL": ("#", 3), "title": ("#", 5), "$class": ("#", 8)},
        {"NS.base": ("#", 0), "NS.relative": ("#", 4), "$class": ("#", 6)},
        "https://lake.example.org/map", "Map of the lake", class_named("NSURL", "NSObject"),
        class_named("RichLink", "NSObject"), class_named("LPLinkMetadata", "NSObject"))


def app_payload():
    """The balloon of an app, as in imessage-exporter test_data/app_message/OpenTableInvited.plist."""
    return keyed_archive(
        {"NS.keys": [("#", 2), ("#", 3), ("#", 4), ("#", 5)], "NS.objects": [("#", 6), ("#", 7), ("#", 8), ("#", 10)], "$class": ("#", 15)},
        "an", "ldtext", "userInfo", "URL", "Boat Hire", "One boat, Saturday",
        {"NS.keys": [("#", 9)], "NS.objects": [("#", 12)], "$class": ("#", 15)}, "caption",
        {"NS.base": ("#", 0), "NS.relative": ("#", 11), "$class": ("#", 13)}, "https://boats.example.org/b/7", "Rowing boat",
        class_named("NSURL", "NSObject"), "unused", class_named("NSMutableDictionary", "NSDictionary", "NSObject"))
