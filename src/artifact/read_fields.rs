//! The part of a definition that says what the columns mean: `[record.fields]`.

use super::bits::Bits;
use super::definition::{
    Constant, FieldSpec, Labels, ListSpec, Lookup, NameId, ObjectSpec, Origin, ValueSpec,
};
use super::faults::{Faults, maybe_text};
use super::read::{decode_and_path, steps};
use super::read_rows::{Names, constant};
use super::readings;
use crate::record::kinds::{Field, Holds, Kind, PARTY};
use crate::record::{Clock, Conversion};
use toml::{Table, Value};

const SPEC: &[&str] =
    &["from", "first", "value", "decode", "path", "unwrap", "bit", "mask", "as", "enum", "format", "zone"];

/// What `[record.fields]` says.
#[derive(Debug, Default)]
pub(super) struct Made {
    pub(super) fields: Vec<(&'static Field, FieldSpec)>,
    pub(super) service: Option<ValueSpec>,
    pub(super) counterparty: Option<ObjectSpec>,
    pub(super) extra: Vec<(String, ListSpec)>,
}

/// Reads fields against the closed list of a kind.
pub(super) struct FieldReader<'r> {
    pub(super) kind: &'static Kind,
    pub(super) enums: &'r Table,
    pub(super) lookups: &'r [Lookup],
    pub(super) names: &'r mut Names,
    pub(super) faults: &'r mut Faults,
    /// Of a table of cells: how its times are written where the field says nothing else.
    pub(super) clock: Option<TableClock<'r>>,
}

/// How the times of a table are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct TableClock<'r> {
    pub(super) format: Option<&'r str>,
    pub(super) zone: Option<&'r str>,
}

/// Where names point: to the row, or into an element of `each`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Row,
    Element,
}

