//! The links as bytes.
//!
//! A head (what kind of index this is), the layers of all nodes, which of them were removed, the neighbours of each node layer
//! by layer, and at the end a checksum of all that. Numbers are little-endian.

use helios_core::{Error, ErrorKind, Result};

use crate::graph::Hnsw;
use crate::links::Links;

/// The first bytes: the name of the format, and its version.
const MAGIC: &[u8; 8] = b"hnsw\0\0\0\x01";

/// What was read.
pub(crate) struct Loaded {
    pub(crate) links: Links,
    pub(crate) removed: Vec<bool>,
    pub(crate) entry: Option<u32>,
}

pub(crate) fn corrupt(message: &str) -> Error {
    Error::new(ErrorKind::Corrupt, message)
}

fn head(index: &Hnsw) -> Vec<u8> {
    let mut head = MAGIC.to_vec();
    head.extend(index.metric.name().bytes().chain([0]));
    for number in [index.dimensions, index.parameters.links, index.parameters.construction] {
        head.extend((number as u64).to_le_bytes());
    }
    head
}

/// FNV-1a of 64 bits, over words of eight bytes.
fn checksum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut sum = 0xcbf2_9ce4_8422_2325_u64 ^ bytes.len() as u64;
    let rest = rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    for word in words.iter().map(|word| u64::from_le_bytes(*word)).chain([rest]) {
        sum = (sum ^ word).wrapping_mul(0x0000_0100_0000_01b3);
        sum ^= sum >> 32;
    }
    sum
}

pub(crate) fn write(index: &Hnsw, out: &mut Vec<u8>) {
    let begin = out.len();
    out.extend(head(index));
    out.extend((index.links.len() as u32).to_le_bytes());
    out.extend(index.entry.unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(index.links.layers());
    out.extend(index.removed.iter().map(|removed| u8::from(*removed)));
    for node in 0..index.links.len() as u32 {
        for layer in 0..=index.links.layer_of(node) {
            let neighbours = index.links.of(node, layer);
            out.push(neighbours.len() as u8);
            neighbours.iter().for_each(|neighbour| out.extend(neighbour.to_le_bytes()));
        }
    }
    let sum = checksum(&out[begin..]);
    out.extend(sum.to_le_bytes());
}

/// Takes bytes from the front.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(|| corrupt("the index is cut off"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32> {
        let bytes = self.take(4)?;
        Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }
}

pub(crate) fn read(index: &Hnsw, saved: &[u8]) -> Result<Loaded> {
    let (content, sum) = saved.split_last_chunk::<8>().ok_or_else(|| corrupt("the index is cut off"))?;
    if u64::from_le_bytes(*sum) != checksum(content) {
        return Err(corrupt("the index is not what was written"));
    }
    let content =
        content.strip_prefix(&head(index)[..]).ok_or_else(|| corrupt("the index is another one"))?;
    let mut reader = Reader(content);
    let (count, entry) = (reader.number()?, reader.number()?);
    let layers = reader.take(count as usize)?;
    let removed = reader.take(count as usize)?.iter().map(|removed| *removed != 0).collect();
    let mut links = Links::new(index.parameters.links);
    layers.iter().for_each(|layer| links.push(*layer));
    let mut neighbours = Vec::new();
    for node in 0..count {
        for layer in 0..=links.layer_of(node) {
            neighbours.clear();
            for _ in 0..reader.take(1)?[0] {
                neighbours.push(reader.number()?);
            }
            let are_right = neighbours.iter().all(|&next| next < count && links.layer_of(next) >= layer);
            if !are_right || neighbours.len() > links.most_in(layer) {
                return Err(corrupt("the index has links to nowhere"));
            }
            links.set(node, layer, &neighbours);
        }
    }
    let entry = Some(entry).filter(|entry| *entry < count);
    if entry.is_none() != (count == 0) {
        return Err(corrupt("the index has no beginning"));
    }
    Ok(Loaded { links, removed, entry })
}
