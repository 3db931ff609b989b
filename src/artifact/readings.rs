//! Readings of protobuf fields that paths ask for (`2:double`), told to the decoder that comes before the path.

use super::definition::{
    Container, Decoder, FieldSpec, ObjectSpec, Origin, RecordBlock, Rows, Source, Step, ValueSpec,
};
use super::faults::Faults;
use crate::parse::protobuf::is_reading_path;

/// Tells each protobuf decoder of a list of steps what the path behind it asks for.
pub(super) fn ask(steps: &mut [Step], (place, faults): (&str, &mut Faults)) {
    for at in 1..steps.len() {
        let Some((before, [Step::Path(path), ..])) = steps.split_at_mut_checked(at) else { continue };
        if let Some(Step::Decode(Decoder::Protobuf, asked)) = before.last_mut() {
            add(asked, path, (place, faults));
        }
    }
}

/// Tells the last protobuf decoder of a list of steps what is asked for in the node that the steps reach.
pub(super) fn ask_below<'p>(
    steps: &mut [Step],
    paths: impl Iterator<Item = &'p str>,
    (place, faults): (&str, &mut Faults),
) {
    let (asked, prefix) = match steps {
        [.., Step::Decode(Decoder::Protobuf, asked)] => (asked, ""),
        [.., Step::Decode(Decoder::Protobuf, asked), Step::Path(path)] => (asked, path.as_str()),
        _ => return,
    };
    for path in paths {
        add(asked, &below(prefix, path), (place, faults));
    }
}

/// Tells the source of a block whose rows are nodes of a protobuf file what its names ask for.
pub(super) fn of_names(block: &RecordBlock, sources: &mut [Source]) {
    let source = sources.get_mut(block.source);
    let Some(source) = source.filter(|source| source.container == Container::Protobuf) else { return };
    let prefix = match &block.rows {
        Rows::Each(path) => path.as_str(),
        _ => "",
    };
    let names = block.names.iter().map(|name| below(prefix, &name.column)).chain([prefix.to_owned()]);
    source.asked.extend(names.filter(|path| is_reading_path(path) == Ok(true)));
}

/// The paths in one element that the members of an object are made from.
pub(super) fn element_paths(object: &ObjectSpec) -> Vec<&str> {
    let mut paths = Vec::new();
    object.members.iter().for_each(|(_, spec)| of_field(spec, &mut paths));
    paths
}

fn of_field<'s>(spec: &'s FieldSpec, paths: &mut Vec<&'s str>) {
    match spec {
        FieldSpec::Value(value) => of_value(value, paths),
        FieldSpec::Values(values) => values.iter().for_each(|listed| of_value(&listed.value, paths)),
        FieldSpec::Object(object) => object.members.iter().for_each(|(_, spec)| of_field(spec, paths)),
        FieldSpec::Objects(objects) => {
            objects.iter().flat_map(|object| &object.members).for_each(|(_, spec)| of_field(spec, paths));
        }
    }
}

fn of_value<'s>(spec: &'s ValueSpec, paths: &mut Vec<&'s str>) {
    match &spec.origin {
        Origin::Element(path) => paths.push(path),
        Origin::First(list) => list.iter().for_each(|value| of_value(value, paths)),
        Origin::Name(_) | Origin::Constant(_) => {}
    }
}

fn below(prefix: &str, path: &str) -> String {
    if prefix.is_empty() { path.to_owned() } else { format!("{prefix}.{path}") }
}

fn add(asked: &mut Vec<String>, path: &str, (place, faults): (&str, &mut Faults)) {
    match is_reading_path(path) {
        Ok(true) if !asked.iter().any(|known| known == path) => asked.push(path.to_owned()),
        Ok(_) => {}
        Err(unknown) => {
            let known: Vec<&str> =
                crate::parse::protobuf::Reading::ALL.iter().map(|(name, _)| *name).collect();
            faults.unknown(place, "reading", &unknown, &known);
        }
    }
}
