//! Elements of an XML document, built from open, text and close in the order of the file; text and binary XML share it.
//!
//! ```text
//! <map>                      Element { name: "map", children: [
//!   <int name="n" value="3"/>    Element { name: "int", attributes: [("@name", "n"), ("@value", "3")] },
//! </map>                     ] }
//! ```
//!
//! Nesting lives on a stack of its own, so that the depth of a file is never the depth of this program.

use std::borrow::Cow;

use crate::parse::tree::{Findings, MAX_DEPTH};
use crate::parse::{Node, Span, Value};

/// One element.
#[derive(Debug)]
pub(crate) struct Element<'a> {
    /// The tag.
    pub name: Cow<'a, str>,
    /// Attributes in the order of the file, their names with an `@` before them.
    pub attributes: Vec<(Cow<'a, str>, Node<'a>)>,
    /// Child elements in the order of the file.
    pub children: Vec<Element<'a>>,
    /// Pieces of character data in the order of the file.
    pub texts: Vec<Node<'a>>,
    /// From the `<` of the start tag to behind the `>` of the end tag.
    pub span: Span,
}

impl<'a> Element<'a> {
    /// An element that begins at `start`, as yet without content.
    pub fn begun(name: Cow<'a, str>, start: u64) -> Self {
        let span = Span { offset: start, length: 0 };
        Element { name, attributes: Vec::new(), children: Vec::new(), texts: Vec::new(), span }
    }

    /// The same element, owning all its bytes. Recursion is bounded by the depth that the builder lets through.
    pub fn into_owned(self) -> Element<'static> {
        Element {
            name: Cow::Owned(self.name.into_owned()),
            attributes: self
                .attributes
                .into_iter()
                .map(|(name, value)| (Cow::Owned(name.into_owned()), value.into_owned()))
                .collect(),
            children: self.children.into_iter().map(Element::into_owned).collect(),
            texts: self.texts.into_iter().map(Node::into_owned).collect(),
            span: self.span,
        }
    }

    /// All character data as one value; `None` where there is none at all.
    pub fn text(&self) -> Option<Node<'a>> {
        joined(&self.texts.iter().collect::<Vec<_>>())
    }

    /// The character data that is not mere indentation; `None` where there is none.
    pub fn written_text(&self) -> Option<Node<'a>> {
        let keep_blank = self.children.is_empty() && !self.texts.iter().all(is_blank);
        joined(&self.texts.iter().filter(|piece| keep_blank || !is_blank(piece)).collect::<Vec<_>>())
    }
}

fn is_blank(piece: &Node<'_>) -> bool {
    matches!(&piece.value, Value::Text(text) if text.trim_ascii().is_empty())
}

fn joined<'a>(pieces: &[&Node<'a>]) -> Option<Node<'a>> {
    let (first, last) = (pieces.first()?, pieces.last()?);
    if pieces.len() == 1 {
        return Some((*first).clone());
    }
    let end = last.span.offset.saturating_add(last.span.length);
    let span = Span { offset: first.span.offset, length: end.saturating_sub(first.span.offset) };
    let reading: String = pieces.iter().filter_map(|piece| piece.value.as_text()).collect();
    if pieces.iter().all(|piece| matches!(piece.value, Value::Text(_))) {
        return Some(Node { value: Value::Text(Cow::Owned(reading)), span });
    }
    let bytes: Vec<u8> = pieces.iter().flat_map(|piece| stored(&piece.value)).copied().collect();
    Some(Node { value: Value::InvalidText { bytes: Cow::Owned(bytes), reading }, span })
}

fn stored<'b>(value: &'b Value<'_>) -> &'b [u8] {
    match value {
        Value::Text(text) => text.as_bytes(),
        Value::InvalidText { bytes, .. } => bytes,
        _ => &[],
    }
}

/// Takes open, text and close as they come and gives the elements of the top.
pub(crate) struct Builder<'a, 'f> {
    open: Vec<Element<'a>>,
    top: Vec<Element<'a>>,
    skipped_depth: usize,
    /// Where oddities go.
    pub findings: &'f mut Findings,
}

