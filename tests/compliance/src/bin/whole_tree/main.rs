//! The comparison of whole module trees; see `docs/compatibility.md`.

fn main() {}
