//! Rows as bytes in a segment: record batch messages of Arrow's IPC format, one after the other.
//!
//! The schema is not repeated before each unit: whoever reads knows the columns from the index.

use std::collections::HashMap;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::reader::RecordBatchDecoder;
use arrow::ipc::root_as_message;
use arrow::ipc::writer::{
    DictionaryTracker, IpcDataGenerator, IpcWriteContext, IpcWriteOptions, write_message,
};

/// Before each message, then its length in four bytes.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// Appends the batches' messages.
pub fn encode(batches: &[RecordBatch], into: &mut Vec<u8>) -> Result<(), ArrowError> {
    let (generator, options) = (IpcDataGenerator::default(), IpcWriteOptions::default());
    let (mut dictionaries, mut context) = (DictionaryTracker::new(false), IpcWriteContext::default());
    for batch in batches {
        let (_, encoded) = generator.encode(batch, &mut dictionaries, &options, &mut context)?;
        write_message(&mut *into, encoded, &options)?;
    }
    Ok(())
}

/// The batches of a block, cut to the columns of `projection`. The bytes were checked before.
pub fn decode(
    bytes: Vec<u8>,
    schema: &SchemaRef,
    projection: &[usize],
) -> Result<Vec<RecordBatch>, ArrowError> {
    let block = Buffer::from_vec(bytes);
    let no_dictionaries = HashMap::new();
    let (mut batches, mut at) = (Vec::new(), 0_usize);
    while at < block.len() {
        let meta = message(&block, at)?;
        let message = root_as_message(meta).map_err(|error| cut(&error.to_string()))?;
        let batch = message.header_as_record_batch().ok_or_else(|| cut("not a record batch"))?;
        let body_at = at + 8 + meta.len();
        let body_length = usize::try_from(message.bodyLength()).map_err(|_| cut("negative length"))?;
        if body_at.checked_add(body_length).is_none_or(|end| end > block.len()) {
            return Err(cut("longer than its block"));
        }
        let body = block.slice_with_length(body_at, body_length);
        let version = message.version();
        let decoder =
            RecordBatchDecoder::try_new(&body, batch, SchemaRef::clone(schema), &no_dictionaries, &version)?;
        batches.push(decoder.with_projection(Some(projection)).read_record_batch()?);
        at = body_at + body_length;
    }
    Ok(batches)
}

/// The metadata of the message that begins at `at`.
fn message(block: &Buffer, at: usize) -> Result<&[u8], ArrowError> {
    let rest = block.get(at..).unwrap_or_default();
    let (mark, rest) = rest.split_first_chunk::<4>().ok_or_else(|| cut("no message"))?;
    let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(|| cut("no length"))?;
    if *mark != CONTINUATION {
        return Err(cut("no message begins here"));
    }
    let length = usize::try_from(i32::from_le_bytes(*length)).map_err(|_| cut("negative length"))?;
    rest.get(..length).ok_or_else(|| cut("longer than its block"))
}

fn cut(why: &str) -> ArrowError {
    ArrowError::IpcError(format!("a kept batch cannot be read: {why}"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, BooleanArray, Int64Array, StringArray};

    use super::*;

    fn batch(rows: i64) -> RecordBatch {
        let ids = Int64Array::from_iter((0..rows).map(|i| (i % 3 > 0).then_some(i)));
        let names = StringArray::from_iter((0..rows).map(|i| (i % 4 > 0).then(|| format!("näme {i}"))));
        let flags = BooleanArray::from_iter((0..rows).map(|i| (i % 5 > 0).then_some(i % 2 == 0)));
        let columns: [(&str, ArrayRef); 3] =
            [("id", Arc::new(ids)), ("name", Arc::new(names)), ("flag", Arc::new(flags))];
        RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).unwrap()
    }

    #[test]
    fn batches_come_back_as_they_were_and_cut_to_the_columns_wanted() {
        let batches = [batch(10), batch(0), batch(1000).slice(3, 500)];
        let mut bytes = Vec::new();
        encode(&batches, &mut bytes).unwrap();
        let schema = batches[0].schema();
        assert_eq!(decode(bytes.clone(), &schema, &[0, 1, 2]).unwrap(), batches);
        let cut = decode(bytes.clone(), &schema, &[2, 0]).unwrap();
        assert_eq!(cut[2], batches[2].project(&[2, 0]).unwrap());
        // No column at all still counts rows.
        assert_eq!(decode(bytes, &schema, &[]).unwrap()[2].num_rows(), 500);
    }

    #[test]
    fn a_block_that_is_cut_anywhere_is_an_error() {
        let mut bytes = Vec::new();
        encode(&[batch(40)], &mut bytes).unwrap();
        let schema = batch(1).schema();
        for length in 1..bytes.len() {
            assert!(decode(bytes[..length].to_vec(), &schema, &[0, 1, 2]).is_err(), "{length}");
        }
    }
}
