//! The objects of a typedstream, in the order in which they can be referred to.
//!
//! ```text
//! objects: [ Object { class: 1, values: [Reference(4), …] }, Class "NSAttributedString", Class "NSObject", …,
//!            Object { class: 5, values: [Bytes "the text"] } ]
//! groups:  [ Reference(0) ]
//! ```
//!
//! Objects, classes and C strings are numbered together, an object before its class and its contents. Reading goes on
//! until the end or until something does not fit; what was read stays.

use super::encoding::{Encoding, encodings};
use super::stream::{END, Head, Stream};
use crate::parse::tree::{Budget, MAX_DEPTH, place};
use crate::parse::{Error, Span};

/// One value, its references not yet followed.
#[derive(Debug)]
pub(super) struct Item<'a> {
    pub value: ItemValue<'a>,
    pub span: Span,
}

/// What a value is.
#[derive(Debug)]
pub(super) enum ItemValue<'a> {
    Nil,
    Boolean(bool),
    Signed(i64),
    Unsigned(u64),
    Real(f64),
    /// A string that is counted but not numbered: a `+`, a selector, an atom.
    Bytes(&'a [u8]),
    /// The content of an array of bytes.
    Array(&'a [u8]),
    List(Vec<Item<'a>>),
    /// The number of an object, a class or a C string.
    Reference(usize),
}

/// What has a number.
#[derive(Debug)]
pub(super) enum Shared<'a> {
    Object(Object<'a>),
    Class { name: &'a [u8], above: Option<usize> },
    CString { bytes: &'a [u8], span: Span },
}

/// An object: its class, and its values one group behind the other.
#[derive(Debug)]
pub(super) struct Object<'a> {
    pub class: Option<usize>,
    pub values: Vec<Item<'a>>,
    pub span: Span,
}

/// All that a stream holds.
#[derive(Debug, Default)]
pub(super) struct Graph<'a> {
    pub shared: Vec<Shared<'a>>,
    /// The values of the top.
    pub top: Vec<Item<'a>>,
}

impl<'a> Graph<'a> {
    /// Reads to the end of the stream, or to what does not fit.
    pub fn read(stream: &mut Stream<'a>) -> (Self, Option<Error>) {
        let mut graph = Graph::default();
        let mut budget = Budget::for_input(stream.input.len());
        while !stream.rest.is_empty() {
            let mut top = Vec::new();
            let read = Reader { graph: &mut graph, stream, budget: &mut budget, depth: 0 }.group(&mut top);
            graph.top.append(&mut top);
            if let Err(error) = read {
                return (graph, Some(error));
            }
        }
        (graph, None)
    }

    /// Whether not one value was read.
    pub fn is_empty(&self) -> bool {
        self.top.is_empty()
    }

    /// The names of a class and of those above it.
    pub fn class_names(&self, class: Option<usize>) -> Vec<&'a [u8]> {
        let mut names = Vec::new();
        let mut next = class;
        while let Some(Shared::Class { name, above }) = next.and_then(|number| self.shared.get(number)) {
            names.push(*name);
            // A class refers to one with a lower number, or to the next higher while it is being read: no circle, but
            // hostile bytes can try.
            next = above.filter(|_| names.len() <= MAX_DEPTH);
        }
        names
    }
}

struct Reader<'g, 's, 'a> {
    graph: &'g mut Graph<'a>,
    stream: &'s mut Stream<'a>,
    /// Items need not have bytes of their own (`[9!]`), so that the input alone does not bound them.
    budget: &'s mut Budget,
    /// Items around the one that is being read.
    depth: usize,
}

impl<'a> Reader<'_, '_, 'a> {
    /// A type encoding and a value for each of its types. What was read before an error is in `values`.
    fn group(&mut self, values: &mut Vec<Item<'a>>) -> Result<(), Error> {
        let start = self.stream.position();
        let written = self.stream.shared_string()?;
        let types = written.and_then(encodings);
        let types = types.ok_or_else(|| self.stream.unfit(start, "typedstream type encoding"))?;
        types.iter().try_for_each(|encoding| self.item_into(encoding, values))
    }

    fn item_into(&mut self, encoding: &Encoding, values: &mut Vec<Item<'a>>) -> Result<(), Error> {
        let start = self.stream.position();
        self.budget.spend(0, place(start), "typedstream items")?;
        if self.depth >= MAX_DEPTH {
            let what = "typedstream items".to_owned();
            return Err(Error::Limit { offset: place(start), what, limit: format!("{MAX_DEPTH} levels") });
        }
        self.depth = self.depth.saturating_add(1);
        let mut number = None;
        let read = match encoding {
            Encoding::Object => self.object(&mut number),
            other => self.value(other),
        };
        self.depth = self.depth.saturating_sub(1);
        let span = Span::between(start, self.stream.position());
        match (read, number) {
            (Ok(value), _) => values.push(Item { value, span }),
            // An object that broke off stays, with what it has.
            (Err(error), Some(number)) => {
                values.push(Item { value: ItemValue::Reference(number), span });
                return Err(error);
            }
            (Err(error), None) => return Err(error),
        }
        Ok(())
    }

