//! The rules, in words and numbers, as they stand in the report.

use serde_json::{Value, json};

/// Milliseconds within which equal texts between equal parties count as the same.
pub(super) const SAME_WITHIN_MS: i64 = 5_000;
/// Milliseconds within which a message sent and one received are held to be two sides of one.
pub(super) const SIDES_WITHIN_MS: i64 = 600_000;
/// Messages that a thread needs before its rhythm is told.
pub(super) const RHYTHM_MESSAGES: u64 = 10;
/// A span is silent that is longer than this …
pub(super) const SILENT_MS: i64 = 86_400_000;
/// … and than this many times the span that nine in ten stay below.
pub(super) const SILENT_TIMES: i64 = 5;
/// Messages of one direction that make a thread one-sided.
pub(super) const ONE_SIDED: u64 = 5;
/// Most entries of one rule for one thread or table; the others are counted.
pub(super) const LISTED: usize = 64;

/// The rules.
pub(super) fn rules() -> Value {
    json!([
        {"rule": "same-native-id", "section": "duplicates", "says": "Records of one service with the same native identifier, sender, recipients, direction and text stand at several places. Older versions of one row are not counted."},
        {"rule": "same-text-parties-time", "section": "duplicates", "says": "Records of one service with the same text, sender, recipients and direction, and different or no native identifiers, lie within the tolerance of the one before.", "tolerance_s": SAME_WITHIN_MS / 1_000},
        {"rule": "same-native-id-other-content", "section": "duplicates", "says": "Rows of one file and sheet have the same native identifier and differ in text or parties."},
        {"rule": "silent-span", "section": "gaps", "says": "Between two neighbouring messages of a thread on one device lies a span longer than the least silence, and than so many times the span that nine in ten of its spans stay below.", "messages_at_least": RHYTHM_MESSAGES, "least_silence_s": SILENT_MS / 1_000, "times": SILENT_TIMES},
        {"rule": "sequence-hole", "section": "gaps", "says": "Whole numbers are missing between native identifiers of one sheet, or class of a Realm file, at least half of which follow the one before directly. For rows of databases see the findings sqlite-rowid-gaps."},
        {"rule": "one-sided", "section": "gaps", "says": "Every message of a thread on one device has the same direction.", "messages_at_least": ONE_SIDED},
        {"rule": "clock", "section": "time", "says": "How the times of one field are written, and how their zone is known. Whose clock it was, handset or server, is told only where the source tells it."},
        {"rule": "two-sides", "section": "time", "says": "A message sent and a message received with the same sender, recipients and text, from different devices, nearest in time and within the tolerance. The seconds are received minus sent.", "tolerance_s": SIDES_WITHIN_MS / 1_000},
        {"rule": "address-book", "section": "attribution", "says": "A contact ties a name to a handle; `account` and `file` say whose address book it is."},
        {"rule": "party-name", "section": "attribution", "says": "Records give a name beside a handle; `name_source` says where the name stands."},
        {"rule": "account", "section": "attribution", "says": "The evidence holds an account of this handle."},
        {"rule": "identifier-in-row", "section": "attribution", "says": "Records hold an identifier of a device in the row that names the owner of the device."},
        {"rule": "device-identifier", "section": "attribution", "says": "The evidence holds an identifier of a device."}
    ])
}
