//! The words of a selection, each with its place.

use super::SelectFault;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// `(`, `)`, `,`
    Mark(char),
    /// `=`, `!=`, `~`, `<`, `<=`, `>`, `>=`
    Operator(&'static str),
    /// Bare.
    Bare(String),
    /// In quotation marks.
    Quoted(String),
}

/// A word, and at which character it begins, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) word: Word,
    pub(super) at: usize,
}

const OPERATORS: &[&str] = &["!=", "<=", ">=", "=", "~", "<", ">"];

/// Takes a selection apart.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, SelectFault> {
    let characters: Vec<char> = text.chars().collect();
    let fault =
        |at: usize, message: &str| SelectFault { text: text.to_owned(), at, message: message.to_owned() };
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        let rest = characters.get(at..).unwrap_or_default();
        let begins = |operator: &&&str| rest.iter().copied().take(operator.len()).eq(operator.chars());
        let (word, length) = if character.is_whitespace() {
            at += 1;
            continue;
        } else if matches!(character, '(' | ')' | ',') {
            (Word::Mark(character), 1)
        } else if let Some(operator) = OPERATORS.iter().find(begins) {
            (Word::Operator(operator), operator.len())
        } else if character == '"' {
            let (word, length) = quoted(rest)
                .ok_or_else(|| fault(at + 1, "the text that begins here has no closing quotation mark"))?;
            (Word::Quoted(word), length)
        } else {
            let word: String = rest.iter().take_while(|c| is_bare(**c)).collect();
            let length = word.chars().count();
            if length == 0 {
                return Err(fault(
                    at + 1,
                    &format!("unexpected `{character}`; write texts in \"quotation marks\""),
                ));
            }
            (Word::Bare(word), length)
        };
        tokens.push(Token { word, at: at + 1 });
        at += length;
    }
    Ok(tokens)
}

fn is_bare(character: char) -> bool {
    character.is_alphanumeric() || "_-+.:/@%#*?&$".contains(character)
}

/// The text in quotation marks that `rest` begins with, and how many characters it takes.
fn quoted(rest: &[char]) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut at = 1;
    loop {
        match rest.get(at)? {
            '"' => return Some((text, at + 1)),
            '\\' => {
                text.push(*rest.get(at + 1)?);
                at += 2;
            }
            character => {
                text.push(*character);
                at += 1;
            }
        }
    }
}
