//! Character data of XML: `&lt;` and its like become characters; whatever cannot be resolved stays as it stands.
//!
//! ```text
//! &amp; &lt; &gt; &quot; &apos;    &#169;    &#xA9;
//! ```
//!
//! Entities that a document declares itself are never expanded: that is how a small file fills a machine.
//! XML 1.0, section 4.1 and 4.6: <https://www.w3.org/TR/xml/#sec-references>.

use std::borrow::Cow;

/// The longest name between `&` and `;` that is looked at: `&#x10FFFF;` has eight, leading zeros are allowed for.
const LONGEST_NAME: usize = 16;

/// Text with its references resolved.
pub(crate) struct Unescaped<'a> {
    /// The characters.
    pub text: Cow<'a, str>,
    /// How many `&` could not be resolved and stand as written.
    pub unresolved: usize,
}

/// Resolves the references of a stretch of character data.
pub(crate) fn unescaped(raw: &str) -> Unescaped<'_> {
    if !raw.contains('&') {
        return Unescaped { text: Cow::Borrowed(raw), unresolved: 0 };
    }
    let mut text = String::with_capacity(raw.len());
    let mut unresolved = 0_usize;
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        if let Some((character, behind)) = reference(after) {
            text.push(character);
            rest = behind;
        } else {
            text.push('&');
            unresolved = unresolved.saturating_add(1);
            rest = after;
        }
    }
    text.push_str(rest);
    Unescaped { text: Cow::Owned(text), unresolved }
}

/// The character of the reference that `after` begins with (its `&` is gone), and what comes behind its `;`.
fn reference(after: &str) -> Option<(char, &str)> {
    let end = after.bytes().take(LONGEST_NAME).position(|byte| byte == b';')?;
    let (name, behind) = after.split_at_checked(end)?;
    Some((character(name)?, behind.strip_prefix(';')?))
}

/// The character that an entity name stands for.
pub(crate) fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_become_characters() {
        assert_eq!(unescaped("a&lt;b&#169;&#x1D11E;&amp;lt;").text, "a<b©𝄞&lt;");
    }

    #[test]
    fn what_cannot_be_resolved_stays_as_it_stands() {
        let bare = unescaped("R&D &unknown; &#xD800; &amp");
        assert_eq!((&*bare.text, bare.unresolved), ("R&D &unknown; &#xD800; &amp", 4));
    }
}
