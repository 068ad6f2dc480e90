//! A graph as a picture (SVG 1.1): modules that need others on the left of what they need.

use std::fmt::Write;

use kmodctl::decide::graph::{Graph, State, What};

use super::columns::{Columns, Line};
use super::layout::{Area, Layout, NODE_HEIGHT};
use super::{heading, hint, label};

const MARGIN: f64 = 24.0;
const HEADING: f64 = 58.0;
const LEGEND: f64 = 30.0;
/// The straight end of a line.
const TIP: f64 = 12.0;
/// So wide that the legend fits.
const LEAST_WIDTH: f64 = 650.0;

/// The picture.
pub(super) fn text(graph: &Graph) -> String {
    let columns = Columns::of(graph);
    let layout = Layout::of(graph, &columns);
    let width = layout.width.max(LEAST_WIDTH) + 2.0 * MARGIN;
    let height = layout.height + HEADING + LEGEND + 2.0 * MARGIN;
    let left = MARGIN + (layout.width.max(LEAST_WIDTH) - layout.width) / 2.0;
    let mut text = start(graph, width, height);
    let _ = writeln!(text, "<g transform=\"translate({left:.1} {:.1})\">", MARGIN + HEADING);
    for line in &columns.lines {
        text += &path(line, &layout.areas);
    }
    for (place, area) in layout.areas.iter().enumerate() {
        if let Some(node) = columns.places[place].node {
            text += &node_box(node, &graph.nodes[node].what, area);
        }
    }
    text += "</g>\n";
    text += &legend(height - MARGIN, graph);
    text + "</svg>\n"
}

const STYLE: &str = "\
<style>
text { font: 12px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #1e293b; }
.title { font-size: 18px; font-weight: bold; }
.quiet { fill: #64748b; }
rect { fill: #f8fafc; stroke: #94a3b8; }
.loaded rect { fill: #dcfce7; stroke: #16a34a; }
.builtin rect { fill: #ede9fe; stroke: #7c3aed; }
.meant rect { fill: #1e3a8a; stroke: #1e3a8a; }
.meant text { fill: #ffffff; font-weight: bold; }
.more rect { fill: #ffffff; stroke-dasharray: 4 3; }
.more text { fill: #64748b; font-style: italic; }
path { fill: none; stroke: #94a3b8; stroke-width: 1.2; }
.soft { stroke-dasharray: 4 3; stroke: #d97706; }
marker path { fill: #94a3b8; stroke: none; }
.page { fill: #ffffff; stroke: none; }
@media (prefers-color-scheme: dark) {
text { fill: #e2e8f0; }
.quiet, .more text { fill: #94a3b8; }
rect { fill: #1e293b; stroke: #64748b; }
.loaded rect { fill: #14532d; stroke: #22c55e; }
.builtin rect { fill: #3b1f7a; stroke: #a78bfa; }
.meant rect { fill: #bfdbfe; stroke: #bfdbfe; }
.meant text { fill: #0f172a; }
.more rect, .page { fill: #0f172a; }
.page { stroke: none; }
.soft { stroke: #fbbf24; }
}
</style>
<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" \
markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0.5 L8 4 L0 7.5 z\"/></marker></defs>
";

fn start(graph: &Graph, width: f64, height: f64) -> String {
    let name = escaped(&label(&graph.nodes[0].what));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\">\n<title>{name}: {0}</title>\n{STYLE}\
         <rect class=\"page\" width=\"100%\" height=\"100%\"/>\n\
         <text class=\"title\" x=\"{MARGIN}\" y=\"{1}\">{name}</text>\n\
         <text class=\"quiet\" x=\"{MARGIN}\" y=\"{2}\">{0}</text>\n",
        heading(graph),
        MARGIN + 14.0,
        MARGIN + 36.0,
    )
}

/// A line through its bends: curves between columns, straight lines past them, and a straight end, so
/// that the tips of many lines to one box are one.
fn path(line: &Line, areas: &[Area]) -> String {
    let mut d = String::new();
    let end = line.places.last();
    for step in line.places.windows(2) {
        let [from, to] = [areas[step[0]], areas[step[1]]];
        let tip = if Some(&step[1]) == end { TIP } else { 0.0 };
        let (x, y, to_x, to_y) = (from.right(), from.middle(), to.x - tip, to.middle());
        let reach = (to_x - x) / 2.0;
        let begin = if d.is_empty() { "M" } else { "L" };
        let _ = write!(
            d,
            "{begin}{x:.1} {y:.1} C{:.1} {y:.1} {:.1} {to_y:.1} {to_x:.1} {to_y:.1} ",
            x + reach,
            to_x - reach
        );
    }
    let _ = write!(d, "h{TIP:.1}");
    let class = if line.is_soft { " class=\"soft\"" } else { "" };
    format!("<path{class} d=\"{d}\" marker-end=\"url(#tip)\"/>\n")
}

fn node_box(node: usize, what: &What, area: &Area) -> String {
    let class = match (node, what) {
        (0, _) => "meant",
        (_, What::More(_)) => "more",
        (_, What::Module { state: State::Loaded, .. }) => "loaded",
        (_, What::Module { state: State::BuiltIn, .. }) => "builtin",
        (_, What::Module { state: State::NotLoaded, .. }) => "file",
    };
    format!(
        "<g class=\"{class}\"><title>{}</title><rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" \
         height=\"{NODE_HEIGHT}\" rx=\"5\"/><text x=\"{:.1}\" y=\"{:.1}\" \
         text-anchor=\"middle\">{}</text></g>\n",
        escaped(&hint(what)),
        area.x,
        area.y,
        area.width,
        area.x + area.width / 2.0,
        area.middle() + 4.0,
        escaped(&label(what)),
    )
}

/// What colours and lines mean.
fn legend(y: f64, graph: &Graph) -> String {
    let mut text = String::new();
    let swatches =
        [("loaded", "loaded", 94.0), ("builtin", "built in", 108.0), ("file", "not loaded", 122.0)];
    let mut x = MARGIN;
    for (class, word, step) in swatches {
        let _ = writeln!(
            text,
            "<g class=\"{class}\"><rect x=\"{x}\" y=\"{}\" width=\"22\" height=\"12\" rx=\"3\"/></g>\
             <text class=\"quiet\" x=\"{}\" y=\"{y}\">{word}</text>",
            y - 10.0,
            x + 30.0
        );
        x += step;
    }
    for (class, word, step) in [("", "needs", 88.0), ("soft", "softdep", 102.0)] {
        let middle = y - 4.0;
        let _ = writeln!(
            text,
            "<path class=\"{class}\" d=\"M{x} {middle} L{} {middle}\" marker-end=\"url(#tip)\"/>\
             <text class=\"quiet\" x=\"{}\" y=\"{y}\">{word}</text>",
            x + 28.0,
            x + 36.0
        );
        x += step;
    }
    if graph.nodes.iter().any(|node| matches!(node.what, What::Module { hidden: 1.., .. })) {
        let _ =
            writeln!(text, "<text class=\"quiet\" x=\"{x}\" y=\"{y}\">+n: n more need it</text>");
    }
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
