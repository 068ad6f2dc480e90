//! A graph in the language of Graphviz.

use kmodctl::decide::graph::{Graph, Need, State, What};

use super::{heading, hint, label};

/// The graph, users on the left of what they need.
pub(super) fn text(graph: &Graph) -> String {
    let title = format!("{}: {}", label(&graph.nodes[0].what), heading(graph));
    let mut text = format!(
        "digraph {} {{\n  rankdir=LR;\n  label={};\n  labelloc=t;\n  \
         node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\", fontsize=11];\n  \
         edge [color=\"#64748b\", arrowsize=0.6];\n",
        quoted("modules"),
        quoted(&title)
    );
    for (place, node) in graph.nodes.iter().enumerate() {
        let (fill, font) = colours(place, &node.what);
        text += &format!(
            "  n{place} [label={}, tooltip={}, fillcolor=\"{fill}\", fontcolor=\"{font}\"];\n",
            quoted(&label(&node.what)),
            quoted(&hint(&node.what)),
        );
    }
    for edge in &graph.edges {
        let style = if edge.kind == Need::Softdep { " [style=dashed]" } else { "" };
        text += &format!("  n{} -> n{}{style};\n", edge.from, edge.to);
    }
    text + "}\n"
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn colours(place: usize, what: &What) -> (&'static str, &'static str) {
    match (place, what) {
        (0, _) => ("#1e3a8a", "#ffffff"),
        (_, What::Module { state: State::Loaded, .. }) => ("#dcfce7", "#14532d"),
        (_, What::Module { state: State::BuiltIn, .. }) => ("#ede9fe", "#4c1d95"),
        _ => ("#f8fafc", "#334155"),
    }
}
