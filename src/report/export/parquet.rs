//! Parquet, one file for each kind of record, zstd: what DuckDB, Spark, pandas and ClickHouse read. Written with the crate `parquet`
//! alone, without Arrow, which would double what there is to build.
//!
//! Texts are as they stand in the report. Times are `TIMESTAMP(MICROS, UTC)`, with the stored time beside them; lists, `extra`, `raw` and
//! `provenance` are `JSON`. The metadata of each file names report, evidence and what is not carried.

use super::columns::{Column, Form, Layout};
use super::reading::member;
use super::row::{Cell, Row};
use super::{Export, Item, Source, Tally, Target, count};
use crate::record::{Moment, parse_utc};
use ::parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use ::parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use ::parquet::errors::{ParquetError, Result as Written};
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use ::parquet::schema::types::{Type, TypePtr};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows of a row group, and bytes of its texts: what is kept in memory until it is written.
const ROWS: usize = 1 << 16;
const BYTES: usize = 32 << 20;

fn failed(error: ParquetError) -> io::Error {
    io::Error::other(error)
}

/// The files.
pub(super) struct Parquet {
    folder: PathBuf,
    properties: Arc<WriterProperties>,
    /// That of the kind whose records come; the others are closed.
    open: Option<Table>,
    tally: Tally,
}

impl Parquet {
    pub(super) fn new(source: &Source, folder: &Path) -> io::Result<Self> {
        fs::create_dir(folder.join("parquet"))?;
        let zstd = ZstdLevel::try_new(3).map_err(failed)?;
        let said = [
            ("affiant.report.sha256", source.sha256.clone()),
            ("affiant.version", member(source.head.get("tool"), "version").into_owned()),
            ("affiant.evidence", source.head.get("evidence").to_string()),
            ("affiant.not_carried", Target::Parquet.cannot_carry().join("; ")),
        ];
        let said = said.into_iter().map(|(key, value)| KeyValue::new(key.to_owned(), value)).collect();
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(zstd))
            .set_created_by(format!("affiant {}", env!("CARGO_PKG_VERSION")))
            .set_key_value_metadata(Some(said));
        Ok(Parquet {
            folder: folder.to_owned(),
            properties: Arc::new(properties.build()),
            open: None,
            tally: Tally::default(),
        })
    }

    fn table(&mut self, item: &Item<'_>) -> io::Result<&mut Table> {
        let table = match self.open.take() {
            Some(table) if table.layout.kind == item.kind => table,
            other => {
                if let Some(table) = other {
                    table.close()?;
                }
                let path = Path::new("parquet").join(format!("{}.parquet", item.kind.plural));
                let file = File::create_new(self.folder.join(&path))?;
                self.tally.files.push(path);
                Table::new(Layout::of(item.kind), file, &self.properties)?
            }
        };
        Ok(self.open.insert(table))
    }
}

impl Export for Parquet {
    fn record(&mut self, item: &Item<'_>) -> io::Result<()> {
        self.table(item)?.push(item)?;
        count(&mut self.tally.written, item.kind.plural.to_owned());
        Ok(())
    }

    fn end(mut self: Box<Self>) -> io::Result<Tally> {
        if let Some(table) = self.open.take() {
            table.close()?;
        }
        Ok(self.tally)
    }
}

/// A file, with the rows of its next row group.
struct Table {
    layout: Layout,
    writer: SerializedFileWriter<File>,
    held: Vec<Held>,
    rows: usize,
    bytes: usize,
}

/// The values of a column that are not null, and for each row whether there is one.
struct Held {
    present: Vec<i16>,
    values: Values,
}

enum Values {
    Texts(Vec<ByteArray>),
    Bools(Vec<bool>),
    Integers(Vec<i64>),
    Numbers(Vec<f64>),
}

