//! The columns of a drawing: which places stand in each, and in which order, so that few lines cross.
//! Where exactly they stand is `layout`'s.

use kmodctl::decide::graph::{Graph, Need};

/// A place of the drawing: a node, or a bend of a line that goes past a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The node; `None` for a bend.
    pub(super) node: Option<usize>,
    pub(super) column: usize,
}

/// A line from a node to another, by the places that it goes through, from left to right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) places: Vec<usize>,
    pub(super) is_soft: bool,
}

/// Places in columns, users on the left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) places: Vec<Place>,
    pub(super) lines: Vec<Line>,
    /// The places of each column, from top to bottom.
    pub(super) order: Vec<Vec<usize>>,
}

impl Columns {
    /// Puts a graph into columns.
    pub(super) fn of(graph: &Graph) -> Self {
        let least = graph.nodes.iter().map(|node| node.level).min().unwrap_or(0);
        let column = |level: i32| usize::try_from(level - least).unwrap_or(0);
        let mut columns = Self::default();
        for (node, one) in graph.nodes.iter().enumerate() {
            columns.places.push(Place { node: Some(node), column: column(one.level) });
        }
        for edge in &graph.edges {
            columns.line(edge.from, edge.to, edge.kind == Need::Softdep);
        }
        let width = columns.places.iter().map(|place| place.column + 1).max().unwrap_or(0);
        columns.order = vec![Vec::new(); width];
        for (place, one) in columns.places.iter().enumerate() {
            columns.order[one.column].push(place);
        }
        columns.settle();
        columns
    }

    fn line(&mut self, from: usize, to: usize, is_soft: bool) {
        let (left, right) = (self.places[from].column, self.places[to].column);
        let mut places = vec![from];
        for column in left + 1..right {
            self.places.push(Place { node: None, column });
            places.push(self.places.len() - 1);
        }
        places.push(to);
        self.lines.push(Line { places, is_soft });
    }

    /// The places next to a place, in the column on its left or on its right.
    pub(super) fn neighbours(&self, place: usize, on_left: bool) -> Vec<usize> {
        let steps = self.lines.iter().flat_map(|line| line.places.windows(2));
        let met = steps.filter_map(|step| match (on_left, step) {
            (true, [left, right]) if *right == place => Some(*left),
            (false, [left, right]) if *left == place => Some(*right),
            _ => None,
        });
        met.collect()
    }

    /// Sorts each column by the middle of its neighbours, from left to right and back, and keeps the
    /// order in which the fewest lines cross.
    fn settle(&mut self) {
        const ROUNDS: usize = 12;
        let mut best = (self.crossings(), self.order.clone());
        for round in 0..ROUNDS {
            let on_left = round % 2 == 0;
            let width = self.order.len();
            let columns: Vec<usize> =
                if on_left { (0..width).collect() } else { (0..width).rev().collect() };
            for column in columns {
                self.sort(column, on_left);
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.order.clone());
            }
        }
        self.order = best.1;
    }

    fn sort(&mut self, column: usize, on_left: bool) {
        let ranks = self.ranks();
        let middle = |place: usize| {
            let near = self.neighbours(place, on_left);
            match near.len() {
                0 => ranks[place],
                count => near.iter().map(|one| ranks[*one]).sum::<f64>() / count as f64,
            }
        };
        let mut keyed: Vec<(f64, usize)> =
            self.order[column].iter().map(|place| (middle(*place), *place)).collect();
        keyed.sort_by(|left, right| left.0.total_cmp(&right.0));
        self.order[column] = keyed.into_iter().map(|(_, place)| place).collect();
    }

    /// How far down each place stands in its column, from 0 to 1.
    fn ranks(&self) -> Vec<f64> {
        let mut ranks = vec![0.0; self.places.len()];
        for column in &self.order {
            for (number, place) in column.iter().enumerate() {
                ranks[*place] = (number as f64 + 0.5) / column.len() as f64;
            }
        }
        ranks
    }

    fn crossings(&self) -> usize {
        let ranks = self.ranks();
        let steps: Vec<(usize, usize)> = self
            .lines
            .iter()
            .flat_map(|line| line.places.windows(2))
            .filter_map(|step| Some((*step.first()?, *step.last()?)))
            .collect();
        let crosses = |one: &(usize, usize), other: &(usize, usize)| {
            self.places[one.0].column == self.places[other.0].column
                && (ranks[one.0] - ranks[other.0]) * (ranks[one.1] - ranks[other.1]) < 0.0
        };
        let pairs = steps.iter().enumerate();
        pairs.map(|(at, one)| steps[..at].iter().filter(|other| crosses(one, other)).count()).sum()
    }
}