impl<'a, 'f> Builder<'a, 'f> {
    /// Nothing is open yet.
    pub fn begun(findings: &'f mut Findings) -> Self {
        Builder { open: Vec::new(), top: Vec::new(), skipped_depth: 0, findings }
    }

    /// A start tag. An element nested deeper than [`MAX_DEPTH`] is left out with all its content, and said.
    pub fn start(&mut self, element: Element<'a>, position: usize) {
        if self.skipped_depth > 0 || self.open.len() >= MAX_DEPTH {
            if self.skipped_depth == 0 {
                let message = format!("an element nested more than {MAX_DEPTH} deep was left out");
                self.findings.loss("xml-too-deep", position, message);
            }
            self.skipped_depth = self.skipped_depth.saturating_add(1);
            return;
        }
        self.open.push(element);
    }

    /// An attribute of the element that was started last.
    pub fn attribute(&mut self, name: &str, value: Node<'a>) {
        if self.skipped_depth > 0 {
            return;
        }
        if let Some(element) = self.open.last_mut() {
            element.attributes.push((Cow::Owned(format!("@{name}")), value));
        }
    }

    /// Character data. Outside of every element only blanks are expected.
    pub fn text(&mut self, piece: Node<'a>, position: usize) {
        if self.skipped_depth > 0 {
            return;
        }
        match self.open.last_mut() {
            Some(element) => element.texts.push(piece),
            None if is_blank(&piece) => {}
            None => self.findings.loss(
                "xml-text-outside",
                position,
                format!("{} bytes of text stand outside of every element", piece.span.length),
            ),
        }
    }

    /// An end tag that is complete at `end`. It closes the nearest open element of that name and all within it.
    pub fn end(&mut self, name: &str, position: usize, end: u64) {
        if self.skipped_depth > 0 {
            self.skipped_depth = self.skipped_depth.saturating_sub(1);
            return;
        }
        let Some(depth) = self.open.iter().rposition(|element| element.name == name) else {
            self.findings.note("xml-end-tag-alone", position, "an end tag closes no open element");
            return;
        };
        if depth.saturating_add(1) != self.open.len() {
            self.findings.note("xml-end-tag-crossed", position, "an end tag closes elements of other names");
        }
        while self.open.len() > depth {
            self.close(end);
        }
    }

    fn close(&mut self, end: u64) {
        let Some(mut element) = self.open.pop() else { return };
        element.span.length = end.saturating_sub(element.span.offset);
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.top.push(element),
        }
    }

    /// The end of the input: what is still open ends here, and the rest of it is missing.
    pub fn finish(mut self, position: usize, end: u64) -> Vec<Element<'a>> {
        if !self.open.is_empty() {
            let message = format!("the input ends inside {} open elements", self.open.len());
            self.findings.loss("xml-truncated", position, message);
        }
        while !self.open.is_empty() {
            self.close(end);
        }
        self.top
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_beyond_the_bound_is_left_out_once_and_said() {
        let mut findings = Findings::default();
        let mut builder = Builder::begun(&mut findings);
        for _ in 0..MAX_DEPTH + 5 {
            builder.start(Element::begun(Cow::Borrowed("a"), 0), 0);
        }
        for _ in 0..MAX_DEPTH + 5 {
            builder.end("a", 0, 9);
        }
        assert_eq!(builder.finish(9, 9).len(), 1);
        let codes: Vec<_> = findings.into_vec().into_iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["xml-too-deep"]);
    }

    #[test]
    fn an_end_tag_of_an_outer_element_closes_the_inner_ones() {
        let mut findings = Findings::default();
        let mut builder = Builder::begun(&mut findings);
        for name in ["a", "b"] {
            builder.start(Element::begun(Cow::Borrowed(name), 0), 0);
        }
        builder.end("x", 3, 4);
        builder.end("a", 5, 6);
        let top = builder.finish(6, 6);
        assert_eq!((top.len(), top[0].children.len()), (1, 1));
        let codes: Vec<_> = findings.into_vec().into_iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["xml-end-tag-alone", "xml-end-tag-crossed"]);
    }
}
