//! Parts of a workbook, and what reading their XML needs.

use super::MOST_PART;
use crate::parse::tree::Findings;
use crate::parse::zip::{self, Archive, Body};
use quick_xml::events::BytesStart;

/// A part, unpacked; what is wrong with it is a finding, beside the bytes that could be had.
pub(super) fn unpacked(
    input: &[u8],
    archive: &Archive<'_>,
    name: &str,
    findings: &mut Findings,
) -> Option<Vec<u8>> {
    let mut named = archive.members.iter().filter(|member| member.name.text == Some(name));
    let Some(member) = named.next() else {
        findings.loss("xlsx-part-missing", 0, format!("the workbook has no part {name}"));
        return None;
    };
    if named.next().is_some() {
        findings.loss("xlsx-part-repeated", 0, format!("the part {name} stands twice; the first is read"));
    }
    match zip::body(input, &member.place) {
        Ok(Body::Stored { bytes, .. }) => {
            Some(bytes.get(..MOST_PART.min(bytes.len())).unwrap_or(bytes).to_vec())
        }
        Ok(Body::Deflated(mut inflater)) => {
            let mut whole = Vec::new();
            let mut buffer = vec![0; 1 << 16];
            loop {
                match inflater.read(&mut buffer) {
                    Ok(0) => return Some(whole),
                    Ok(count) => whole.extend_from_slice(buffer.get(..count).unwrap_or(&buffer)),
                    Err(error) => {
                        findings.lost("xlsx-part-damaged", &error);
                        return Some(whole);
                    }
                }
                if whole.len() > MOST_PART {
                    let message = format!(
                        "the part {name} unpacks to more than {MOST_PART} bytes; the rest is not read"
                    );
                    findings.loss("xlsx-part-limit", 0, message);
                    return Some(whole);
                }
            }
        }
        Err(error) => {
            findings.lost("xlsx-part-damaged", &error);
            None
        }
    }
}

/// An attribute by its local name; none where it is not there or is no text.
pub(super) fn attribute(element: &BytesStart<'_>, name: &[u8]) -> Option<String> {
    let found =
        element.attributes().flatten().find(|attribute| attribute.key.local_name().as_ref() == name)?;
    found.unescape_value().ok().map(std::borrow::Cow::into_owned)
}

/// The position of a reader, in memory.
pub(super) fn at(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

/// A text with its `_x000D_` escapes read (ST_Xstring, 22.9.2.19).
pub(super) fn plain(text: &str) -> String {
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(start) = rest.find("_x") {
        let (before, escape) = rest.split_at(start);
        plain.push_str(before);
        let digits = escape.get(2..6).filter(|_| escape.get(6..7) == Some("_"));
        let read = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
        match (read, escape.get(7..)) {
            (Some(character), Some(after)) => {
                plain.push(character);
                rest = after;
            }
            _ => {
                plain.push_str("_x");
                rest = escape.get(2..).unwrap_or("");
            }
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_a_text_are_read_and_what_only_looks_like_one_stays() {
        assert_eq!(plain("a_x000D_b_x005F_x000D_"), "a\rb_x000D_");
        assert_eq!(plain("snake_xyz_ _x12_ _x"), "snake_xyz_ _x12_ _x");
    }
}
