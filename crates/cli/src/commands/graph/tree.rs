//! A graph as two trees: what the module needs, and what needs it.

use std::collections::BTreeSet;

use kmodctl::decide::graph::{Graph, Need, State, What};

use super::{heading, label};
use crate::show::Paint;

/// The trees; what stands in one twice is drawn the first time, and named after that.
pub(super) fn text(graph: &Graph, paint: Paint) -> String {
    let name = paint.bold(&label(&graph.nodes[0].what));
    let mut tree = Tree { graph, paint, drawn: BTreeSet::new(), text: String::new() };
    tree.text = format!("{name}: {}\n", heading(graph));
    for (title, is_down) in [("needs", true), ("needed by", false)] {
        let places = tree.next(0, is_down);
        if !places.is_empty() {
            tree.text += &format!("{}\n", paint.bold(title));
            tree.drawn.clear();
            tree.branches(&places, "", is_down);
        }
    }
    tree.text
}

struct Tree<'a> {
    graph: &'a Graph,
    paint: Paint,
    drawn: BTreeSet<usize>,
    text: String,
}

impl Tree<'_> {
    /// The places that a place needs, or that need it; and whether softly.
    fn next(&self, place: usize, is_down: bool) -> Vec<(usize, bool)> {
        let edges = self.graph.edges.iter().filter_map(|edge| {
            let (here, there) = if is_down { (edge.from, edge.to) } else { (edge.to, edge.from) };
            (here == place).then_some((there, edge.kind == Need::Softdep))
        });
        let is_side = |place: &usize| (self.graph.nodes[*place].level > 0) == is_down;
        edges.filter(|(there, _)| is_side(there)).collect()
    }

    fn branches(&mut self, places: &[(usize, bool)], indent: &str, is_down: bool) {
        for (number, (place, is_soft)) in places.iter().enumerate() {
            let is_last = number + 1 == places.len();
            let (branch, trunk) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            let below = self.next(*place, is_down);
            let is_new = self.drawn.insert(*place);
            let more = if is_new || below.is_empty() { "" } else { " (see above)" };
            let soft = if *is_soft { " (softdep)" } else { "" };
            self.text += &format!("{indent}{branch}{}{soft}{more}\n", self.name(*place));
            if is_new {
                self.branches(&below, &format!("{indent}{trunk}"), is_down);
            }
        }
    }

    fn name(&self, place: usize) -> String {
        let what = &self.graph.nodes[place].what;
        match what {
            What::Module { state: State::Loaded, .. } => self.paint.green(&label(what)),
            What::Module { state: State::BuiltIn, .. } => format!("{} (built in)", label(what)),
            What::Module { .. } => label(what),
            What::More(_) => self.paint.dim(&format!("{} (--all shows them)", label(what))),
        }
    }
}
