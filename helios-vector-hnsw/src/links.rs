//! Who is linked with whom, in flat arrays: of each node and layer a count and then so many neighbours.

/// The links of all nodes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Links {
    /// The most links of a node in layers above the lowest; in that, twice as many.
    most: usize,
    /// The lowest layer: a block for each node.
    lowest: Vec<u32>,
    /// The other layers: a block for each layer of a node, the lower one first.
    upper: Vec<u32>,
    /// The highest layer of each node.
    layers: Vec<u8>,
    /// Where the blocks of each node begin in `upper`.
    starts: Vec<u32>,
}

impl Links {
    pub(crate) fn new(most: usize) -> Links {
        Links { most, lowest: Vec::new(), upper: Vec::new(), layers: Vec::new(), starts: Vec::new() }
    }

    /// Number of nodes.
    pub(crate) fn len(&self) -> usize {
        self.layers.len()
    }

    /// The highest layer of a node.
    pub(crate) fn layer_of(&self, node: u32) -> usize {
        usize::from(self.layers[node as usize])
    }

    /// The highest layers of all nodes.
    pub(crate) fn layers(&self) -> &[u8] {
        &self.layers
    }

    /// The most links of a node in a layer.
    pub(crate) fn most_in(&self, layer: usize) -> usize {
        if layer == 0 { self.most * 2 } else { self.most }
    }

    /// Adds a node without links.
    pub(crate) fn push(&mut self, layer: u8) {
        self.layers.push(layer);
        self.starts.push(self.upper.len() as u32);
        self.lowest.resize(self.lowest.len() + self.most * 2 + 1, 0);
        self.upper.resize(self.upper.len() + usize::from(layer) * (self.most + 1), 0);
    }

    fn start(&self, node: u32, layer: usize) -> usize {
        match layer {
            0 => node as usize * (self.most * 2 + 1),
            layer => self.starts[node as usize] as usize + (layer - 1) * (self.most + 1),
        }
    }

    /// The neighbours of a node in a layer that it has.
    #[inline]
    pub(crate) fn of(&self, node: u32, layer: usize) -> &[u32] {
        let start = self.start(node, layer);
        let block = if layer == 0 { &self.lowest[start..] } else { &self.upper[start..] };
        &block[1..=block[0] as usize]
    }

    /// Where the neighbours of a node in a layer stand, with the room for others.
    #[inline]
    pub(crate) fn block(&self, node: u32, layer: usize) -> &[u32] {
        let start = self.start(node, layer);
        let block = if layer == 0 { &self.lowest[start..] } else { &self.upper[start..] };
        &block[..=self.most_in(layer)]
    }

    /// Gives a node other neighbours, at most as many as fit.
    pub(crate) fn set(&mut self, node: u32, layer: usize, neighbours: &[u32]) {
        debug_assert!(neighbours.len() <= self.most_in(layer));
        let start = self.start(node, layer);
        let block = if layer == 0 { &mut self.lowest[start..] } else { &mut self.upper[start..] };
        block[0] = neighbours.len() as u32;
        block[1..=neighbours.len()].copy_from_slice(neighbours);
    }

    /// Adds a neighbour, and says whether there was room for it.
    pub(crate) fn add(&mut self, node: u32, layer: usize, neighbour: u32) -> bool {
        let (start, most) = (self.start(node, layer), self.most_in(layer));
        let block = if layer == 0 { &mut self.lowest[start..] } else { &mut self.upper[start..] };
        let count = block[0] as usize;
        if count == most {
            return false;
        }
        block[count + 1] = neighbour;
        block[0] += 1;
        true
    }
}
