//! Who needs whom: the order of modules.dep, and circles.
#![allow(clippy::unwrap_used)]

mod depmod_tree;

use std::collections::BTreeSet;

use depmod_tree::*;

/// What kmod 34.2 says of circles, given modules in the order of their index.
#[test]
fn circles_are_told_as_kmod_tells_them() {
    let table: [(&str, &[&str], usize); 6] = [
        ("b +b -a\na +a -b\nc +c -a\nd +d -d", &["b -> a -> b", "d -> d"], 3),
        ("h +h -e\ne +e -f -g\nf +f -h\ng +g -h", &["h -> e -> g -> h", "h -> e -> f -> h"], 4),
        ("h +h -e -f\ne +e -g\nf +f -g\ng +g -h", &["h -> f -> g -> h", "h -> e -> g -> h"], 4),
        ("g +g -h\nf +f -g\ne +e -g\nh +h -e -f", &["g -> h -> f -> g", "g -> h -> e -> g"], 4),
        ("b +b -a -c\na +a -b -c\nc +c\nu -a", &["b -> a -> b"], 2),
        (
            "x2 +x2 -x3\nx3 +x3 -x1\nx1 +x1 -x2\ny1 +y1 -y2\ny2 +y2 -y1\nu -x1 -y1",
            &["x2 -> x3 -> x1 -> x2", "y1 -> y2 -> y1"],
            5,
        ),
    ];
    for (text, chains, count) in table {
        assert_eq!(told(text), (chains.iter().map(ToString::to_string).collect(), count), "{text}");
    }
}

/// kmod never ends on these: a way from one circle leads into another.
#[test]
fn circles_that_are_linked_are_told_and_end() {
    let (chains, count) = told("c +c -a\na +a -b\nb +b -c\nd +d -b -e\ne +e -d");
    assert_eq!(chains, ["c -> a -> b -> c", "d -> e -> d"]);
    assert_eq!(count, 5);
    let (chains, count) = told("a +a -b -c\nb +b -a\nc +c -d\nd +d -c");
    assert_eq!(chains, ["a -> b -> a", "c -> d -> c"]);
    assert_eq!(count, 4);
}

#[test]
fn many_modules_that_all_need_each_other_end_soon() {
    let needs: String = (0..200).map(|number| format!(" -s{number}")).collect();
    let text: String = (0..200).map(|number| format!("m{number} +s{number}{needs}\n")).collect();
    let (chains, _) = told(&text);
    assert!((200..20_000).contains(&chains.len()), "{}", chains.len());
}

fn told(text: &str) -> (Vec<String>, usize) {
    let modules = modules(text);
    let cycles = linked(&modules).err().unwrap();
    let shown =
        |chain: &Vec<_>| chain.iter().map(ToString::to_string).collect::<Vec<_>>().join(" -> ");
    (cycles.chains.iter().map(shown).collect(), cycles.modules)
}

/// Random graphs: each module lists exactly what it reaches, and a user stands before what it uses;
/// a circle is told exactly where there is one, and leads along what is needed.
#[test]
fn users_stand_before_what_they_use() {
    let mut random = 7u32;
    let mut next = |below: usize| {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (random >> 8) as usize % below
    };
    for round in 0..300 {
        let count = 2 + next(14);
        // Half of the graphs have arrows in one direction only, and so no circles.
        let direct: Vec<BTreeSet<usize>> = (0..count)
            .map(|from| {
                let arrows = (0..next(4)).map(|_| next(count));
                arrows.filter(|&to| if round % 2 == 0 { to > from } else { to != from }).collect()
            })
            .collect();
        check(&direct);
    }
}

fn check(direct: &[BTreeSet<usize>]) {
    let line = |(number, needs): (usize, &BTreeSet<usize>)| {
        let needs: String = needs.iter().map(|needed| format!(" -s{needed}")).collect();
        format!("{number} +s{number}{needs}\n")
    };
    let text: String = direct.iter().enumerate().map(line).collect();
    let modules = modules(&text);
    let reach: Vec<_> = (0..direct.len()).map(|from| reachable(direct, from)).collect();
    let is_cyclic = reach.iter().enumerate().any(|(from, reached)| reached.contains(&from));
    match linked(&modules) {
        Ok(_) => {
            assert!(!is_cyclic, "{text}");
            let dep = depmod_tree::text(&modules, kmodctl_decide::depmod::Table::Dependencies);
            for (number, line) in dep.lines().enumerate() {
                check_line(direct, &reach[number], line);
            }
        }
        Err(cycles) => {
            assert!(is_cyclic && !cycles.chains.is_empty(), "{text}");
            for chain in &cycles.chains {
                let chain: Vec<usize> =
                    chain.iter().map(|name| name.to_string().parse().unwrap()).collect();
                assert_eq!(chain.first(), chain.last());
                assert!(chain.windows(2).all(|two| direct[two[0]].contains(&two[1])), "{text}");
            }
        }
    }
}

fn check_line(direct: &[BTreeSet<usize>], reach: &BTreeSet<usize>, line: &str) {
    let (_, needed) = line.split_once(':').unwrap();
    let needed: Vec<usize> = needed.split_whitespace().map(|path| path.parse().unwrap()).collect();
    assert_eq!(needed.iter().copied().collect::<BTreeSet<_>>(), *reach, "{line}");
    assert_eq!(needed.len(), reach.len(), "{line}");
    for (place, user) in needed.iter().enumerate() {
        assert!(needed[..place].iter().all(|before| !direct[*user].contains(before)), "{line}");
    }
}

fn reachable(direct: &[BTreeSet<usize>], from: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<usize> = direct[from].iter().copied().collect();
    while let Some(to) = open.pop() {
        if reached.insert(to) {
            open.extend(&direct[to]);
        }
    }
    reached
}
