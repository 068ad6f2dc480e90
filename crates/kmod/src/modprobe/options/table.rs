//! The spellings of modprobe's options. What follows from each is known in `options`.

use super::Work;
use crate::getopt::{Row, flag, hidden, valued};

/// What an option means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opt {
    All,
    Configuration,
    DryRun,
    FirstTime,
    Force,
    ForceModversions,
    ForceVermagic,
    Help,
    IgnoreCommands,
    Quiet,
    Release,
    RemoveHolders,
    Root,
    ShowDependencies,
    Syslog,
    UseBlacklist,
    Verbose,
    Version,
    Wait,
    Work(Work),
}

/// In the order in which glibc is to list them. `--show-alias` is what versions after 34.2 call
/// `--resolve-alias`.
pub(super) const TABLE: [Row<Opt>; 30] = [
    flag(b'a', "all", Opt::All),
    flag(b'r', "remove", Opt::Work(Work::Remove)),
    flag(0, "remove-dependencies", Opt::RemoveHolders),
    flag(0, "remove-holders", Opt::RemoveHolders),
    valued(b'w', "wait", Opt::Wait),
    flag(b'R', "resolve-alias", Opt::Work(Work::Resolve)),
    flag(0, "first-time", Opt::FirstTime),
    flag(b'i', "ignore-install", Opt::IgnoreCommands),
    flag(0, "ignore-remove", Opt::IgnoreCommands),
    flag(b'b', "use-blacklist", Opt::UseBlacklist),
    flag(b'f', "force", Opt::Force),
    flag(0, "force-modversion", Opt::ForceModversions),
    flag(0, "force-vermagic", Opt::ForceVermagic),
    flag(b'D', "show-depends", Opt::ShowDependencies),
    flag(b'c', "showconfig", Opt::Work(Work::ShowConfiguration)),
    flag(0, "show-config", Opt::Work(Work::ShowConfiguration)),
    flag(0, "show-modversions", Opt::Work(Work::ShowModversions)),
    flag(0, "dump-modversions", Opt::Work(Work::ShowModversions)),
    flag(0, "show-exports", Opt::Work(Work::ShowExports)),
    flag(b'n', "dry-run", Opt::DryRun),
    flag(0, "show", Opt::DryRun),
    valued(b'C', "config", Opt::Configuration),
    valued(b'd', "dirname", Opt::Root),
    valued(b'S', "set-version", Opt::Release),
    flag(b's', "syslog", Opt::Syslog),
    flag(b'q', "quiet", Opt::Quiet),
    flag(b'v', "verbose", Opt::Verbose),
    flag(b'V', "version", Opt::Version),
    flag(b'h', "help", Opt::Help),
    hidden(0, "show-alias", Opt::Work(Work::Resolve)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_option() {
        crate::manual::assert_page_has("modprobe.8", None, &TABLE);
    }
}
