//! The measurements as plots, in SVG.

use std::fmt::Write as _;

use crate::Outcome;
use crate::roots::{OURS, OURS_FAST};
use crate::sizes::Size;

const THEIRS_COLOUR: &str = "#7f7f7f";
const OURS_COLOUR: &str = "#1f77b4";
const FAST_COLOUR: &str = "#ff7f0e";

/// Bars of the ratios, with a mark where each is to end.
pub(crate) fn ratios(outcomes: &[Outcome]) -> String {
    const LEFT: f64 = 250.0;
    const WIDTH: f64 = 440.0;
    const ROW: f64 = 34.0;
    const TOP: f64 = 76.0;
    let most = outcomes.iter().flat_map(|outcome| [OURS, OURS_FAST].map(|at| outcome.ratio(at)));
    let most = most.flatten().fold(1.0, f64::max) * 1.08;
    let place = |ratio: f64| LEFT + WIDTH * ratio / most;
    let bottom = TOP + ROW * outcomes.len() as f64;
    let title = "Wall time by that of kmod 34.2: the shorter, the faster";
    let mut svg = page(LEFT + WIDTH + 60.0, bottom + 46.0, title);
    legend(&mut svg, LEFT, &[("default build", OURS_COLOUR), ("with C codecs", FAST_COLOUR)]);
    line(&mut svg, [LEFT + 300.0, 41.0, LEFT + 300.0, 55.0], "limit");
    text(&mut svg, LEFT + 308.0, LEGEND + 9.0, "start", "what it is to be at most");
    for tick in (0..).map(|tick| f64::from(tick) * 0.25).take_while(|tick| *tick < most) {
        let x = place(tick);
        line(&mut svg, [x, TOP - 8.0, x, bottom], if tick == 1.0 { "one" } else { "grid" });
        text(&mut svg, x, bottom + 16.0, "middle", &format!("{tick}"));
    }
    text(&mut svg, place(1.0), bottom + 32.0, "middle", "kmod 34.2");
    for (number, outcome) in outcomes.iter().enumerate() {
        let y = TOP + ROW * number as f64;
        text(&mut svg, LEFT - 8.0, y + 16.0, "end", &outcome.case.title);
        for (build, (program, colour)) in
            [(OURS, OURS_COLOUR), (OURS_FAST, FAST_COLOUR)].into_iter().enumerate()
        {
            let top = y + 12.0 * build as f64;
            let limit = outcome.case.limits.map(|limits| place(limits[build]));
            if let Some(ratio) = outcome.ratio(program) {
                rectangle(&mut svg, LEFT, top, place(ratio) - LEFT, colour);
                let x = beside(place(ratio), limit.into_iter().chain([place(1.0)]));
                text(&mut svg, x, top + 9.0, "start", &format!("{ratio:.2}"));
            }
            if let Some(x) = limit {
                line(&mut svg, [x, top - 1.0, x, top + 11.0], "limit");
            }
        }
    }
    svg + "</svg>\n"
}

/// Where the number of a bar begins that ends at `end`: behind lines that would go through it.
fn beside(end: f64, lines: impl Iterator<Item = f64>) -> f64 {
    const NUMBER: f64 = 30.0;
    let mut lines: Vec<f64> = lines.collect();
    lines.sort_by(f64::total_cmp);
    lines.into_iter().fold(end + 4.0, |x, line| {
        if (x - 4.0..x + NUMBER).contains(&line) { line + 4.0 } else { x }
    })
}

/// Lines of the cost by the size of a tree, both axes logarithmic.
pub(crate) fn sizes(sizes: &[Size]) -> String {
    let (left, right, top, bottom) = (60.0, 560.0, 72.0, 372.0);
    let mut svg = page(600.0, 426.0, "depmod -a of plain trees: wall time by the size of the tree");
    let names = [
        ("kmod 34.2", THEIRS_COLOUR),
        ("ours", OURS_COLOUR),
        ("ours, nothing changed", FAST_COLOUR),
    ];
    legend(&mut svg, left, &names);
    let x = |modules: f64| left + (right - left) * (modules / 800.0).log10() / 100f64.log10();
    let y = |seconds: f64| bottom - (bottom - top) * (seconds / 0.003).log10() / 5000f64.log10();
    for seconds in [0.01, 0.1, 1.0, 10.0] {
        line(&mut svg, [left, y(seconds), right, y(seconds)], "grid");
        text(&mut svg, left - 6.0, y(seconds) + 4.0, "end", &format!("{seconds} s"));
    }
    for size in sizes {
        let at = x(size.modules as f64);
        line(&mut svg, [at, top, at, bottom], "grid");
        text(&mut svg, at, bottom + 18.0, "middle", &format!("{}", size.modules));
    }
    text(&mut svg, (left + right) / 2.0, bottom + 38.0, "middle", "modules in the tree");
    for (number, (_, colour)) in names.iter().enumerate() {
        let point = |size: &Size| {
            let (x, y) = (x(size.modules as f64), y(size.samples[number].wall));
            format!("{x:.1},{y:.1}")
        };
        let points: Vec<String> = sizes.iter().map(point).collect();
        let _ = writeln!(
            svg,
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{}\"/>",
            points.join(" ")
        );
    }
    svg + "</svg>\n"
}

const STYLE: &str = "\
<style>
.page { fill: #ffffff; }
text { fill: #1e293b; }
.title { font-size: 14px; font-weight: bold; }
.grid { stroke: #dddddd; }
.one { stroke: #1e293b; }
.limit { stroke: #d62728; stroke-width: 2; }
@media (prefers-color-scheme: dark) {
.page { fill: #0f172a; }
text { fill: #e2e8f0; }
.grid { stroke: #334155; }
.one { stroke: #e2e8f0; }
.limit { stroke: #f87171; }
}
</style>
";

fn page(width: f64, height: f64, title: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"11\" role=\"img\">\n\
         <title>{title}</title>\n{STYLE}\
         <rect class=\"page\" width=\"100%\" height=\"100%\"/>\n\
         <text class=\"title\" x=\"16\" y=\"24\">{title}</text>\n"
    )
}

/// How far down the legend is.
const LEGEND: f64 = 43.0;

fn legend(svg: &mut String, left: f64, entries: &[(&str, &str)]) {
    for (number, (name, colour)) in entries.iter().enumerate() {
        let x = left + 150.0 * number as f64;
        rectangle(svg, x, LEGEND, 16.0, colour);
        text(svg, x + 22.0, LEGEND + 9.0, "start", name);
    }
}

fn rectangle(svg: &mut String, x: f64, y: f64, width: f64, colour: &str) {
    let _ = writeln!(
        svg,
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"10\" fill=\"{colour}\"/>"
    );
}

fn line(svg: &mut String, [x1, y1, x2, y2]: [f64; 4], class: &str) {
    let _ = writeln!(
        svg,
        "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
    );
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    let _ =
        writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_behind_lines_that_would_cross_them() {
        let table: [(f64, &[f64], f64); 5] = [
            (100.0, &[], 104.0),
            (100.0, &[90.0, 140.0], 104.0),
            (100.0, &[100.0], 104.0),
            (100.0, &[120.0], 124.0),
            (100.0, &[150.0, 120.0], 154.0),
        ];
        for (end, lines, expected) in table {
            assert_eq!(beside(end, lines.iter().copied()), expected, "{end} {lines:?}");
        }
    }
}
