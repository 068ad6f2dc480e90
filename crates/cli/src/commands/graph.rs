//! `kmodctl graph M`: what a module needs and what needs it, as text, for Graphviz, or as a picture.

mod columns;
mod dot;
mod layout;
mod svg;
mod tree;

use clap::Args;
use kmodctl::decide::graph::{Graph, Need, State, What, graph};
use kmodctl::decide::named::modules_named;
use kmodctl::decide::{Kinship, Problem, World};
use kmodctl::format::ModuleName;
use serde_json::{Value, json};

use crate::answer::{Answer, Failure};
use crate::session::Session;
use crate::show::text;

/// Show what a module needs and what needs it, both ways
///
/// Of many modules that need it, those are shown that are loaded and then those that most others
/// need; the rest is counted. Dotted lines are soft dependencies.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  kmodctl graph usbcore
      Show what a module needs and what needs it
  kmodctl graph usbcore --svg > usbcore.svg
      Draw a picture of it
  kmodctl graph usbcore --dot | dot -Tpng
      Have Graphviz draw it")]
pub(crate) struct Arguments {
    /// The module.
    module: String,
    /// Write it for Graphviz: `kmodctl graph M --dot | dot -Tsvg`.
    #[arg(long, conflicts_with = "svg")]
    dot: bool,
    /// Write a picture: `kmodctl graph M --svg > M.svg`.
    #[arg(long)]
    svg: bool,
    /// Show every module that needs it.
    #[arg(long)]
    all: bool,
}

/// So many modules that need another one fit a picture that is read at a glance.
const MOST: usize = 14;

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<Answer, Failure> {
    let headline = format!("the kin of `{}` cannot be shown", arguments.module);
    let failed = |problem| Failure::new(headline.clone(), problem);
    let module = module(session, &arguments.module).map_err(failed)?;
    let kinship = Kinship::of(&session.machine).map_err(failed)?;
    let most = if arguments.all { usize::MAX } else { MOST };
    let graph = graph(&session.machine, &kinship, &module, most).map_err(failed)?;
    let text = if arguments.dot {
        dot::text(&graph)
    } else if arguments.svg {
        svg::text(&graph)
    } else {
        tree::text(&graph, session.paint)
    };
    let mut answer = Answer::new(text, "nodes", nodes(&graph));
    answer.json.insert("module".into(), self::text(module.as_bytes()).into());
    answer.json.insert("edges".into(), edges(&graph).into());
    answer.json.insert("needs".into(), graph.needs.into());
    answer.json.insert("needed_by".into(), graph.needed_by.into());
    Ok(answer)
}

/// The one module that is meant.
fn module(session: &Session, word: &str) -> Result<ModuleName, Problem> {
    let mut modules = modules_named(&session.machine, word.as_bytes())?;
    match (modules.pop(), modules.is_empty()) {
        (Some(module), true) => Ok(module),
        _ => Err(Problem::NotFound {
            query: word.into(),
            directory: session.machine.module_directory().to_vec(),
        }),
    }
}

/// What stands at a place, in words: the module, and how many that need it are left out.
fn label(what: &What) -> String {
    match what {
        What::Module { module, hidden: 0, .. } => text(module.as_bytes()),
        What::Module { module, hidden, .. } => format!("{} +{hidden}", text(module.as_bytes())),
        What::More(count) => format!("{count} more"),
    }
}

/// What the words of a label leave open.
fn hint(what: &What) -> String {
    match what {
        What::Module { module, state, hidden } => {
            let users = match hidden {
                0 => String::new(),
                hidden => format!(", needed by {hidden} modules that are not shown"),
            };
            format!("{}: {}{users}", text(module.as_bytes()), state_word(*state))
        }
        What::More(count) => format!("{count} more modules need it; --all shows them"),
    }
}

fn state_word(state: State) -> &'static str {
    match state {
        State::BuiltIn => "built in",
        State::Loaded => "loaded",
        State::NotLoaded => "not loaded",
    }
}

/// The heading: how many there are on both sides.
fn heading(graph: &Graph) -> String {
    let modules = |count: usize| match count {
        0 => "no module".to_owned(),
        1 => "1 module".to_owned(),
        count => format!("{count} modules"),
    };
    format!("needs {}, needed by {}", modules(graph.needs), modules(graph.needed_by))
}

fn nodes(graph: &Graph) -> Vec<Value> {
    let value = |node: &kmodctl::decide::graph::Node| match &node.what {
        What::Module { module, state, hidden } => json!({
            "name": text(module.as_bytes()),
            "state": state_word(*state).replace(' ', "-"),
            "level": node.level,
            "hidden_users": hidden,
        }),
        What::More(count) => json!({ "name": null, "more": count, "level": node.level }),
    };
    graph.nodes.iter().map(value).collect()
}

fn edges(graph: &Graph) -> Vec<Value> {
    let name = |place: usize| graph.nodes[place].what.module().map(|name| text(name.as_bytes()));
    let edges = graph.edges.iter().filter(|edge| name(edge.from).is_some());
    edges
        .map(|edge| {
            json!({
                "from": name(edge.from),
                "to": name(edge.to),
                "kind": if edge.kind == Need::Softdep { "softdep" } else { "symbols" },
            })
        })
        .collect()
}
