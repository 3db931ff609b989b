//! The only maker of records: a block of a definition and a frame of rows → one record.

use super::bits::Bits;
use super::definition::{Definition, FieldSpec, ListSpec, ObjectSpec, Origin, ValueSpec};
use super::derive::{check_identifier, place_counterparty};
use super::frame::{Frame, Values};
use super::owner::{Owner, place_direction};
use super::scalar::{code, label, scalar, whole};
use crate::parse::{Node, Span, Value};
use crate::record::kinds::{Field, Holds, PARTY};
use crate::record::{Content, Conversion, FieldValue, Record, State, natural};
use std::borrow::Cow;

/// What a record is given from outside of its rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given<'d> {
    pub(super) definition: &'d Definition,
    pub(super) state: State,
    pub(super) content: Content,
}

/// Makes records from frames.
pub(super) struct Builder<'b, 'f, 'd, 'a> {
    frame: &'b mut Frame<'f, 'd, 'a>,
    given: Given<'d>,
    raw: Vec<(String, FieldValue<'d>)>,
    withheld: Vec<String>,
}

/// A record (without its id, which the caller knows how to derive) and the names of the fields that were withheld.
pub(super) struct Built<'d> {
    pub(super) record: Record<'d>,
    pub(super) withheld: Vec<String>,
}

/// A value after its conversion.
struct Finished<'d> {
    value: FieldValue<'d>,
    party_kind: Option<&'static str>,
    raw: Option<FieldValue<'d>>,
}

/// Makes the record of a frame whose look-ups are made.
pub(super) fn build<'d, 'a: 'd>(frame: &mut Frame<'_, 'd, 'a>, given: Given<'d>) -> Built<'d> {
    let block = frame.block;
    let mut builder = Builder { frame, given, raw: Vec::new(), withheld: Vec::new() };
    let mut fields: Vec<(&'static Field, FieldValue<'d>)> = Vec::with_capacity(block.fields.len());
    for (field, spec) in &block.fields {
        if let Some(value) = builder.field(field, spec, None, field.name) {
            fields.push((field, value));
        }
    }
    let service = builder.labelled(&block.service, (Holds::Text, "service"), None);
    let service = service.map_or(FieldValue::Null, |finished| finished.value);
    if let Some(counterparty) = &block.counterparty {
        let party = builder.object(counterparty, PARTY, None, "counterparty");
        place_counterparty(&mut fields, block.kind.fields, party);
    }
    builder.direction(&mut fields);
    let extra = builder.extra();
    check_identifier(block.kind.name, block.kind.fields, &mut fields);
    let Builder { raw, withheld, .. } = builder;
    let record = Record {
        id: String::new(),
        kind: block.kind,
        artifact: &given.definition.id,
        is_candidate: given.definition.is_candidate,
        precedence: block.source,
        service,
        state: given.state,
        fields,
        extra,
        raw,
        rows: std::mem::take(&mut frame.trail),
        seen_in: Vec::new(),
    };
    Built { record, withheld }
}

