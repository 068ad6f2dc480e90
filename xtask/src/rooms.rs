//! The table of the house: which room may import which, and which crates from elsewhere the
//! pure rooms may use. Data only; `house` compares it with what is there.

/// One room: a package of the workspace.
#[derive(Debug)]
pub struct Room {
    /// The package's name.
    pub package: &'static str,
    /// Packages of the workspace that it may import.
    pub imports: &'static [&'static str],
    /// For a pure room (no I/O), the only crates from elsewhere that it may import.
    pub pure: Option<&'static [&'static str]>,
}

/// Every room. A package that is not here does not belong to the house.
pub const ROOMS: [Room; 10] = [
    Room { package: "kmodctl-format", imports: &[], pure: Some(&[]) },
    Room { package: "kmodctl-decide", imports: &["kmodctl-format"], pure: Some(&[]) },
    Room { package: "kmodctl-system", imports: &["kmodctl-format", "kmodctl-decide"], pure: None },
    Room { package: "kmodctl-sign", imports: &["kmodctl-format", "kmodctl-decide"], pure: None },
    Room {
        package: "kmodctl",
        imports: &["kmodctl-format", "kmodctl-decide", "kmodctl-system"],
        pure: None,
    },
    Room { package: "kmod", imports: &["kmodctl"], pure: None },
    Room { package: "libkmod", imports: &["kmodctl"], pure: None },
    Room { package: "kmodctl-cli", imports: &["kmodctl", "kmodctl-sign"], pure: None },
    Room { package: "kmodctl-autoload", imports: &["kmodctl"], pure: None },
    Room { package: "xtask", imports: &[], pure: None },
];

/// Rooms that may hold `unsafe` code, by their directory.
pub const UNSAFE_ROOMS: [&str; 1] = ["crates/libkmod"];

/// Files that are tables and may be long, by their path in the workspace.
pub const TABLES: [&str; 0] = [];

/// The most lines of a file that is not a table.
pub const MOST_LINES: usize = 400;