impl Table {
    fn new(layout: Layout, file: File, properties: &Arc<WriterProperties>) -> io::Result<Self> {
        let columns: Written<Vec<TypePtr>> =
            layout.columns.iter().map(|column| type_of(column).map(Arc::new)).collect();
        let schema = Type::group_type_builder(layout.kind.name).with_fields(columns.map_err(failed)?).build();
        let schema = Arc::new(schema.map_err(failed)?);
        let writer = SerializedFileWriter::new(file, schema, Arc::clone(properties)).map_err(failed)?;
        let held =
            layout.columns.iter().map(|column| Held { present: Vec::new(), values: values(column.form()) });
        Ok(Table { held: held.collect(), layout, writer, rows: 0, bytes: 0 })
    }

    fn push(&mut self, item: &Item<'_>) -> io::Result<()> {
        let row = Row::of(&self.layout, item);
        for (held, cell) in self.held.iter_mut().zip(row.cells(&self.layout)) {
            self.bytes += held.push(&cell);
        }
        self.rows += 1;
        if self.rows >= ROWS || self.bytes >= BYTES { self.flush() } else { Ok(()) }
    }

    /// Writes a row group.
    fn flush(&mut self) -> io::Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group().map_err(failed)?;
        for held in &mut self.held {
            let Some(mut column) = group.next_column().map_err(failed)? else { break };
            held.write(&mut column).map_err(failed)?;
            column.close().map_err(failed)?;
        }
        group.close().map_err(failed)?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }

    fn close(mut self) -> io::Result<()> {
        self.flush()?;
        self.writer.close().map_err(failed)?;
        Ok(())
    }
}

impl Held {
    /// Takes the value of the next row; how many bytes it has.
    fn push(&mut self, cell: &Cell<'_>) -> usize {
        let bytes = match (&mut self.values, cell) {
            (Values::Bools(values), Cell::Bool(value)) => {
                values.push(*value);
                1
            }
            (Values::Integers(values), Cell::Integer(value)) => {
                values.push(*value);
                8
            }
            (Values::Numbers(values), Cell::Number(value)) => {
                values.push(*value);
                8
            }
            (Values::Integers(values), Cell::Moment(utc)) => match parse_utc(utc) {
                Some((moment, _)) => {
                    values.push(micros(moment));
                    8
                }
                None => 0,
            },
            (Values::Texts(values), cell) => match cell.text() {
                Some(text) => {
                    values.push(ByteArray::from(text.as_bytes().to_vec()));
                    text.len() + size_of::<ByteArray>()
                }
                None => 0,
            },
            _ => 0,
        };
        self.present.push(i16::from(bytes > 0));
        bytes + size_of::<i16>()
    }

    fn write(&mut self, column: &mut SerializedColumnWriter<'_>) -> Written<()> {
        let present = Some(self.present.as_slice());
        match &mut self.values {
            Values::Texts(values) => {
                column.typed::<ByteArrayType>().write_batch(values, present, None)?;
                values.clear();
            }
            Values::Bools(values) => {
                column.typed::<BoolType>().write_batch(values, present, None)?;
                values.clear();
            }
            Values::Integers(values) => {
                column.typed::<Int64Type>().write_batch(values, present, None)?;
                values.clear();
            }
            Values::Numbers(values) => {
                column.typed::<DoubleType>().write_batch(values, present, None)?;
                values.clear();
            }
        }
        self.present.clear();
        Ok(())
    }
}

fn values(form: Form) -> Values {
    match form {
        Form::Text | Form::Json => Values::Texts(Vec::new()),
        Form::Bool => Values::Bools(Vec::new()),
        Form::Integer | Form::Moment => Values::Integers(Vec::new()),
        Form::Number => Values::Numbers(Vec::new()),
    }
}

fn type_of(column: &Column) -> Written<Type> {
    let (physical, logical) = match column.form() {
        Form::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Form::Json => (Physical::BYTE_ARRAY, Some(LogicalType::Json)),
        Form::Bool => (Physical::BOOLEAN, None),
        Form::Integer => (Physical::INT64, None),
        Form::Moment => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
        Form::Number => (Physical::DOUBLE, None),
    };
    let builder = Type::primitive_type_builder(&column.name, physical).with_repetition(Repetition::OPTIONAL);
    builder.with_logical_type(logical).build()
}

fn micros(moment: Moment) -> i64 {
    moment.seconds * 1_000_000 + i64::from(moment.nanos / 1_000)
}
