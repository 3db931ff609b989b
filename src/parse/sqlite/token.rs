//! Tokens of SQL, as much of it as CREATE TABLE needs (SQLite's `tokenize.c`). The text is never executed.

/// A token with its place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'s> {
    pub kind: TokenKind,
    /// As it stands in the text, quotes included.
    pub text: &'s str,
    /// Of its first byte in the text.
    pub start: usize,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A bare word: a keyword or an identifier.
    Word,
    /// `"…"`, `` `…` `` or `[…]`.
    Quoted,
    /// `'…'`
    Text,
    /// `x'…'`
    Blob,
    Number,
    /// One other character.
    Sign(char),
}

impl<'s> Token<'s> {
    /// Whether this is a bare keyword.
    pub(super) fn is(&self, keyword: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(keyword)
    }

    pub(super) fn is_sign(&self, sign: char) -> bool {
        self.kind == TokenKind::Sign(sign)
    }

    /// Whether the token can be a name.
    pub(super) fn is_name(&self) -> bool {
        matches!(self.kind, TokenKind::Word | TokenKind::Quoted | TokenKind::Text)
    }

    pub(super) fn end(&self) -> usize {
        self.start.saturating_add(self.text.len())
    }

    /// The name or string, without its quotes.
    pub(super) fn unquoted(&self) -> String {
        unquote(self.text)
    }
}

/// Takes the quotes off a text that has them; a doubled quote inside stands for one.
pub(super) fn unquote(text: &str) -> String {
    let Some(open) = text.chars().next() else { return String::new() };
    let close = match open {
        '[' => ']',
        '"' | '\'' | '`' => open,
        _ => return text.to_owned(),
    };
    let inner = text.get(1..).unwrap_or("");
    let inner = inner.strip_suffix(close).unwrap_or(inner);
    if close == ']' {
        return inner.to_owned();
    }
    inner.replace(&format!("{close}{close}"), &close.to_string())
}

/// All tokens of a text. An unclosed quote or comment reaches to the end, as it does for SQLite.
pub(super) fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut start: usize = 0;
    while let Some(rest) = sql.get(start..).filter(|rest| !rest.is_empty()) {
        let (length, kind) = token(rest);
        let end = start.saturating_add(length.max(1));
        if let (Some(kind), Some(text)) = (kind, sql.get(start..end)) {
            found.push(Token { kind, text, start });
        }
        start = end;
    }
    found
}

/// The length of what `rest` begins with, and its kind unless it is space or a comment.
fn token(rest: &str) -> (usize, Option<TokenKind>) {
    let first = rest.chars().next().unwrap_or('\0');
    match first {
        ' ' | '\t' | '\n' | '\r' | '\x0c' => (1, None),
        // A byte-order mark is space to SQLite.
        '\u{feff}' => (first.len_utf8(), None),
        '-' if rest.starts_with("--") => (to(rest, "\n", 2), None),
        '/' if rest.starts_with("/*") => (to(rest, "*/", 2), None),
        '\'' => (quoted(rest, '\''), Some(TokenKind::Text)),
        '"' | '`' => (quoted(rest, first), Some(TokenKind::Quoted)),
        '[' => (to(rest, "]", 1), Some(TokenKind::Quoted)),
        'x' | 'X' if rest.get(1..2) == Some("'") => {
            let text = rest.get(1..).unwrap_or("");
            (quoted(text, '\'').saturating_add(1), Some(TokenKind::Blob))
        }
        '0'..='9' => (number(rest), Some(TokenKind::Number)),
        '.' if rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit) => {
            (number(rest), Some(TokenKind::Number))
        }
        _ if is_word(first) => {
            (rest.find(|next| !is_word(next)).unwrap_or(rest.len()), Some(TokenKind::Word))
        }
        _ => (first.len_utf8(), Some(TokenKind::Sign(first))),
    }
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '$') || !character.is_ascii()
}

/// The length up to and including `end`, which is looked for from `skip` on.
fn to(rest: &str, end: &str, skip: usize) -> usize {
    let found = rest.get(skip..).and_then(|tail| tail.find(end));
    found.map_or(rest.len(), |at| at.saturating_add(skip).saturating_add(end.len()))
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character != quote {
            continue;
        }
        if characters.peek().is_some_and(|(_, next)| *next == quote) {
            characters.next();
        } else {
            return at.saturating_add(1);
        }
    }
    rest.len()
}

/// Digits, hexadecimal digits, a fraction and an exponent with its sign.
fn number(rest: &str) -> usize {
    let hexadecimal = rest.get(..2).is_some_and(|begin| begin.eq_ignore_ascii_case("0x"));
    let mut before = ' ';
    let end = rest.find(|next: char| {
        let exponent_sign = matches!(next, '+' | '-') && matches!(before, 'e' | 'E') && !hexadecimal;
        before = next;
        !(is_word(next) || next == '.' || exponent_sign)
    });
    end.unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sql: &str) -> Vec<&str> {
        tokens(sql).iter().map(|token| token.text).collect()
    }

    #[test]
    fn comments_and_space_separate_tokens() {
        assert_eq!(texts("a--b\nc/* d */e /* open"), ["a", "c", "e"]);
        assert_eq!(texts("\u{feff}a\u{a0}b"), ["a\u{a0}b"]);
    }

    #[test]
    fn every_quote_is_taken_off() {
        for (quoted, name) in
            [("\"a\"\"b\"", "a\"b"), ("`a``b`", "a`b"), ("[a\"b]", "a\"b"), ("'it''s'", "it's"), ("\"\"", "")]
        {
            let tokens = tokens(quoted);
            assert_eq!(tokens.len(), 1, "{quoted}");
            assert_eq!(tokens[0].unquoted(), name);
        }
    }

    #[test]
    fn numbers_and_blobs_are_one_token() {
        assert_eq!(texts("-1.5e-3,0x1F x'00ff' .5"), ["-", "1.5e-3", ",", "0x1F", "x'00ff'", ".5"]);
    }

    #[test]
    fn an_unclosed_quote_reaches_to_the_end() {
        assert_eq!(texts("a 'bc"), ["a", "'bc"]);
        assert_eq!(tokens("[bc")[0].unquoted(), "bc");
        assert_eq!(texts("\"a\"\""), ["\"a\"\""]);
    }
}
