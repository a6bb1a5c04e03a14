//! SQL values as JSON text, the way PostgreSQL's `to_jsonb` and `to_json` write them.

use arrow::array::{
    Array, ArrayRef, BooleanArray, Float32Array, Float64Array, ListArray, StringArray, StructArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, TimeUnit};
use datafusion::common::cast::as_string_array;
use datafusion::common::{Result, exec_datafusion_err};

use crate::engine::json::function::canonical;
use crate::engine::pg_type;
use crate::engine::types::{PgType, write};
use crate::model::Json;

/// Which of the two types is written: they differ in spaces, and `jsonb` is canonical.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    Json,
    Jsonb,
}

impl Style {
    pub fn type_name(self) -> &'static str {
        match self {
            Style::Json => "json",
            Style::Jsonb => "jsonb",
        }
    }

    /// Between the key and the value of `build_object`.
    pub fn after_key(self) -> &'static str {
        match self {
            Style::Json => " : ",
            Style::Jsonb => ": ",
        }
    }

    /// `json_object_agg` has spaces inside its braces.
    pub fn open_gathered(self) -> &'static str {
        match self {
            Style::Json => "{ ",
            Style::Jsonb => "{",
        }
    }

    pub fn close_gathered(self) -> &'static str {
        match self {
            Style::Json => " }",
            Style::Jsonb => "}",
        }
    }
}

pub struct Writer {
    style: Style,
}

impl Writer {
    pub fn new(style: Style) -> Self {
        Self { style }
    }

    pub fn write(&self, array: &ArrayRef, field: &Field, row: usize, out: &mut String) -> Result<()> {
        if array.is_null(row) || array.data_type().is_null() {
            out.push_str("null");
            return Ok(());
        }
        let any = array.as_any();
        match array.data_type() {
            DataType::Boolean => {
                let value = any.downcast_ref::<BooleanArray>().is_some_and(|a| a.value(row));
                out.push_str(if value { "true" } else { "false" });
            }
            DataType::Utf8 => {
                let text = any.downcast_ref::<StringArray>().map_or("", |a| a.value(row));
                self.write_text(text, field, out)?;
            }
            DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(..) => {
                let texts = arrow::compute::cast(array, &DataType::Utf8)?;
                self.write_text(as_string_array(&texts)?.value(row), field, out)?;
            }
            DataType::List(item) => {
                let Some(items) = any.downcast_ref::<ListArray>().map(|a| a.value(row)) else {
                    return Ok(());
                };
                let comma = if self.style == Style::Json { "," } else { ", " };
                out.push('[');
                for at in 0..items.len() {
                    out.push_str(if at > 0 { comma } else { "" });
                    self.write(&items, item, at, out)?;
                }
                out.push(']');
            }
            DataType::Struct(fields) => {
                let Some(record) = any.downcast_ref::<StructArray>() else { return Ok(()) };
                let (comma, colon) = if self.style == Style::Json { (",", ":") } else { (", ", ": ") };
                let mut members = String::from("{");
                for (at, (field, column)) in fields.iter().zip(record.columns()).enumerate() {
                    members.push_str(if at > 0 { comma } else { "" });
                    write_string(field.name(), &mut members);
                    members.push_str(colon);
                    self.write(column, field, row, &mut members)?;
                }
                members.push('}');
                match self.style {
                    Style::Json => out.push_str(&members),
                    Style::Jsonb => out.push_str(&canonical(&members)?),
                }
            }
            DataType::Float64 => {
                let value = any.downcast_ref::<Float64Array>().map_or(0.0, |a| a.value(row));
                self.write_float(value, out)?;
            }
            DataType::Float32 => {
                let value = any.downcast_ref::<Float32Array>().map_or(0.0, |a| a.value(row));
                // By its own digits, not those of the double it would become.
                self.write_float(value.to_string().parse().unwrap_or(f64::from(value)), out)?;
            }
            kind if kind.is_integer() => out.push_str(&shown(array, field, row)?),
            DataType::LargeBinary => {
                let number = shown(array, field, row)?;
                match number.as_str() {
                    "NaN" | "Infinity" | "-Infinity" => write_string(&number, out),
                    _ => out.push_str(&number),
                }
            }
            DataType::Timestamp(_, zone) => {
                let micros = DataType::Timestamp(TimeUnit::Microsecond, zone.clone());
                let instants = arrow::compute::cast(array, &micros)?;
                let value = instants.as_any().downcast_ref::<TimestampMicrosecondArray>();
                let value = value.map_or(0, |a| a.value(row));
                write_string(&instant(value, zone.is_some())?, out);
            }
            _ => write_string(&shown(array, field, row)?, out),
        }
        Ok(())
    }

    fn write_text(&self, text: &str, field: &Field, out: &mut String) -> Result<()> {
        match (pg_type::stated(field), self.style) {
            (Some("jsonb"), _) | (Some("json"), Style::Json) => out.push_str(text),
            (Some("json"), Style::Jsonb) => out.push_str(&canonical(text)?),
            _ => write_string(text, out),
        }
        Ok(())
    }

    fn write_float(&self, value: f64, out: &mut String) -> Result<()> {
        if !value.is_finite() {
            let name = if value.is_nan() {
                "NaN"
            } else if value > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            };
            write_string(name, out);
            return Ok(());
        }
        let text = format!("{value:?}");
        let text = text.strip_suffix(".0").unwrap_or(&text);
        match (self.style, text.contains('e')) {
            (Style::Jsonb, true) => out.push_str(&canonical(text)?),
            (Style::Json, true) => {
                let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
                let exponent: i32 = exponent.parse().unwrap_or(0);
                out.push_str(&format!("{mantissa}e{exponent:+03}"));
            }
            _ => out.push_str(if text == "-0" && self.style == Style::Jsonb { "0" } else { text }),
        }
        Ok(())
    }
}

pub fn write_string(text: &str, out: &mut String) {
    Json::string(text).write_jsonb(out);
}

fn shown(array: &ArrayRef, field: &Field, row: usize) -> Result<String> {
    Ok(write::value(array, &PgType::of(field), row)?.unwrap_or_default())
}

/// ISO 8601, with as many digits of a second as there are.
fn instant(micros: i64, zoned: bool) -> Result<String> {
    let time = chrono::DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| exec_datafusion_err!("timestamp out of range"))?;
    let mut text = time.format("%Y-%m-%dT%H:%M:%S").to_string();
    let fraction = time.timestamp_subsec_micros();
    if fraction > 0 {
        text.push('.');
        text.push_str(format!("{fraction:06}").trim_end_matches('0'));
    }
    if zoned {
        text.push_str("+00:00");
    }
    Ok(text)
}
