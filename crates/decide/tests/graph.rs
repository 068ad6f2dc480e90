//! Plan tests of graphs: modules, one of them, and its kin on their levels.
#![allow(clippy::unwrap_used)]

mod text_inventory;
mod text_world;

use kmodctl_decide::Kinship;
use kmodctl_decide::graph::{Need, State, What, graph};
use kmodctl_format::ModuleName;
use text_inventory::TextInventory;

/// A graph as lines: `LEVEL NAME [loaded] [+N]: NEEDED, ~SOFT`.
fn told(world: &str, module: &str, most: usize) -> Vec<String> {
    let world = TextInventory::new(world);
    let kinship = Kinship::of(&world).unwrap();
    let graph = graph(&world, &kinship, &ModuleName::new(module), most).unwrap();
    let name = |place: usize| match &graph.nodes[place].what {
        What::Module { module, state, hidden } => {
            let state = match state {
                State::BuiltIn => " built in",
                State::Loaded => " loaded",
                State::NotLoaded => "",
            };
            let hidden = if *hidden > 0 { format!(" +{hidden}") } else { String::new() };
            let module = String::from_utf8(module.as_bytes().to_vec()).unwrap();
            format!("{module}{state}{hidden}")
        }
        What::More(count) => format!("{count} more"),
    };
    let mut lines = Vec::new();
    for (place, node) in graph.nodes.iter().enumerate() {
        let edges = graph.edges.iter().filter(|edge| edge.from == place);
        let needs: Vec<_> = edges
            .map(|edge| {
                format!("{}{}", if edge.kind == Need::Softdep { "~" } else { "" }, name(edge.to))
            })
            .collect();
        lines.push(
            format!("{} {}: {}", node.level, name(place), needs.join(", ")).trim_end().to_owned(),
        );
    }
    lines.push(format!("needs {}, needed by {}", graph.needs, graph.needed_by));
    lines
}

/// Dependencies stand as in modules.dep: all of them, users before what they use.
const DIAMOND: &str = "
    module top left right mid base
    module left base
    module right mid base
    module mid base
    module base
    module lone
    module fan top left right mid base lone
    builtin core
    loaded base by=left
    loaded left
    in /etc/modprobe.d/a.conf
    softdep top pre: lone core post: base gone
    softdep fan pre: right
    softdep absent pre: top
";

#[test]
fn kin_stands_on_levels_in_between() {
    let expected = [
        "0 top: ~core built in, left loaded, ~lone, right",
        "3 base loaded:",
        "1 core built in:",
        // It needs what the module that is meant needs, too; that is not drawn.
        "-1 fan: top",
        "1 left loaded: base loaded",
        "1 lone:",
        "2 mid: base loaded",
        "1 right: mid",
        "needs 6, needed by 1",
    ];
    assert_eq!(told(DIAMOND, "top", 10), expected);
    let expected = [
        "0 base loaded:",
        "-4 fan: top",
        "-1 left loaded: base loaded",
        "-1 mid: base loaded",
        "-2 right: mid",
        "-3 top: left loaded, right",
        "needs 0, needed by 5",
    ];
    assert_eq!(told(DIAMOND, "base", 10), expected);
    let soft = [
        "0 right: mid",
        "2 base loaded:",
        "-2 fan: top",
        "1 mid: base loaded",
        "-1 top: right",
        "needs 2, needed by 2",
    ];
    assert_eq!(told(DIAMOND, "right", 10), soft);
}

#[test]
fn many_users_are_collapsed() {
    let mut world = String::from("module hub base\nmodule base\n");
    for number in 0..20 {
        world += &format!("module user{number:02} base\nmodule leaf{number:02} hub base\n");
    }
    world += "loaded user13\n";
    let expected = [
        "0 base:",
        "-1 hub +20: base",
        "-1 user00: base",
        "-1 user13 loaded: base",
        "-1 18 more: base",
        "needs 0, needed by 41",
    ];
    assert_eq!(told(&world, "base", 3), expected);
}

#[test]
fn one_more_is_shown_and_not_counted() {
    let world = "module a base\nmodule b base\nmodule c base\nmodule d c base\nmodule base\n";
    let expected = ["0 base:", "-1 a: base", "-1 b: base", "-1 c +1: base", "needs 0, needed by 4"];
    assert_eq!(told(world, "base", 2), expected);
    let expected = ["0 base:", "-1 c +1: base", "-1 2 more: base", "needs 0, needed by 4"];
    assert_eq!(told(world, "base", 1), expected);
}
