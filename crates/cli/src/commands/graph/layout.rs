//! Where the places of a drawing stand, in pixels. What is drawn there is `svg`'s.

use kmodctl::decide::graph::Graph;

use super::columns::Columns;
use super::label;

/// The width of a letter of the labels, which are in a font of even widths.
pub(super) const LETTER: f64 = 7.3;
pub(super) const NODE_HEIGHT: f64 = 24.0;
const NODE_GAP: f64 = 10.0;
const BEND_HEIGHT: f64 = 8.0;
const COLUMN_GAP: f64 = 64.0;
const PADDING: f64 = 10.0;

/// A box: its left upper corner and its size. A bend is as wide as its column, and flat.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Area {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Area {
    pub(super) fn right(&self) -> f64 {
        self.x + self.width
    }

    pub(super) fn middle(&self) -> f64 {
        self.y + self.height / 2.0
    }
}

/// The areas of all places, and the size of the whole.
pub(super) struct Layout {
    pub(super) areas: Vec<Area>,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Layout {
    /// Gives each place its area: columns from left to right, places near the middle of those that
    /// they are joined to.
    pub(super) fn of(graph: &Graph, columns: &Columns) -> Self {
        let mut areas = vec![Area::default(); columns.places.len()];
        let mut x = 0.0;
        for column in &columns.order {
            let width =
                column.iter().map(|place| node_width(graph, columns, *place)).fold(0.0, f64::max);
            for place in column {
                let is_node = columns.places[*place].node.is_some();
                let height = if is_node { NODE_HEIGHT } else { BEND_HEIGHT };
                areas[*place] = Area { x, y: 0.0, width, height };
            }
            stack(column, &mut areas);
            x += width + COLUMN_GAP;
        }
        relax(columns, &mut areas);
        let top = areas.iter().map(|area| area.y).fold(f64::INFINITY, f64::min);
        areas.iter_mut().for_each(|area| area.y -= top);
        let height = areas.iter().map(|area| area.y + area.height).fold(0.0, f64::max);
        Self { areas, width: x - COLUMN_GAP, height }
    }
}

fn node_width(graph: &Graph, columns: &Columns, place: usize) -> f64 {
    let Some(node) = columns.places[place].node else { return 0.0 };
    label(&graph.nodes[node].what).chars().count() as f64 * LETTER + 2.0 * PADDING
}

/// Puts a column's places one below the other, its middle at 0.
fn stack(column: &[usize], areas: &mut [Area]) {
    let total: f64 = column.iter().map(|place| areas[*place].height + NODE_GAP).sum();
    let mut y = (NODE_GAP - total) / 2.0;
    for place in column {
        areas[*place].y = y;
        y += areas[*place].height + NODE_GAP;
    }
}

/// Moves places towards the middle of their neighbours, as far as the order of their column and the
/// gaps in it allow.
///
/// One side at a time draws a place far, but two places may hand each other a position for ever, so
/// both sides count the same after that; the last round makes lines straight.
fn relax(columns: &Columns, areas: &mut [Area]) {
    const ROUNDS: usize = 24;
    let sides = |round: usize| match (round / ROUNDS, round % 2) {
        (0, 0) => [false].as_slice(),
        (1, _) => &[true, false],
        _ => &[true],
    };
    let neighbours: Vec<[Vec<usize>; 2]> = (0..areas.len())
        .map(|place| [false, true].map(|on_left| columns.neighbours(place, on_left)))
        .collect();
    for round in 0..=2 * ROUNDS {
        for column in &columns.order {
            let wanted = |place: &usize| wanted(&neighbours[*place], areas, *place, sides(round));
            let wanted: Vec<f64> = column.iter().map(wanted).collect();
            settle(column, &wanted, areas);
        }
    }
}

/// Where the upper edge of a place should be, by its neighbours on its right and on its left; the
/// other side counts where there are none.
fn wanted(neighbours: &[Vec<usize>; 2], areas: &[Area], place: usize, sides: &[bool]) -> f64 {
    let middle = |on_left: bool| {
        let near = &neighbours[usize::from(on_left)];
        let sum = near.iter().map(|one| areas[*one].middle()).sum::<f64>();
        (!near.is_empty()).then(|| sum / near.len() as f64)
    };
    let mut middles: Vec<f64> = sides.iter().filter_map(|side| middle(*side)).collect();
    if middles.is_empty() {
        middles.extend(middle(true).or(middle(false)));
    }
    let area = &areas[place];
    match middles.len() {
        0 => area.y,
        count => middles.iter().sum::<f64>() / count as f64 - area.height / 2.0,
    }
}

/// Gives the places of a column what they want, and takes the mean where that would overlap: places
/// that meet become a block that stands where its members want it on average.
fn settle(column: &[usize], wanted: &[f64], areas: &mut [Area]) {
    struct Block {
        first: usize,
        /// The sum of where its members want the block's upper edge, and their number.
        sum: f64,
        count: f64,
        height: f64,
    }
    let mut blocks: Vec<Block> = Vec::new();
    for (number, place) in column.iter().enumerate() {
        let height = areas[*place].height + NODE_GAP;
        let mut block = Block { first: number, sum: wanted[number], count: 1.0, height };
        while let Some(before) = blocks.pop() {
            if before.sum / before.count + before.height <= block.sum / block.count {
                blocks.push(before);
                break;
            }
            block = Block {
                first: before.first,
                sum: before.sum + block.sum - block.count * before.height,
                count: before.count + block.count,
                height: before.height + block.height,
            };
        }
        blocks.push(block);
    }
    let ends = blocks.iter().skip(1).map(|block| block.first).chain([column.len()]);
    for (block, end) in blocks.iter().zip(ends.collect::<Vec<_>>()) {
        let mut y = block.sum / block.count;
        for place in &column[block.first..end] {
            areas[*place].y = y;
            y += areas[*place].height + NODE_GAP;
        }
    }
}
