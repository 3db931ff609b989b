//! Words → tree, by recursive descent.

use super::field::{self, FieldName, Place};
use super::token::{Token, Word, tokens};
use super::{Node, Operand, Operator, SelectFault, Test};
use crate::record::State;
use crate::record::kinds::KINDS;

/// Parentheses and `not` inside one another.
const DEPTH: usize = 64;

pub(super) fn expression(text: &str) -> Result<Node, SelectFault> {
    let mut parser = Parser { text, tokens: tokens(text)?, at: 0, depth: 0 };
    let node = parser.any()?;
    match parser.peek() {
        None => Ok(node),
        Some(_) => parser.fault("expected `and`, `or` or the end"),
    }
}

struct Parser<'p> {
    text: &'p str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Word> {
        self.tokens.get(self.at).map(|token| &token.word)
    }

    fn next(&mut self) -> Option<Word> {
        let word = self.peek().cloned();
        self.at += 1;
        word
    }

    fn place(&self) -> usize {
        self.tokens.get(self.at).map_or(self.text.chars().count() + 1, |token| token.at)
    }

    /// A fault at the next word.
    fn fault<T>(&self, expected: &str) -> Result<T, SelectFault> {
        let found = match self.peek() {
            None => "the end".to_owned(),
            Some(Word::Mark(mark)) => format!("`{mark}`"),
            Some(Word::Operator(operator)) => format!("`{operator}`"),
            Some(Word::Bare(word) | Word::Quoted(word)) => format!("`{word}`"),
        };
        self.fault_at(self.place(), format!("{expected}, found {found}"))
    }

    fn fault_at<T>(&self, at: usize, message: String) -> Result<T, SelectFault> {
        Err(SelectFault { text: self.text.to_owned(), at, message })
    }

    fn takes_keyword(&mut self, keyword: &str) -> bool {
        let is_it = matches!(self.peek(), Some(Word::Bare(word)) if word == keyword);
        self.at += usize::from(is_it);
        is_it
    }

    fn takes_mark(&mut self, mark: char) -> bool {
        let is_it = self.peek() == Some(&Word::Mark(mark));
        self.at += usize::from(is_it);
        is_it
    }

    fn any(&mut self) -> Result<Node, SelectFault> {
        let mut nodes = vec![self.all()?];
        while self.takes_keyword("or") {
            nodes.push(self.all()?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::Any(nodes) })
    }

    fn all(&mut self) -> Result<Node, SelectFault> {
        let mut nodes = vec![self.one()?];
        while self.takes_keyword("and") {
            nodes.push(self.one()?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::All(nodes) })
    }

    fn one(&mut self) -> Result<Node, SelectFault> {
        if self.depth >= DEPTH {
            return self.fault("too many parentheses inside one another: expected a test");
        }
        self.depth += 1;
        let node = if self.takes_keyword("not") {
            Node::Not(Box::new(self.one()?))
        } else if self.takes_mark('(') {
            let node = self.any()?;
            if !self.takes_mark(')') {
                return self.fault("expected `)`");
            }
            node
        } else {
            self.test()?
        };
        self.depth -= 1;
        Ok(node)
    }

    fn test(&mut self) -> Result<Node, SelectFault> {
        let at = self.place();
        let Some(Word::Bare(name)) = self.peek().cloned() else {
            return self.fault("expected a field, `not` or `(`");
        };
        let field = field::named(&name).or_else(|message| self.fault_at(at, message))?;
        self.at += 1;
        let operator_at = self.place();
        if self.takes_keyword("in") {
            let values = self.list(&field)?;
            return Ok(Node::Test(Test { field, operator: Operator::Is, values }));
        }
        let Some(Word::Operator(sign)) = self.peek().cloned() else {
            return self.fault("expected one of = != ~ < <= > >= in");
        };
        self.at += 1;
        let operator = operator(sign);
        let is_order = !matches!(operator, Operator::Is | Operator::Contains);
        if is_order && !field.is_time() && !field.is_number() {
            return self
                .fault_at(operator_at, format!("`{sign}` is for times and numbers; `{name}` is a text"));
        }
        if operator == Operator::Contains && field.is_time() {
            return self.fault_at(operator_at, format!("`~` is for texts; `{name}` is a time"));
        }
        let value = self.value(&field)?;
        let test = Node::Test(Test { field, operator, values: vec![value] });
        Ok(if sign == "!=" { Node::Not(Box::new(test)) } else { test })
    }

    fn list(&mut self, field: &FieldName) -> Result<Vec<Operand>, SelectFault> {
        if !self.takes_mark('(') {
            return self.fault("expected `(` behind `in`");
        }
        let mut values = vec![self.value(field)?];
        while self.takes_mark(',') {
            values.push(self.value(field)?);
        }
        if self.takes_mark(')') { Ok(values) } else { self.fault("expected `,` or `)`") }
    }

    fn value(&mut self, field: &FieldName) -> Result<Operand, SelectFault> {
        let at = self.place();
        let operand = match self.next() {
            Some(Word::Bare(text) | Word::Quoted(text)) => Operand::of(text),
            _ => {
                self.at -= 1;
                return self.fault("expected a value");
            }
        };
        if field.is_time() && operand.moment.is_none() {
            let message =
                format!("`{}` is no time in UTC; write 2023-11-14 or 2023-11-14T22:00:00Z", operand.text);
            return self.fault_at(at, message);
        }
        let known: Vec<&str> = match field.place {
            Place::Kind => KINDS.iter().map(|kind| kind.name).filter(|name| *name != "device").collect(),
            Place::State => State::ALL.map(State::name).to_vec(),
            _ => return Ok(operand),
        };
        if known.contains(&operand.text.as_str()) {
            return Ok(operand);
        }
        let nearest = field::nearest(&operand.text, known.iter().copied());
        self.fault_at(at, format!("no {} `{}`; the nearest is `{nearest}`", field.text, operand.text))
    }
}

fn operator(sign: &str) -> Operator {
    match sign {
        "~" => Operator::Contains,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        _ => Operator::Is,
    }
}
