//! Many sorted streams as one.
//!
//! In: streams of rows with their key, a blob, as last column, each in the order of the keys. Out: all rows in that
//! order; of rows with equal keys those of an earlier stream first. A few streams are read at once, so that their blocks
//! fit in memory; more than that are first merged in groups.

use std::cmp::Ordering;

use helios_core::Result;

use super::memory::Workspace;
use super::sorter::prefix;
use super::stream::{BLOCK_BYTES, Stream, StreamReader, StreamWriter, row_bytes};
use crate::chunk::{CHUNK_BYTES, CHUNK_ROWS, Chunk, Column};

/// So many streams are read at once.
pub(super) const FAN_IN: usize = 64;

/// A merge under way.
#[derive(Debug)]
pub struct Merge {
    workspace: Workspace,
    heads: Vec<Head>,
    /// The numbers of heads that have rows, the least one first (a binary heap).
    heap: Vec<usize>,
    width: usize,
    shows_keys: bool,
}

/// How far a stream is.
#[derive(Debug)]
pub(super) struct Head {
    reader: StreamReader,
    pub(super) chunk: Chunk,
    pub(super) row: usize,
    prefix: u128,
}

impl Head {
    /// At the first row; `None` if there is none.
    pub(super) fn new(stream: Stream) -> Result<Option<Head>> {
        let mut head = Head { reader: stream.read(), chunk: Chunk::default(), row: 0, prefix: 0 };
        Ok(head.advance()?.then_some(head))
    }

    pub(super) fn key(&self) -> &[u8] {
        self.chunk.column(self.chunk.width() - 1).bytes(self.row)
    }

    /// Goes to the next row; `false` if there is none.
    pub(super) fn advance(&mut self) -> Result<bool> {
        self.row += 1;
        if self.row >= self.chunk.rows() {
            self.row = 0;
            if !self.reader.next(&mut self.chunk)? {
                return Ok(false);
            }
        }
        self.prefix = prefix(self.key());
        Ok(true)
    }
}

impl Merge {
    /// Merges `streams` of rows with `width` columns and a key. The key is handed out as one more column if
    /// `shows_keys`.
    pub fn new(
        workspace: &Workspace,
        mut streams: Vec<Stream>,
        width: usize,
        shows_keys: bool,
    ) -> Result<Merge> {
        while streams.len() > FAN_IN {
            let file = workspace.file()?;
            let mut merged = Vec::new();
            let mut rest = streams.into_iter().peekable();
            while rest.peek().is_some() {
                let group = rest.by_ref().take(FAN_IN).collect();
                let mut merge = Merge::open(workspace, group, width, true)?;
                let mut writer = StreamWriter::within(file.clone(), width + 1, BLOCK_BYTES);
                let mut chunk = Chunk::default();
                while merge.next(&mut chunk)? {
                    writer.push(&chunk)?;
                }
                merged.push(writer.finish()?);
            }
            streams = merged;
        }
        Merge::open(workspace, streams, width, shows_keys)
    }

    fn open(workspace: &Workspace, streams: Vec<Stream>, width: usize, shows_keys: bool) -> Result<Merge> {
        let mut heads = Vec::with_capacity(streams.len());
        for stream in streams {
            heads.extend(Head::new(stream)?);
        }
        let heap = (0..heads.len()).collect();
        let mut merge = Merge { workspace: workspace.clone(), heads, heap, width, shows_keys };
        (0..merge.heap.len()).rev().for_each(|place| merge.sift_down(place));
        Ok(merge)
    }

    fn compare(&self, a: usize, b: usize) -> Ordering {
        let (one, other) = (&self.heads[a], &self.heads[b]);
        one.prefix.cmp(&other.prefix).then_with(|| one.key().cmp(other.key())).then(a.cmp(&b))
    }

    fn sift_down(&mut self, mut place: usize) {
        loop {
            let mut least = place;
            for child in [2 * place + 1, 2 * place + 2] {
                if child < self.heap.len() && self.compare(self.heap[child], self.heap[least]).is_lt() {
                    least = child;
                }
            }
            if least == place {
                return;
            }
            self.heap.swap(place, least);
            place = least;
        }
    }

    /// Fills `out` with the next rows; `false` at the end.
    pub fn next(&mut self, out: &mut Chunk) -> Result<bool> {
        self.workspace.check()?;
        let width = self.width + usize::from(self.shows_keys);
        out.reset(width);
        let mut columns: Vec<&mut Column> = out.columns_mut().collect();
        let (mut rows, mut bytes) = (0, 0);
        while rows < CHUNK_ROWS
            && bytes < CHUNK_BYTES
            && let Some(&first) = self.heap.first()
        {
            let head = &mut self.heads[first];
            for (column, source) in columns.iter_mut().zip(head.chunk.columns()) {
                column.push(source.get(head.row));
            }
            rows += 1;
            bytes += row_bytes(&head.chunk, head.row);
            if !head.advance()? {
                self.heap.swap_remove(0);
            }
            self.sift_down(0);
        }
        out.set_rows(rows);
        Ok(rows > 0)
    }
}