impl<'d, 'a: 'd> Builder<'_, '_, 'd, 'a> {
    fn field(
        &mut self,
        field: &'static Field,
        spec: &'d FieldSpec,
        element: Option<&Node<'d>>,
        path: &str,
    ) -> Option<FieldValue<'d>> {
        let made = match (spec, field.holds) {
            (FieldSpec::Value(value), holds) => self.labelled(value, (holds, path), element)?.value,
            (FieldSpec::Values(list), _) => {
                let made = self.list(list, path);
                if made.is_empty() && self.is_unknown(list.iter().map(|spec| spec.many)) {
                    return None;
                }
                FieldValue::List(made)
            }
            (FieldSpec::Object(object), Holds::Object(fields)) => {
                self.object(object, fields, element, path)?
            }
            (FieldSpec::Objects(list), Holds::Objects(fields)) => {
                let made = self.objects(list, fields, path);
                if made.is_empty() && self.is_unknown(list.iter().map(|spec| spec.many)) {
                    return None;
                }
                FieldValue::List(made)
            }
            _ => return None,
        };
        let content = self.given.content;
        if content.withholds(self.frame.block.kind, field) {
            self.raw.retain(|(name, _)| name != path);
            if made != FieldValue::Null {
                self.withheld.push(bare_path(path));
            }
            return content.instead(&made);
        }
        Some(made)
    }

    /// The direction of a message of a table, by whose handset it is about.
    fn direction(&mut self, fields: &mut Vec<(&'static Field, FieldValue<'d>)>) {
        let block = self.frame.block;
        let Some(owner) = &block.owner else { return };
        if fields.iter().any(|(field, _)| field.name == "direction") {
            return;
        }
        let handles = match owner {
            Owner::Sender => None,
            Owner::Handles(handles) => Some(handles.clone()),
            Owner::Column(name) => {
                let held =
                    self.frame.get(*name).into_iter().filter_map(scalar).find_map(|scalar| code(&scalar));
                Some(held.into_iter().collect())
            }
        };
        if !place_direction(fields, block.kind.fields, handles.as_deref()) {
            let message =
                "neither the sender nor a recipient is the owner: the direction is not known".to_owned();
            self.frame.notice("direction-unknown", true, "direction", message);
        }
    }

    /// Whether the key of one of these look-ups is lost: what it would find is not known to be nothing.
    fn is_unknown(&self, mut lookups: impl Iterator<Item = Option<usize>>) -> bool {
        lookups.any(|many| many.is_some_and(|lookup| self.frame.is_key_lost(lookup)))
    }

    /// One value with its raw code kept.
    fn labelled(
        &mut self,
        spec: &'d ValueSpec,
        (holds, path): (Holds, &str),
        element: Option<&Node<'d>>,
    ) -> Option<Finished<'d>> {
        let finished = self.single(spec, (holds, path), element)?;
        self.raw.extend(finished.raw.clone().map(|raw| (path.to_owned(), raw)));
        // A code without a label cannot be a truth value: the raw code stands alone.
        if holds == Holds::Bool && finished.raw.is_some() && !matches!(finished.value, FieldValue::Bool(_)) {
            return None;
        }
        Some(finished)
    }

    /// The first value of a spec, converted.
    fn single(
        &mut self,
        spec: &'d ValueSpec,
        (holds, path): (Holds, &str),
        element: Option<&Node<'d>>,
    ) -> Option<Finished<'d>> {
        let (values, effective) = self.frame.values(spec, element, path);
        if values.len() > 1 {
            let message = format!("{} values where one is expected; the first is taken", values.len());
            self.frame.notice("several-values", false, path, message);
        }
        let value = values.into_iter().next()?;
        Some(self.finish(value, effective, (holds, path)))
    }

    fn finish(
        &mut self,
        value: Value<'d>,
        spec: &'d ValueSpec,
        (holds, path): (Holds, &str),
    ) -> Finished<'d> {
        let value = bits_of(value, spec.bits);
        let Some(scalar) = scalar(value.clone()) else {
            if !matches!(holds, Holds::Code([])) {
                self.frame.notice(
                    "value-not-convertible",
                    true,
                    path,
                    "expected one value, found a list or a map".into(),
                );
            }
            return Finished { value: whole(value), party_kind: None, raw: None };
        };
        if let Some(labels) = &spec.labels {
            let raw = FieldValue::from(scalar.clone());
            let found = code(&scalar).and_then(|code| labels.get(&code)).map(label);
            let raw_kept = (raw != FieldValue::Null).then(|| raw.clone());
            return Finished { value: found.unwrap_or(raw), party_kind: None, raw: raw_kept };
        }
        // What was read anew keeps what stands in the source beside it.
        let stored =
            (spec.conversion == Some(Conversion::Latin1Utf8)).then(|| FieldValue::from(scalar.clone()));
        let converted = match (&spec.clock, spec.conversion) {
            (Some(clock), _) => clock.read(scalar),
            (None, Some(conversion)) => conversion.apply(scalar),
            (None, None) => natural(scalar, holds),
        };
        let raw = stored.filter(|stored| *stored != converted.value);
        if let Some(problem) = converted.problem {
            let message = format!("expected {}, found {}", problem.expected, problem.found);
            self.frame.notice(problem.code, true, path, message);
        }
        if matches!(converted.value, FieldValue::InvalidText { .. }) {
            self.frame.notice(
                "text-not-valid",
                true,
                path,
                "text is not valid in its encoding; its bytes are kept".into(),
            );
        }
        Finished { value: converted.value, party_kind: converted.party_kind, raw }
    }

    fn object(
        &mut self,
        spec: &'d ObjectSpec,
        fields: &'static [Field],
        element: Option<&Node<'d>>,
        path: &str,
    ) -> Option<FieldValue<'d>> {
        let mut members: Vec<(Cow<'d, str>, FieldValue<'d>)> = Vec::with_capacity(spec.members.len() + 2);
        let mut found_any = false;
        for (field, member) in &spec.members {
            let member_path = format!("{path}.{}", field.name);
            let (value, party_kind) = match member {
                FieldSpec::Value(value) => {
                    let is_constant = matches!(value.origin, Origin::Constant(_));
                    let Some(finished) = self.labelled(value, (field.holds, &member_path), element) else {
                        continue;
                    };
                    found_any |= !is_constant && finished.value != FieldValue::Null;
                    let Some(kept) = self.withhold(field, finished.value, &member_path) else { continue };
                    (kept, finished.party_kind)
                }
                nested => {
                    let Some(value) = self.field(field, nested, element, &member_path) else { continue };
                    found_any |= value != FieldValue::Null && value != FieldValue::List(Vec::new());
                    (value, None)
                }
            };
            if field.name == "name" && is_party(fields) && value != FieldValue::Null {
                let source = self.name_source(member);
                members.push((field.name.into(), value));
                members.extend(source.map(|source| ("name_source".into(), FieldValue::Text(source.into()))));
                continue;
            }
            members.push((field.name.into(), value));
            let kind = party_kind.filter(|_| field.name == "address" && is_party(fields));
            members.extend(kind.map(|kind| ("kind".into(), FieldValue::Text(kind.into()))));
        }
        found_any.then_some(FieldValue::Object(members))
    }

    fn withhold(&mut self, field: &Field, value: FieldValue<'d>, path: &str) -> Option<FieldValue<'d>> {
        let content = self.given.content;
        if !content.withholds(self.frame.block.kind, field) {
            return Some(value);
        }
        self.raw.retain(|(name, _)| name != path);
        if value != FieldValue::Null {
            self.withheld.push(bare_path(path));
        }
        content.instead(&value)
    }

    fn name_source(&self, spec: &FieldSpec) -> Option<String> {
        let FieldSpec::Value(value) = spec else { return None };
        match &value.origin {
            Origin::Name(name) => self.frame.source_of(*name),
            Origin::First(list) => list.iter().find_map(|inner| match &inner.origin {
                Origin::Name(name) if !blank(&self.frame.get(*name)) => self.frame.source_of(*name),
                _ => None,
            }),
            Origin::Element(_) | Origin::Constant(_) => None,
        }
    }

    /// The objects of a list: for each making, one for each row of its `many` look-up, for each element of its `each`, or one.
    fn objects(
        &mut self,
        list: &'d [ObjectSpec],
        fields: &'static [Field],
        path: &str,
    ) -> Vec<FieldValue<'d>> {
        let mut made: Vec<FieldValue<'d>> = Vec::new();
        for spec in list {
            match spec.many {
                None => self.elements(spec, fields, path, &mut made),
                Some(many) => {
                    let (given, mut raw, mut withheld) = (self.given, Vec::new(), Vec::new());
                    self.frame.each_row(many, &mut |frame| {
                        let mut inner = Builder { frame, given, raw: Vec::new(), withheld: Vec::new() };
                        inner.elements(spec, fields, path, &mut made);
                        raw.append(&mut inner.raw);
                        withheld.append(&mut inner.withheld);
                    });
                    self.raw.append(&mut raw);
                    self.withheld.append(&mut withheld);
                }
            }
        }
        made
    }

    fn elements(
        &mut self,
        spec: &'d ObjectSpec,
        fields: &'static [Field],
        path: &str,
        made: &mut Vec<FieldValue<'d>>,
    ) {
        let Some(each) = &spec.each else {
            let object = self.object(spec, fields, None, &format!("{path}.{}", made.len()));
            made.extend(object);
            return;
        };
        for value in self.frame.values(each, None, path).0 {
            let node = Node { value, span: Span::default() };
            let object = self.object(spec, fields, Some(&node), &format!("{path}.{}", made.len()));
            made.extend(object);
        }
    }

    fn list(&mut self, list: &'d [ListSpec], path: &str) -> Vec<FieldValue<'d>> {
        let mut made = Vec::new();
        for spec in list {
            let found = self.listed(spec, (Holds::Texts, path));
            made.extend(found.into_iter().filter(|value| *value != FieldValue::Null));
        }
        made
    }

    fn listed(&mut self, spec: &'d ListSpec, (holds, path): (Holds, &str)) -> Vec<FieldValue<'d>> {
        let mut made = Vec::new();
        match spec.many {
            None => self.all(&spec.value, (holds, path), &mut made),
            Some(many) => {
                let (given, mut raw) = (self.given, Vec::new());
                self.frame.each_row(many, &mut |frame| {
                    let mut inner = Builder { frame, given, raw: Vec::new(), withheld: Vec::new() };
                    inner.all(&spec.value, (holds, path), &mut made);
                    raw.append(&mut inner.raw);
                });
                self.raw.append(&mut raw);
            }
        }
        made
    }

    fn all(&mut self, spec: &'d ValueSpec, (holds, path): (Holds, &str), made: &mut Vec<FieldValue<'d>>) {
        let (values, effective) = self.frame.values(spec, None, path);
        for value in values {
            let finished = self.finish(value, effective, (holds, path));
            self.raw.extend(finished.raw.map(|raw| (path.to_owned(), raw)));
            made.push(finished.value);
        }
    }

    fn extra(&mut self) -> Vec<(&'d str, FieldValue<'d>)> {
        let block = self.frame.block;
        let mut made = Vec::new();
        for (name, spec) in &block.extra {
            let path = format!("extra.{name}");
            let mut values = self.listed(spec, (Holds::Code(&[]), &path));
            let several = spec.many.is_some() || values.len() > 1;
            let value = match (several, values.pop()) {
                (_, None) => continue,
                (false, Some(value)) => value,
                (true, Some(last)) => FieldValue::List(values.into_iter().chain([last]).collect()),
            };
            let content = self.given.content;
            if content.withholds_extra(block.kind, &value) {
                self.raw.retain(|(raw, _)| *raw != path);
                self.withheld.push(path);
                made.extend(content.instead(&value).map(|instead| (name.as_str(), instead)));
                continue;
            }
            made.push((name.as_str(), value));
        }
        made
    }
}

/// A field's path without the numbers of list elements: what `counts.withheld` counts under.
fn bare_path(path: &str) -> String {
    let parts: Vec<&str> =
        path.split('.').filter(|part| !part.bytes().all(|byte| byte.is_ascii_digit())).collect();
    parts.join(".")
}

fn blank(values: &Values<'_>) -> bool {
    values.iter().all(|value| scalar(value.clone()).is_some_and(|scalar| scalar.is_blank()))
}

/// Bits of an integer, or of text that writes one; anything else stays for the conversion to judge.
fn bits_of(value: Value<'_>, bits: Option<Bits>) -> Value<'_> {
    let Some(bits) = bits else { return value };
    let number = match &value {
        Value::Integer(number) => Some(*number),
        Value::Text(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.map_or(value, |number: i64| Value::Integer(bits.of(number)))
}

fn is_party(fields: &[Field]) -> bool {
    fields.iter().any(|field| field.name == "name_source")
}
