//! Names as the acquisition has them: bytes, a printable form, and the form from which the device path is made.

use crate::parse;

/// The name of a file in the acquisition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OriginalName {
    /// Printable: control characters are escaped, bytes that are not UTF-8 are escaped (folder) or read by code page
    /// 437 (zip).
    pub text: String,
    /// The bytes, where the printable form is not exactly them.
    pub bytes: Option<Vec<u8>>,
}

/// A name and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub original: OriginalName,
    /// `/`-separated components without `.`, `..`, a drive or empty ones; no leading `/`.
    pub relative: String,
    /// Why no honest tool writes such a name.
    pub hostile: Option<&'static str>,
}

/// A name of a file system: `/` separates, every other byte is a byte of a name.
pub(super) fn of_folder(bytes: &[u8]) -> Named {
    let reading = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes
            .utf8_chunks()
            .fold(String::new(), |text, chunk| text + chunk.valid() + &hex(chunk.invalid())),
    };
    named(bytes, &reading, hostile(&reading, &reading))
}

/// A name of a zip archive: `\` separates where the writer is of a system that has it, or where nothing else does.
pub(super) fn of_zip(name: &parse::zip::Name<'_>, is_dos: bool) -> Named {
    let reading = name.read();
    let slashed = match is_dos || !reading.contains('/') {
        true => reading.replace('\\', "/"),
        false => reading.clone(),
    };
    let local = without_drive(&slashed);
    named(name.bytes, &reading, hostile(&slashed, local)).with_relative(relative(local))
}

impl Named {
    fn with_relative(self, relative: String) -> Self {
        Named { relative, ..self }
    }
}

fn named(bytes: &[u8], reading: &str, hostile: Option<&'static str>) -> Named {
    let text = printable(reading);
    let bytes = (text.as_bytes() != bytes).then(|| bytes.to_vec());
    Named { original: OriginalName { text, bytes }, relative: relative(reading), hostile }
}

fn hostile(slashed: &str, local: &str) -> Option<&'static str> {
    if local.split('/').any(|part| part == "..") {
        return Some("`..`, which points out of the folder that it is in");
    }
    if slashed.contains('\0') {
        return Some("a NUL character");
    }
    if slashed.chars().any(char::is_control) {
        return Some("control characters");
    }
    (local.len() != slashed.len()).then_some("a drive letter")
}

/// Only a name: `..` takes away the component in front of it and never more.
fn relative(name: &str) -> String {
    let is_plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    if name.split('/').all(is_plain) {
        return name.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn without_drive(name: &str) -> &str {
    let mut characters = name.chars();
    match (characters.next(), characters.next()) {
        (Some(letter), Some(':')) if letter.is_ascii_alphabetic() => characters.as_str(),
        _ => name,
    }
}

fn printable(reading: &str) -> String {
    if !reading.chars().any(char::is_control) {
        return reading.to_owned();
    }
    let escape = |character: char| match character.is_control() {
        true => character.escape_default().to_string(),
        false => character.to_string(),
    };
    reading.chars().map(escape).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zip_name(bytes: &[u8], is_dos: bool) -> Named {
        of_zip(&parse::zip::Name { bytes, text: std::str::from_utf8(bytes).ok() }, is_dos)
    }

    #[test]
    fn a_name_never_leaves_its_root() {
        let named = zip_name(b"../../etc/../data/./x", false);
        assert_eq!((named.relative.as_str(), named.hostile.is_some()), ("data/x", true));
    }

    #[test]
    fn an_absolute_name_is_usual_and_not_hostile() {
        let named = zip_name(b"/private/var/mobile", false);
        assert_eq!((named.relative.as_str(), named.hostile), ("private/var/mobile", None));
    }

    #[test]
    fn a_backslash_separates_only_where_the_writer_means_it() {
        assert_eq!(zip_name(b"data\\data\\x", false).relative, "data/data/x");
        assert_eq!(zip_name(b"data/a\\b", false).relative, "data/a\\b");
        assert_eq!(zip_name(b"data/a\\b", true).relative, "data/a/b");
        assert_eq!(of_folder(b"data/a\\b").relative, "data/a\\b");
    }

    #[test]
    fn a_drive_is_taken_off_and_reported() {
        let named = zip_name(b"C:\\data\\x", true);
        assert_eq!((named.relative.as_str(), named.hostile), ("data/x", Some("a drive letter")));
    }

    #[test]
    fn bytes_are_kept_where_the_printable_form_is_not_them() {
        assert_eq!(
            zip_name(b"a\0b", false).original,
            OriginalName { text: "a\\u{0}b".into(), bytes: Some(b"a\0b".into()) }
        );
        assert_eq!(zip_name(b"caf\x82", false).original.text, "café");
        assert_eq!(of_folder(b"caf\x82/x").original.text, "caf\\x82/x");
        assert_eq!(of_folder("grüße".as_bytes()).original.bytes, None);
    }
}
