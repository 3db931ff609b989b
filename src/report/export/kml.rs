//! Located records as KML 2.2 (OGC 07-147r2). A viewer takes descriptions for HTML, so what stands there is escaped twice: a message
//! cannot load a picture from the network into an examiner's map.

use super::columns::{Column, Layout};
use super::reading::{member, shown, without_controls};
use super::row::Row;
use super::thread::time;
use super::{Export, Item, Source, Tally, Target, count};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use serde_json::Value;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

const NAME: &str = "locations.kml";
const OUTSIDE: &str =
    "a place whose coordinates are none: latitude beyond 90 or longitude beyond 180 degrees";
const NOWHERE: &str = "a place without coordinates and without an address";
const CONTROL: &str = "a text with control characters: their pictures stand for them";

/// The file.
pub(super) struct Kml {
    out: Writer<BufWriter<File>>,
    layouts: Vec<Layout>,
    tally: Tally,
}

impl Kml {
    pub(super) fn new(source: &Source, folder: &Path) -> io::Result<Self> {
        let file = BufWriter::new(File::create_new(folder.join(NAME))?);
        let mut kml = Kml {
            out: Writer::new(file),
            layouts: Vec::new(),
            tally: Tally { files: vec![NAME.into()], ..Tally::default() },
        };
        kml.out.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        let root = BytesStart::new("kml").with_attributes([("xmlns", "http://www.opengis.net/kml/2.2")]);
        kml.out.write_event(Event::Start(root))?;
        kml.start("Document")?;
        kml.text("name", "affiant report")?;
        let said = format!(
            "report.json SHA-256 {}. Evidence {}. Not carried: {}.",
            source.sha256,
            member(source.head.get("evidence"), "name"),
            Target::Kml.cannot_carry().join("; ")
        );
        kml.text("description", &html(&said))?;
        Ok(kml)
    }

    fn start(&mut self, name: &str) -> io::Result<()> {
        self.out.write_event(Event::Start(BytesStart::new(name)))
    }

    fn end_of(&mut self, name: &str) -> io::Result<()> {
        self.out.write_event(Event::End(BytesEnd::new(name)))
    }

    fn text(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.start(name)?;
        self.out.write_event(Event::Text(BytesText::new(&clean(text))))?;
        self.end_of(name)
    }

    /// The elements of a place mark, in the order of the schema.
    fn place(&mut self, item: &Item<'_>, place: &Value, point: Option<(f64, f64)>) -> io::Result<()> {
        self.start("Placemark")?;
        let record = item.record;
        let name = member(place, "name");
        let said = format!("{} {}", member(record, "service"), item.kind.name.replace('_', " "));
        self.text("name", &if name.is_empty() { said.clone() } else { format!("{name} ({said})") })?;
        let address = member(place, "address");
        if !address.is_empty() {
            self.text("address", &address)?;
        }
        self.text("description", &html(&described(item, &said)))?;
        if let Some(utc) = moment(item) {
            self.start("TimeStamp")?;
            self.text("when", utc)?;
            self.end_of("TimeStamp")?;
        }
        self.cells(item)?;
        if let Some((latitude, longitude)) = point {
            self.start("Point")?;
            self.text("coordinates", &format!("{longitude},{latitude}"))?;
            self.end_of("Point")?;
        }
        self.end_of("Placemark")
    }

    /// Every cell of the record's table.
    fn cells(&mut self, item: &Item<'_>) -> io::Result<()> {
        let position = self.layouts.iter().position(|layout| layout.kind == item.kind);
        let layout =
            position.and_then(|at| self.layouts.get(at)).cloned().unwrap_or_else(|| Layout::of(item.kind));
        if position.is_none() {
            self.layouts.push(layout.clone());
        }
        let mut row = Row::of(&layout, item);
        let controls = row.say(&layout, &without_controls);
        if controls > 0 {
            *self.tally.changed.entry(CONTROL).or_insert(0) += controls;
        }
        self.start("ExtendedData")?;
        for (Column { name, .. }, cell) in layout.columns.iter().zip(row.cells(&layout)) {
            let Some(text) = cell.text() else { continue };
            self.out.write_event(Event::Start(
                BytesStart::new("Data").with_attributes([("name", name.as_str())]),
            ))?;
            self.text("value", &text)?;
            self.end_of("Data")?;
        }
        self.end_of("ExtendedData")
    }
}

impl Export for Kml {
    fn record(&mut self, item: &Item<'_>) -> io::Result<()> {
        let place = &item.record["location"];
        if place.is_null() {
            return Ok(());
        }
        let point = place["latitude"].as_f64().zip(place["longitude"].as_f64());
        let is_on_earth =
            |(latitude, longitude): (f64, f64)| latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
        match point {
            Some(point) if !is_on_earth(point) => count(&mut self.tally.lost, OUTSIDE),
            None if member(place, "address").is_empty() => count(&mut self.tally.lost, NOWHERE),
            point => {
                self.place(item, place, point)?;
                count(&mut self.tally.written, item.kind.plural.to_owned());
            }
        }
        Ok(())
    }

    fn end(mut self: Box<Self>) -> io::Result<Tally> {
        self.end_of("Document")?;
        self.end_of("kml")?;
        let mut file = self.out.into_inner();
        file.write_all(b"\n")?;
        file.flush()?;
        Ok(self.tally)
    }
}

/// The first time of the record that is known.
fn moment<'i>(item: &Item<'i>) -> Option<&'i str> {
    time(item.record).or_else(|| {
        let mut times =
            item.record.as_object().into_iter().flatten().filter(|(name, _)| name.ends_with("_at"));
        times.find_map(|(_, value)| value["utc"].as_str())
    })
}

fn described(item: &Item<'_>, said: &str) -> String {
    let record = item.record;
    let mut lines = vec![format!("{said}, {} ({})", member(record, "state"), member(record, "id"))];
    if !record["certainty"].is_null() {
        lines.push(format!("certainty: {}", member(record, "certainty")));
    }
    for name in ["sender", "counterparty"].iter().filter(|name| record.get(**name).is_some()) {
        lines.push(format!("{name}: {}", shown(&record[*name])));
    }
    let body: String = member(record, "body").chars().take(1_000).collect();
    if !body.is_empty() {
        lines.push(body);
    }
    lines.join("\n")
}

/// Text as HTML that shows it.
fn html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    escaped.replace('\n', "<br/>")
}

/// Text without what XML 1.0 cannot hold; a reader makes a line feed of a carriage return.
fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    without_controls(&text).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_no_html() {
        assert_eq!(html("<img src=\"x\">&\n"), "&lt;img src=&quot;x&quot;&gt;&amp;<br/>");
    }
}