impl FieldReader<'_> {
    /// Reads all fields; they come out in the order of the kind's table.
    pub(super) fn fields(&mut self, table: &Table, place: &str) -> Made {
        let mut made = Made::default();
        for (name, value) in table {
            let place = format!("{place}.{name}");
            match name.as_str() {
                "service" => made.service = self.value(value, Holds::Text, Scope::Row, &place),
                "extra" => made.extra = self.extra(value, &place),
                "counterparty" if self.kind.name == "message" => {
                    made.counterparty = self.one_object(value, PARTY, Scope::Row, &place);
                }
                _ => made.fields.extend(self.member(self.kind.fields, name, value, (Scope::Row, &place))),
            }
        }
        if made.service.is_none() {
            self.faults.add(place, "`service` is missing");
        }
        self.refuse_lists(&made, place);
        let position = |field: &Field| self.kind.fields.iter().position(|known| known.name == field.name);
        made.fields.sort_by_key(|(field, _)| position(field));
        made
    }

    fn extra(&mut self, value: &Value, place: &str) -> Vec<(String, ListSpec)> {
        let Some(table) = value.as_table() else {
            self.faults.add(place, "`extra` is a table: extra.NAME = …");
            return Vec::new();
        };
        let mut read = Vec::new();
        for (name, value) in table {
            let spec = self.listed(value, Holds::Code(&[]), Scope::Row, &format!("{place}.{name}"));
            read.extend(spec.map(|spec| (name.clone(), spec)));
        }
        read
    }

    fn member(
        &mut self,
        fields: &'static [Field],
        name: &str,
        value: &Value,
        (scope, place): (Scope, &str),
    ) -> Option<(&'static Field, FieldSpec)> {
        let Some(field) = fields.iter().find(|field| field.name == name) else {
            let known: Vec<&str> = fields.iter().map(|field| field.name).collect();
            self.faults.unknown(place, "field", name, &known);
            return None;
        };
        let spec = match field.holds {
            Holds::Object(members) => FieldSpec::Object(self.one_object(value, members, scope, place)?),
            Holds::Objects(members) => FieldSpec::Objects(self.objects(value, members, scope, place)),
            Holds::Texts => FieldSpec::Values(self.values(value, scope, place)),
            holds => FieldSpec::Value(self.value(value, holds, scope, place)?),
        };
        Some((field, spec))
    }

    fn objects(
        &mut self,
        value: &Value,
        fields: &'static [Field],
        scope: Scope,
        place: &str,
    ) -> Vec<ObjectSpec> {
        let list = match value {
            Value::Array(list) => list.as_slice(),
            single => std::slice::from_ref(single),
        };
        list.iter().filter_map(|making| self.object(making, fields, scope, place)).collect()
    }

    fn values(&mut self, value: &Value, scope: Scope, place: &str) -> Vec<ListSpec> {
        let list = match value {
            Value::Array(list) => list.as_slice(),
            single => std::slice::from_ref(single),
        };
        list.iter().filter_map(|making| self.listed(making, Holds::Texts, scope, place)).collect()
    }

    fn listed(&mut self, value: &Value, holds: Holds, scope: Scope, place: &str) -> Option<ListSpec> {
        let value = self.value(value, holds, scope, place)?;
        let mut used = Vec::new();
        names_of_value(&value, &mut used);
        Some(ListSpec { many: self.many(&used, place), value })
    }

    /// An object that is no element of a list.
    fn one_object(
        &mut self,
        value: &Value,
        fields: &'static [Field],
        scope: Scope,
        place: &str,
    ) -> Option<ObjectSpec> {
        if value.as_table().is_some_and(|table| table.contains_key("each")) {
            self.faults.add(place, "`each` is for lists");
        }
        self.object(value, fields, scope, place)
    }

    fn object(
        &mut self,
        value: &Value,
        fields: &'static [Field],
        scope: Scope,
        place: &str,
    ) -> Option<ObjectSpec> {
        let Some(table) = value.as_table() else {
            self.faults.add(place, "is an object: give its members, as in `sender.address = …`");
            return None;
        };
        let each = table
            .get("each")
            .and_then(|each| self.value(each, Holds::Code(&[]), scope, &format!("{place}.each")));
        let inner = if each.is_some() { Scope::Element } else { scope };
        let mut members = Vec::new();
        for (name, value) in table.iter().filter(|(name, _)| *name != "each") {
            members.extend(self.member(fields, name, value, (inner, &format!("{place}.{name}"))));
        }
        members.sort_by_key(|(field, _)| fields.iter().position(|known| known.name == field.name));
        let mut object = ObjectSpec { members, each, many: None };
        let asked: Vec<String> = readings::element_paths(&object).into_iter().map(str::to_owned).collect();
        if let Some(each) = &mut object.each {
            let asked = asked.iter().map(String::as_str);
            readings::ask_below(&mut each.steps, asked, (place, &mut *self.faults));
        }
        let mut used = Vec::new();
        names_of_object(&object, &mut used);
        object.many = self.many(&used, place);
        Some(object)
    }

    /// The `many` look-up that a set of names hangs on; the deepest, where one hangs on another.
    fn many(&mut self, used: &[NameId], place: &str) -> Option<usize> {
        let mut found: Option<usize> = None;
        for name in used {
            let Some(lookup) = self.names.get(*name).and_then(|name| name.lookup) else { continue };
            let Some(root) = self.many_above(lookup) else { continue };
            found = match found {
                None => Some(root),
                Some(known) if known == root || self.hangs_on(known, root) => Some(known),
                Some(known) if self.hangs_on(root, known) => Some(root),
                Some(_) => {
                    self.faults.add(place, "uses two `many` look-ups that do not hang on each other");
                    found
                }
            };
        }
        found
    }

    fn many_above(&self, lookup: usize) -> Option<usize> {
        let this = self.lookups.get(lookup)?;
        if this.many { Some(lookup) } else { this.under }
    }

    fn hangs_on(&self, lookup: usize, other: usize) -> bool {
        let above = self.lookups.get(lookup).and_then(|lookup| lookup.under);
        above.is_some_and(|above| above == other || self.hangs_on(above, other))
    }

    /// Of fields that are no lists none may hang on several rows.
    fn refuse_lists(&mut self, made: &Made, place: &str) {
        for (field, spec) in &made.fields {
            if matches!(spec, FieldSpec::Value(_) | FieldSpec::Object(_)) {
                let mut used = Vec::new();
                names_of(spec, &mut used);
                self.refuse_many(&used, &format!("{place}.{}", field.name));
            }
        }
        let (mut other_side, mut service) = (Vec::new(), Vec::new());
        made.counterparty.iter().for_each(|object| names_of_object(object, &mut other_side));
        made.service.iter().for_each(|value| names_of_value(value, &mut service));
        self.refuse_many(&other_side, &format!("{place}.counterparty"));
        self.refuse_many(&service, &format!("{place}.service"));
    }

    fn refuse_many(&mut self, used: &[NameId], place: &str) {
        if self.many(used, place).is_some() {
            self.faults.add(place, "a field that is no list cannot come from a `many` look-up");
        }
    }

    fn value(&mut self, value: &Value, holds: Holds, scope: Scope, place: &str) -> Option<ValueSpec> {
        let mut spec = match value {
            Value::String(name) => bare(self.origin(name, scope, place)),
            Value::Table(table) => self.spec(table, holds, scope, place)?,
            _ => {
                self.faults.add(place, "a field is a name or a table with `from`, `first` or `value`");
                return None;
            }
        };
        if spec.conversion.is_none() {
            spec.clock = self.clock_of(value, holds, place);
        }
        // What is wrong with a written pattern is told already.
        let is_told = self.clock.is_some_and(|clock| clock.format.is_some());
        if holds == Holds::Time && !is_told && !yields_time(&spec) {
            self.faults.add(place, "a time needs a conversion that says its unit: as = \"unix_ms\", … (of a table: `time_format`)");
        }
        if spec.conversion.is_some_and(Conversion::is_time) && !matches!(holds, Holds::Time | Holds::Code(_))
        {
            self.faults.add(place, "the field holds no time: a conversion of times does not fit");
        }
        Some(spec)
    }

    fn origin(&mut self, name: &str, scope: Scope, place: &str) -> Origin {
        match scope {
            Scope::Row => Origin::Name(self.names.intern(name, place, self.faults)),
            Scope::Element => Origin::Element(name.strip_suffix('?').unwrap_or(name).to_owned()),
        }
    }

    fn spec(&mut self, table: &Table, holds: Holds, scope: Scope, place: &str) -> Option<ValueSpec> {
        self.faults.closed(place, table, SPEC);
        let origin = match (table.get("from"), table.get("first"), table.get("value")) {
            (Some(Value::String(name)), None, None) => self.origin(name, scope, place),
            (None, Some(Value::Array(list)), None) => {
                if list.is_empty() {
                    self.faults.add(place, "`first` needs at least one name");
                }
                let inner = if table.contains_key("as") { Holds::Code(&[]) } else { holds };
                Origin::First(
                    list.iter().filter_map(|value| self.value(value, inner, scope, place)).collect(),
                )
            }
            (None, None, Some(value)) => {
                let value = constant(value, place, self.faults)?;
                self.label_fits(&value, holds, place);
                Origin::Constant(value)
            }
            _ => {
                self.faults.add(place, "needs exactly one of `from`, `first`, `value`");
                return None;
            }
        };
        let mut made = steps(table.get("unwrap"), place, self.faults);
        made.extend(decode_and_path(table, place, self.faults));
        Some(ValueSpec {
            origin,
            steps: made,
            bits: self.bits(table, place),
            conversion: self.conversion(table, place),
            labels: self.labels(table, holds, place),
            clock: None,
        })
    }

    fn bits(&mut self, table: &Table, place: &str) -> Option<Bits> {
        match (table.get("bit"), table.get("mask")) {
            (Some(bit), None) => {
                let bit = bit.as_integer().and_then(|bit| u32::try_from(bit).ok()).filter(|bit| *bit < 64);
                if bit.is_none() {
                    self.faults.add(place, "`bit` is a number from 0 to 63");
                }
                bit.map(Bits::One)
            }
            (None, Some(mask)) => {
                let mask = mask.as_integer().filter(|mask| *mask > 0);
                if mask.is_none() {
                    self.faults.add(place, "`mask` is a number above 0, such as 0x1F");
                }
                mask.map(Bits::Mask)
            }
            (Some(_), Some(_)) => {
                self.faults.add(place, "needs one of `bit` and `mask`, not both");
                None
            }
            (None, None) => None,
        }
    }

    /// The clock of a field: its own `format` and `zone`, else those of its table.
    fn clock_of(&mut self, value: &Value, holds: Holds, place: &str) -> Option<Clock> {
        let own = |key: &str| value.as_table().and_then(|table| table.get(key)).and_then(Value::as_str);
        let (format, zone) = (own("format"), own("zone"));
        let Some(table) = self.clock else {
            if format.or(zone).is_some() {
                self.faults.add(place, "`format` and `zone` are for mappings of tables");
            }
            return None;
        };
        if holds != Holds::Time && format.is_none() {
            return None;
        }
        let zone =
            zone.or(if format.is_some_and(|format| format.contains("%z")) { None } else { table.zone });
        match format.or(table.format).map(|format| Clock::new(format, zone)) {
            Some(Ok(clock)) => Some(clock),
            Some(Err(message)) => {
                self.faults.add(place, message);
                None
            }
            None => None,
        }
    }

    fn conversion(&mut self, table: &Table, place: &str) -> Option<Conversion> {
        let name = maybe_text(table, "as", place, self.faults)?;
        let found = Conversion::by_name(name);
        if found.is_none() {
            self.faults.unknown(place, "conversion", name, &Conversion::names().collect::<Vec<_>>());
        }
        found
    }

    fn labels(&mut self, table: &Table, holds: Holds, place: &str) -> Option<Labels> {
        let name = maybe_text(table, "enum", place, self.faults)?;
        let Some(labels) = self.enums.get(name).and_then(Value::as_table) else {
            let known: Vec<&str> = self.enums.keys().map(String::as_str).collect();
            self.faults.unknown(place, "enum", name, &known);
            return None;
        };
        let mut read = Vec::new();
        for (code, label) in labels {
            let label = constant(label, &format!("enum.{name}"), self.faults)?;
            self.label_fits(&label, holds, &format!("enum.{name}.{code}"));
            read.push((code.clone(), label));
        }
        Some(Labels(read))
    }

    fn label_fits(&mut self, label: &Constant, holds: Holds, place: &str) {
        match (holds, label) {
            (Holds::Code(allowed), Constant::Text(text))
                if !allowed.is_empty() && !allowed.contains(&text.as_str()) =>
            {
                self.faults.unknown(place, "label", text, allowed);
            }
            (Holds::Bool, Constant::Bool(_)) => {}
            (Holds::Bool, _) => self.faults.add(place, "the field holds a truth value: true or false"),
            _ => {}
        }
    }
}

