//! `json_patch`: the merge of RFC 7396.

use helios_core::{Error, Result};

use super::binary::{Element, Kind, element, replace, resize};
use super::escape::Label;
use super::malformed;
use super::parse::MAX_DEPTH;
use super::path::pair;

/// Changes `target` as `patch` says. Errors: `malformed JSON`, `JSON nested too deep`.
pub(super) fn merge(target: &mut Vec<u8>, patch: &[u8]) -> Result<()> {
    let patch_root = element(patch, 0).ok_or_else(malformed)?;
    merge_at(target, 0, patch, patch_root, 0)
}

/// Changes the element of `target` that begins at `at`.
fn merge_at(target: &mut Vec<u8>, at: usize, patch: &[u8], with: Element, depth: usize) -> Result<()> {
    let old = element(target, at).ok_or_else(malformed)?;
    if !with.is(Kind::Object) {
        replace(target, at..old.end, with.all(patch));
        return Ok(());
    }
    if !old.is(Kind::Object) {
        target.splice(at..old.end, [Kind::Object as u8]);
    }
    let object = element(target, at).ok_or_else(malformed)?;
    let length = target.len();
    let mut next = with.content;
    while next < with.end {
        let (label, value) = pair(patch, next, with.end).ok_or_else(malformed)?;
        next = value.end;
        let end = object.end + target.len() - length;
        let found = entry(target, object.content, end, label_of(patch, label))?;
        match found {
            Some((known, _, end)) if value.is(Kind::Null) => drop(target.drain(known..end)),
            None if value.is(Kind::Null) => {}
            Some((_, known, _)) => merge_below(target, known, patch, value, depth)?,
            None => {
                let mut new = label.all(patch).to_vec();
                let is_object = value.is(Kind::Object);
                new.extend_from_slice(if is_object { &[Kind::Null as u8] } else { value.all(patch) });
                target.splice(end..end, new);
                if is_object {
                    merge_below(target, end + label.end - label.at, patch, value, depth)?;
                }
            }
        }
    }
    if target.len() != length {
        resize(target, at, object.size() + target.len() - length);
    }
    Ok(())
}

fn merge_below(target: &mut Vec<u8>, at: usize, patch: &[u8], with: Element, depth: usize) -> Result<()> {
    if depth >= MAX_DEPTH {
        return Err(Error::sql("JSON nested too deep"));
    }
    merge_at(target, at, patch, with, depth + 1)
}

fn label_of(whole: &[u8], label: Element) -> Label<'_> {
    Label { text: label.bytes(whole), is_raw: label.kind.is_some_and(Kind::is_raw_text) }
}

/// Where the entry with a label begins, where its value does, and where it ends.
fn entry(
    target: &[u8],
    mut at: usize,
    end: usize,
    wanted: Label<'_>,
) -> Result<Option<(usize, usize, usize)>> {
    while at < end {
        let (label, value) = pair(target, at, end).ok_or_else(malformed)?;
        if wanted.means(label_of(target, label)) {
            return Ok(Some((at, value.at, value.end)));
        }
        at = value.end;
    }
    Ok(None)
}
