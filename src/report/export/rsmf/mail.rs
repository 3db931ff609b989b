//! The mail around a manifest (RFC 5322, MIME: RFC 2045, encoded words: RFC 2047).

use super::super::reading::member;
use super::super::{Source, Target};
use super::manifest::Slice;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io::{self, Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// What every mail says of its report.
pub(super) struct Said {
    lines: Vec<String>,
}

impl Said {
    pub(super) fn of(source: &Source) -> Self {
        let evidence = member(source.head.get("evidence"), "name").into_owned();
        let mut lines = vec![
            format!("Made from report.json, SHA-256 {}.", source.sha256),
            format!("Evidence: {evidence}."),
            "Each event names its record and where that lies in the evidence. Names are attributions: a participant says where its name is from."
                .to_owned(),
        ];
        lines.extend(Target::Rsmf.cannot_carry().iter().map(|what| format!("Not carried: {what}.")));
        Said { lines }
    }
}

/// A boundary that cannot stand in what it parts: base64 has no underscore.
const BOUNDARY: &str = "affiant_rsmf";

/// Writes the mail.
pub(super) fn write(out: &mut dyn Write, slice: &Slice, said: &Said) -> io::Result<()> {
    let mut headers = vec![
        ("MIME-Version", "1.0".to_owned()),
        ("From", "affiant <affiant@localhost.invalid>".to_owned()),
        ("Subject", slice.thread.clone()),
        ("X-RSMF-Version", "2.0.0".to_owned()),
        ("X-RSMF-Generator", format!("affiant {}", env!("CARGO_PKG_VERSION"))),
        ("X-RSMF-EventCount", slice.events().to_string()),
        ("X-RSMF-AttachmentCount", "0".to_owned()),
        ("X-RSMF-Application", slice.platform().to_owned()),
        ("X-RSMF-Participants", slice.names().join(", ")),
        ("X-RSMF-EventCollectionID", slice.collection()),
    ];
    // RFC 5322 wants a date of the mail: that of its last event, since the clock of this machine has no place in it.
    headers.extend(slice.ends.as_deref().and_then(date).map(|date| ("Date", date)));
    headers.extend(slice.begins.clone().map(|utc| ("X-RSMF-BeginDate", utc)));
    headers.extend(slice.ends.clone().map(|utc| ("X-RSMF-EndDate", utc)));
    for (name, value) in headers {
        write!(out, "{name}: {}\r\n", header(&value))?;
    }
    write!(out, "Content-Type: multipart/mixed; boundary=\"{BOUNDARY}\"\r\n\r\n--{BOUNDARY}\r\n")?;
    out.write_all(
        b"Content-Type: text/plain; charset=\"utf-8\"\r\nContent-Transfer-Encoding: base64\r\n\r\n",
    )?;
    encoded(out, format!("{}\r\n", said.lines.join("\r\n")).as_bytes())?;
    write!(out, "--{BOUNDARY}\r\nContent-Type: application/zip; name=\"rsmf.zip\"\r\n")?;
    out.write_all(b"Content-Disposition: attachment; filename=\"rsmf.zip\"\r\nContent-Transfer-Encoding: base64\r\n\r\n")?;
    encoded(out, &zipped(&slice.manifest())?)?;
    write!(out, "--{BOUNDARY}--\r\n")
}

fn zipped(manifest: &serde_json::Value) -> io::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o600);
    zip.start_file("rsmf_manifest.json", options)?;
    serde_json::to_writer(&mut zip, manifest)?;
    Ok(zip.finish()?.into_inner())
}

/// Base64 in lines of 76 characters.
fn encoded(out: &mut dyn Write, bytes: &[u8]) -> io::Result<()> {
    for line in bytes.chunks(57) {
        write!(out, "{}\r\n", STANDARD.encode(line))?;
    }
    Ok(())
}

/// The value of a header: as it is where it is short and printable ASCII, else in encoded words, each on a line of its own.
fn header(value: &str) -> String {
    let is_plain =
        value.len() <= 200 && value.bytes().all(|byte| matches!(byte, b' '..=b'~')) && !value.contains("=?");
    if is_plain && !value.trim().is_empty() {
        return value.to_owned();
    }
    let mut words: Vec<String> = Vec::new();
    for character in value.chars() {
        // An encoded word has at most 75 characters: 45 bytes in base64, 12 of frame.
        match words.last_mut() {
            Some(word) if word.len() + character.len_utf8() <= 45 => word.push(character),
            _ => words.push(character.to_string()),
        }
    }
    let words: Vec<String> =
        words.iter().map(|word| format!("=?UTF-8?B?{}?=", STANDARD.encode(word))).collect();
    words.join("\r\n ")
}

/// `14 Nov 2023 22:13:20 +0000`.
fn date(utc: &str) -> Option<String> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = MONTHS.get(utc.get(5..7)?.parse::<usize>().ok()?.checked_sub(1)?)?;
    Some(format!("{} {month} {} {} +0000", utc.get(8..10)?, utc.get(..4)?, utc.get(11..19)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_begin_a_header() {
        let value = header("x\r\nBcc: y");
        assert!(value.starts_with("=?UTF-8?B?") && !value.contains('\n'));
        assert_eq!(header("plain"), "plain");
        assert!(header(&"é".repeat(100)).split("\r\n ").all(|word| word.len() <= 75));
    }

    #[test]
    fn a_date_is_that_of_a_mail() {
        assert_eq!(date("2023-11-14T22:13:20.5Z").unwrap(), "14 Nov 2023 22:13:20 +0000");
    }
}