fn bare(origin: Origin) -> ValueSpec {
    ValueSpec { origin, steps: Vec::new(), bits: None, conversion: None, labels: None, clock: None }
}

fn yields_time(spec: &ValueSpec) -> bool {
    if spec.clock.is_some() {
        return true;
    }
    match (&spec.conversion, &spec.origin) {
        (Some(conversion), _) => conversion.is_time(),
        (None, Origin::First(list)) => list.iter().all(yields_time),
        (None, _) => false,
    }
}

/// Every name that a field uses.
pub(super) fn names_of(spec: &FieldSpec, used: &mut Vec<NameId>) {
    match spec {
        FieldSpec::Value(value) => names_of_value(value, used),
        FieldSpec::Values(values) => values.iter().for_each(|listed| names_of_value(&listed.value, used)),
        FieldSpec::Object(object) => names_of_object(object, used),
        FieldSpec::Objects(objects) => objects.iter().for_each(|object| names_of_object(object, used)),
    }
}

/// Every name that an object uses.
pub(super) fn names_of_object(object: &ObjectSpec, used: &mut Vec<NameId>) {
    object.members.iter().for_each(|(_, spec)| names_of(spec, used));
    object.each.iter().for_each(|each| names_of_value(each, used));
}

/// Every name that a value uses.
pub(super) fn names_of_value(spec: &ValueSpec, used: &mut Vec<NameId>) {
    match &spec.origin {
        Origin::Name(name) => used.push(*name),
        Origin::First(list) => list.iter().for_each(|value| names_of_value(value, used)),
        Origin::Element(_) | Origin::Constant(_) => {}
    }
}
