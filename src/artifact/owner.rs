//! Which way a message of a table went: the handset whose table it is, is the handset of one of its parties.

use super::definition::NameId;
use crate::record::FieldValue;
use crate::record::kinds::Field;
use std::borrow::Cow;

/// Whose handset a row of a table is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// The handles of one handset.
    Handles(Vec<String>),
    /// The column that holds its handle.
    Column(NameId),
    /// The table holds what was sent: each row is of the handset of its sender.
    Sender,
}

/// Fills `direction` from the owner's handles, and marks the parties that are the owner; `false` where no party is.
pub(super) fn place_direction<'d>(
    fields: &mut Vec<(&'static Field, FieldValue<'d>)>,
    known: &'static [Field],
    handles: Option<&[String]>,
) -> bool {
    let is_owner = |party: &FieldValue<'_>| {
        let address = party.member("address").and_then(FieldValue::as_text);
        address
            .is_some_and(|address| handles.is_none_or(|handles| handles.iter().any(|h| is_same(h, address))))
    };
    let mut direction = None;
    for (field, value) in fields.iter_mut() {
        match (field.name, value) {
            ("sender", party) if is_owner(party) => {
                mark(party);
                direction = Some("outgoing");
            }
            ("recipients", FieldValue::List(parties)) if handles.is_some() => {
                for party in parties.iter_mut().filter(|party| is_owner(party)) {
                    mark(party);
                    direction = direction.or(Some("incoming"));
                }
            }
            _ => {}
        }
    }
    let (Some(direction), Some(field)) = (direction, known.iter().find(|field| field.name == "direction"))
    else {
        return false;
    };
    let position = |field: &Field| known.iter().position(|known| known.name == field.name);
    let at = fields.partition_point(|(present, _)| position(present) < position(field));
    fields.insert(at, (field, FieldValue::Text(Cow::Borrowed(direction))));
    true
}

fn mark(party: &mut FieldValue<'_>) {
    if let FieldValue::Object(members) = party {
        members.push((Cow::Borrowed("self"), FieldValue::Bool(true)));
    }
}

/// Whether two handles are one: letters of ASCII in either case; where one lacks its domain, by what stands before it.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim(), other.trim());
    let (local, other_local) = (one.split('@').next(), other.split('@').next());
    match (one.contains('@'), other.contains('@')) {
        (true, false) | (false, true) => {
            local.zip(other_local).is_some_and(|(a, b)| a.eq_ignore_ascii_case(b))
        }
        _ => one.eq_ignore_ascii_case(other),
    }
}

#[cfg(test)]
mod tests {
    use super::is_same;

    #[test]
    fn a_handle_is_the_same_in_either_case_and_with_or_without_its_domain() {
        assert!(is_same("Alpha@encrochat.com", "alpha@ENCROCHAT.com "));
        assert!(is_same("alpha", "alpha@encrochat.com"));
        assert!(!is_same("alpha@one.example", "alpha@two.example"));
        assert!(!is_same("alpha", "alphabet@encrochat.com"));
    }
}
