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
    let most = outcomes.iter().flat_map(|outcome| [OURS, OURS_FAST].map(|at| outcome.ratio(at)));
    let most = most.flatten().fold(1.0, f64::max) * 1.08;
    let place = |ratio: f64| LEFT + WIDTH * ratio / most;
    let bottom = 40.0 + ROW * outcomes.len() as f64;
    let mut svg = page(LEFT + WIDTH + 60.0, bottom + 30.0);
    legend(&mut svg, LEFT, &[("default build", OURS_COLOUR), ("with C codecs", FAST_COLOUR)]);
    for tick in (0..).map(|tick| f64::from(tick) * 0.25).take_while(|tick| *tick < most) {
        let x = place(tick);
        line(&mut svg, [x, 32.0, x, bottom], if tick == 1.0 { "#000" } else { "#ddd" });
        text(&mut svg, x, bottom + 16.0, "middle", &format!("{tick}"));
    }
    for (number, outcome) in outcomes.iter().enumerate() {
        let y = 40.0 + ROW * number as f64;
        text(&mut svg, LEFT - 8.0, y + 16.0, "end", &outcome.case.title);
        for (build, (program, colour)) in
            [(OURS, OURS_COLOUR), (OURS_FAST, FAST_COLOUR)].into_iter().enumerate()
        {
            let top = y + 12.0 * build as f64;
            if let Some(ratio) = outcome.ratio(program) {
                rectangle(&mut svg, LEFT, top, place(ratio) - LEFT, colour);
                text(&mut svg, place(ratio) + 4.0, top + 9.0, "start", &format!("{ratio:.2}"));
            }
            if let Some(limits) = outcome.case.limits {
                let x = place(limits[build]);
                line(&mut svg, [x, top - 1.0, x, top + 11.0], "#d62728");
            }
        }
    }
    svg + "</svg>\n"
}

/// Lines of the cost by the size of a tree, both axes logarithmic.
pub(crate) fn sizes(sizes: &[Size]) -> String {
    let (left, right, top, bottom) = (60.0, 560.0, 40.0, 340.0);
    let mut svg = page(600.0, 380.0);
    let names = [
        ("kmod 34.2", THEIRS_COLOUR),
        ("ours", OURS_COLOUR),
        ("ours, nothing changed", FAST_COLOUR),
    ];
    legend(&mut svg, left, &names);
    let x = |modules: f64| left + (right - left) * (modules / 800.0).log10() / 100f64.log10();
    let y = |seconds: f64| bottom - (bottom - top) * (seconds / 0.005).log10() / 4000f64.log10();
    for seconds in [0.01, 0.1, 1.0, 10.0] {
        line(&mut svg, [left, y(seconds), right, y(seconds)], "#ddd");
        text(&mut svg, left - 6.0, y(seconds) + 4.0, "end", &format!("{seconds} s"));
    }
    for size in sizes {
        let at = x(size.modules as f64);
        line(&mut svg, [at, top, at, bottom], "#ddd");
        text(&mut svg, at, bottom + 18.0, "middle", &format!("{}", size.modules));
    }
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

fn page(width: f64, height: f64) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    )
}

fn legend(svg: &mut String, left: f64, entries: &[(&str, &str)]) {
    for (number, (name, colour)) in entries.iter().enumerate() {
        let x = left + 150.0 * number as f64;
        rectangle(svg, x, 12.0, 16.0, colour);
        text(svg, x + 22.0, 21.0, "start", name);
    }
}

fn rectangle(svg: &mut String, x: f64, y: f64, width: f64, colour: &str) {
    let _ = writeln!(
        svg,
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"10\" fill=\"{colour}\"/>"
    );
}

fn line(svg: &mut String, [x1, y1, x2, y2]: [f64; 4], colour: &str) {
    let _ = writeln!(
        svg,
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\"/>"
    );
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    let _ =
        writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>");
}