    fn value(&mut self, encoding: &Encoding) -> Result<ItemValue<'a>, Error> {
        let stream = &mut *self.stream;
        Ok(match encoding {
            Encoding::Char => ItemValue::Signed(stream.byte()?.cast_signed().into()),
            Encoding::UnsignedChar => ItemValue::Unsigned(stream.byte()?.into()),
            Encoding::Boolean => ItemValue::Boolean(stream.byte()? != 0),
            Encoding::Signed => ItemValue::Signed(stream.signed("typedstream integer")?),
            Encoding::Unsigned => ItemValue::Unsigned(stream.unsigned("typedstream integer")?),
            Encoding::Float => ItemValue::Real(stream.float()?),
            Encoding::Double => ItemValue::Real(stream.double()?),
            Encoding::SharedString => stream.shared_string()?.map_or(ItemValue::Nil, ItemValue::Bytes),
            Encoding::Bytes => stream.unshared_string()?.map_or(ItemValue::Nil, ItemValue::Bytes),
            Encoding::Nothing => ItemValue::Nil,
            Encoding::Class => self.class()?.map_or(ItemValue::Nil, ItemValue::Reference),
            Encoding::CString => self.c_string()?,
            Encoding::Object => self.object(&mut None)?,
            Encoding::Array(length, of) => self.array(*length, of)?,
            Encoding::Struct(fields) => {
                let mut values = Vec::new();
                fields.iter().try_for_each(|field| self.item_into(field, &mut values))?;
                ItemValue::List(values)
            }
        })
    }

    fn array(&mut self, length: usize, of: &Encoding) -> Result<ItemValue<'a>, Error> {
        if matches!(of, Encoding::Char | Encoding::UnsignedChar) {
            return self.stream.bytes(length).map(ItemValue::Array);
        }
        let mut values = Vec::new();
        for _ in 0..length {
            self.item_into(of, &mut values)?;
        }
        Ok(ItemValue::List(values))
    }

    fn object(&mut self, number: &mut Option<usize>) -> Result<ItemValue<'a>, Error> {
        let start = self.stream.position();
        match self.stream.head("typedstream object")? {
            Head::Nil => return Ok(ItemValue::Nil),
            Head::Reference(known) => return self.known(known, start).map(ItemValue::Reference),
            Head::New => {}
        }
        let own = self.graph.shared.len();
        let empty = Object { class: None, values: Vec::new(), span: Span::between(start, start) };
        self.graph.shared.push(Shared::Object(empty));
        *number = Some(own);
        let (mut class, mut values) = (None, Vec::new());
        let read = self.contents(&mut class, &mut values);
        if let Some(Shared::Object(object)) = self.graph.shared.get_mut(own) {
            *object = Object { class, values, span: Span::between(start, self.stream.position()) };
        }
        read.map(|()| ItemValue::Reference(own))
    }

    fn contents(&mut self, class: &mut Option<usize>, values: &mut Vec<Item<'a>>) -> Result<(), Error> {
        *class = self.class()?;
        while !self.stream.skip(END) {
            self.group(values)?;
        }
        Ok(())
    }

    /// A class and those above it; the number of the first.
    fn class(&mut self) -> Result<Option<usize>, Error> {
        let mut first = None;
        let mut below: Option<usize> = None;
        loop {
            let start = self.stream.position();
            let number = match self.stream.head("typedstream class")? {
                Head::Nil => return Ok(first),
                Head::Reference(known) => Some(self.known(known, start)?),
                Head::New => None,
            };
            let own = number.unwrap_or(self.graph.shared.len());
            if number.is_none() {
                let name = self.stream.shared_string()?;
                let name = name.ok_or_else(|| self.stream.unfit(start, "typedstream class, name"))?;
                self.stream.signed("typedstream class, version")?;
                self.graph.shared.push(Shared::Class { name, above: None });
            }
            if let Some(Shared::Class { above, .. }) =
                below.and_then(|below| self.graph.shared.get_mut(below))
            {
                *above = Some(own);
            }
            first.get_or_insert(own);
            if number.is_some() {
                return Ok(first);
            }
            below = Some(own);
        }
    }

    fn c_string(&mut self) -> Result<ItemValue<'a>, Error> {
        let start = self.stream.position();
        match self.stream.head("typedstream C string")? {
            Head::Nil => Ok(ItemValue::Nil),
            Head::Reference(known) => self.known(known, start).map(ItemValue::Reference),
            Head::New => {
                let bytes = self.stream.shared_string()?;
                let bytes = bytes.ok_or_else(|| self.stream.unfit(start, "typedstream C string"))?;
                let span = Span::between(start, self.stream.position());
                self.graph.shared.push(Shared::CString { bytes, span });
                Ok(ItemValue::Reference(self.graph.shared.len().saturating_sub(1)))
            }
        }
    }

    fn known(&self, number: usize, start: usize) -> Result<usize, Error> {
        if number < self.graph.shared.len() {
            return Ok(number);
        }
        Err(self.stream.unfit(start, "typedstream reference to an object"))
    }
}
