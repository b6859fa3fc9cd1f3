//! Chunks that the engine encodes, and a client decodes.

use nova_http1::chunked::encode::{chunk, last_chunk, trailers};
use nova_http1::response::AnswerError;
use nova_http1::{Field, Fields, Limits};

use super::super::plan::Plan;
use super::super::{Disagreement, disagree};
use super::plan::{name, value};
use crate::reference::chunked;
use crate::reference::grammar::{is_tchar, is_value, same, trim};
use crate::reference::head::Lines;

/// Encodes content and trailers by the plan, and decodes them.
pub(super) fn chunked(plan: &mut Plan<'_>) -> Result<(), Disagreement> {
    let (mut out, mut given) = (Vec::new(), Vec::new());
    for _ in 0..plan.below(4) {
        let piece = plan.octets(40);
        chunk(&mut out, piece);
        given.extend_from_slice(piece);
    }
    let mut fields = [Field { name: b"", value: b"" }; 2];
    let count = plan.below(3);
    for field in &mut fields[..count] {
        *field = Field { name: name(plan), value: value(plan) };
    }
    let fields = &fields[..count];
    let before = out.len();
    match trailers(&mut out, Fields::from_slices(fields)) {
        Ok(()) if fields.iter().all(|field| is_allowed(field).is_none()) => {}
        Err(error)
            if out.len() == before
                && fields.iter().any(|field| is_allowed(field) == Some(error)) =>
        {
            return nothing_more(&mut out, &given);
        }
        said => return disagree!("{said:?} to {fields:?}"),
    }
    decoded(&out, &given, fields)
}

fn nothing_more(out: &mut Vec<u8>, given: &[u8]) -> Result<(), Disagreement> {
    last_chunk(out);
    decoded(out, given, &[])
}

/// Why this cannot be a trailer field.
fn is_allowed(field: &Field<'_>) -> Option<AnswerError> {
    match field {
        Field { name, .. } if name.is_empty() || !name.iter().copied().all(is_tchar) => {
            Some(AnswerError::FieldName)
        }
        Field { value, .. } if !value.iter().copied().all(is_value) => {
            Some(AnswerError::FieldValue)
        }
        Field { name, .. } if chunked::is_forbidden(name) => Some(AnswerError::Trailer),
        _ => None,
    }
}

fn decoded(out: &[u8], given: &[u8], fields: &[Field<'_>]) -> Result<(), Disagreement> {
    let (mut content, mut lines) = (Vec::new(), Lines::new());
    let read = chunked::read(out, &Limits::default(), &mut content, &mut lines);
    let is_all = read.is_ok_and(|found| found.len == out.len());
    let expected = fields.iter().map(|field| (field.name, trim(field.value)));
    let same_lines = lines.len() == fields.len()
        && lines.iter().zip(expected).all(|(one, other)| same(one.0, other.0) && one.1 == other.1);
    match is_all && content == given && same_lines {
        true => Ok(()),
        false => disagree!("{read:?} of {}", out.escape_ascii()),
    }
}
