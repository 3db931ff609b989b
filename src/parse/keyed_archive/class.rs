//! The classes of Foundation that stand for plain values, and the members in which they keep them.
//!
//! ```text
//! NSDictionary   NS.keys, NS.objects         NSDate    NS.time, seconds since 2001
//! NSArray, NSSet NS.objects                  NSUUID    NS.uuidbytes, 16 bytes
//! NSString       NS.string | NS.bytes        NSURL     NS.base, NS.relative
//! NSData         NS.data | NS.bytes          NSNull    nothing
//! ```
//!
//! Archives of old systems write `NS.key.0`, `NS.object.0`, `NS.object.1`, … in place of the lists. A subclass is known
//! by its ancestors. An object whose members are not those of its class is not forced: it stays a map of its members.

use std::borrow::Cow;

use super::Resolver;
use crate::parse::{Node, Value};

impl Resolver<'_> {
    /// The plain value of an object of one of these classes (its own or an ancestor), where it has one. A collection
    /// has the span of the object, any other value that of the member that holds it.
    pub(super) fn known(&mut self, classes: &[&str], object: &Node<'_>) -> Option<Node<'static>> {
        let value = &object.value;
        let collection = |value| Node { value, span: object.span };
        classes.iter().find_map(|class| match *class {
            "NSDictionary" => self.dictionary(value).map(collection),
            "NSArray" | "NSSet" | "NSOrderedSet" => {
                let objects = numbered(value, "NS.objects", "NS.object.")?;
                Some(collection(Value::List(objects.into_iter().map(|node| self.node(node)).collect())))
            }
            "NSString" => string(value),
            "NSData" => {
                self.first_of(value, &["NS.data", "NS.bytes"], |value| matches!(value, Value::Blob(_)))
            }
            "NSDate" => date(value),
            "NSUUID" => uuid(value),
            "NSURL" => self.url(value),
            "NSNull" => Some(collection(Value::Null)),
            _ => None,
        })
    }

    fn dictionary(&mut self, value: &Value<'_>) -> Option<Value<'static>> {
        let keys = numbered(value, "NS.keys", "NS.key.")?;
        let objects = numbered(value, "NS.objects", "NS.object.")?;
        if keys.len() != objects.len() {
            return None;
        }
        let mut pairs = Vec::new();
        for (key, object) in keys.into_iter().zip(objects) {
            if self.budget.is_exhausted() {
                break;
            }
            pairs.push((self.node(key), self.node(object)));
        }
        if pairs.iter().all(|(key, _)| name(&key.value).is_some()) {
            let named = pairs.into_iter().filter_map(|(key, node)| Some((name(&key.value)?, node)));
            return Some(Value::Map(named.collect()));
        }
        Some(Value::List(pairs.into_iter().map(pair).collect()))
    }

    fn url(&mut self, value: &Value<'_>) -> Option<Node<'static>> {
        let base = value.member("NS.base").map(|base| self.node(base).value);
        let relative = self.node(value.member("NS.relative")?);
        let whole = base.is_none_or(|base| base == Value::Null) && relative.value.as_text().is_some();
        whole.then_some(relative)
    }

    fn first_of(
        &mut self,
        value: &Value<'_>,
        names: &[&str],
        fits: fn(&Value<'_>) -> bool,
    ) -> Option<Node<'static>> {
        let member = names.iter().find_map(|name| value.member(name))?;
        Some(self.node(member)).filter(|node| fits(&node.value))
    }
}

/// The members of a list, or those of its old form in which each has a name of its own.
fn numbered<'n, 'a>(value: &'n Value<'a>, list: &str, prefix: &str) -> Option<Vec<&'n Node<'a>>> {
    match value.member(list).map(|list| &list.value) {
        Some(Value::List(nodes)) => Some(nodes.iter().collect()),
        Some(_) => None,
        None => {
            let Value::Map(members) = value else { return None };
            let old = members.iter().filter(|(name, _)| name.starts_with(prefix)).map(|(_, node)| node);
            let old: Vec<_> = old.collect();
            let known = !old.is_empty() || members.iter().all(|(name, _)| name == "$class");
            known.then_some(old)
        }
    }
}

/// The name of a dictionary member, where its key has one.
fn name(key: &Value<'static>) -> Option<Cow<'static, str>> {
    match key {
        Value::Text(text) => Some(text.clone()),
        Value::Integer(number) => Some(Cow::Owned(number.to_string())),
        _ => None,
    }
}

/// A member of a dictionary whose keys have no names.
fn pair((key, value): (Node<'static>, Node<'static>)) -> Node<'static> {
    let span = key.span;
    let members = vec![(Cow::Borrowed("key"), key), (Cow::Borrowed("value"), value)];
    Node { value: Value::Map(members), span }
}

fn string(value: &Value<'_>) -> Option<Node<'static>> {
    let member = value.member("NS.string").or_else(|| value.member("NS.bytes"))?;
    let value = match &member.value {
        Value::Text(_) | Value::InvalidText { .. } => member.value.clone().into_owned(),
        Value::Blob(bytes) => Value::utf8(bytes).into_owned(),
        _ => return None,
    };
    Some(Node { value, span: member.span })
}

fn date(value: &Value<'_>) -> Option<Node<'static>> {
    let member = value.member("NS.time")?;
    let seconds = match member.value {
        Value::Real(seconds) | Value::Date(seconds) => seconds,
        Value::Integer(seconds) => f64::from(i32::try_from(seconds).ok()?),
        _ => return None,
    };
    Some(Node { value: Value::Date(seconds), span: member.span })
}

/// `XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX`, in capitals as Foundation writes it.
fn uuid(value: &Value<'_>) -> Option<Node<'static>> {
    let member = value.member("NS.uuidbytes")?;
    let Value::Blob(bytes) = &member.value else { return None };
    let sixteen = <[u8; 16]>::try_from(&**bytes).ok()?;
    let digits = hex::encode_upper(sixteen);
    let mut rest = digits.as_str();
    let mut parts = Vec::new();
    for length in [8, 4, 4, 4] {
        let (part, behind) = rest.split_at_checked(length)?;
        parts.push(part);
        rest = behind;
    }
    parts.push(rest);
    Some(Node { value: Value::Text(Cow::Owned(parts.join("-"))), span: member.span })
}
