//! What the engine derives from fields that a definition gave: on which side of a message the other party stands, and whether an
//! identifier has its form.

use crate::record::kinds::Field;
use crate::record::{FieldValue, identifier_is_valid};

/// The other side of a message: its sender when it came in, a recipient when it went out, a participant when the source does
/// not tell.
pub(super) fn place_counterparty<'d>(
    fields: &mut Vec<(&'static Field, FieldValue<'d>)>,
    known: &'static [Field],
    party: Option<FieldValue<'d>>,
) {
    let Some(party) = party else { return };
    let direction =
        fields.iter().find(|(field, _)| field.name == "direction").and_then(|(_, value)| value.as_text());
    let name = match direction {
        Some("incoming") => "sender",
        Some("outgoing") => "recipients",
        _ => "participants",
    };
    let Some(field) = known.iter().find(|field| field.name == name) else { return };
    let value = if name == "sender" { party } else { FieldValue::List(vec![party]) };
    let position = |field: &Field| known.iter().position(|known| known.name == field.name);
    match fields.iter_mut().find(|(present, _)| present.name == name) {
        Some((_, FieldValue::List(list))) => {
            if let FieldValue::List(parties) = value {
                list.extend(parties);
            }
        }
        // A sender that the source itself names stands.
        Some(_) => {}
        None => {
            let at = fields.partition_point(|(present, _)| position(present) < position(field));
            fields.insert(at, (field, value));
        }
    }
}

/// Fills `valid` of a device identifier.
pub(super) fn check_identifier(
    kind: &str,
    known: &'static [Field],
    fields: &mut Vec<(&'static Field, FieldValue<'_>)>,
) {
    if kind != "device_identifier" {
        return;
    }
    let text = |name: &str| {
        fields.iter().find(|(field, _)| field.name == name).and_then(|(_, value)| value.as_text())
    };
    let (Some(kind), Some(value)) = (text("kind"), text("value")) else { return };
    let Some(valid) = identifier_is_valid(kind, value) else { return };
    let Some(field) = known.iter().find(|field| field.name == "valid") else { return };
    fields.retain(|(field, _)| field.name != "valid");
    let at = fields.partition_point(|(field, _)| ["kind", "value"].contains(&field.name));
    fields.insert(at, (field, FieldValue::Bool(valid)));
}
