//! What scanners that read configuration as text would say of a block. They do not ask whether it
//! holds; their verdict stands beside ours.

use alloc::vec;
use alloc::vec::Vec;

use kmodctl_format::ModuleName;

use crate::inventory::{Inventory, TextFile};

/// A way to judge a block by text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scanner {
    /// CIS, the older form: `modprobe -n -v M` prints the install line, and M is not loaded.
    CisDryRun,
    /// Lynis: a blacklist or install line in `/etc/modprobe.d`.
    Lynis,
    /// OVAL `kernel_module_M_disabled` of ComplianceAsCode (CIS, STIG): both lines in any file.
    Oval,
}

/// What a scanner would say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The scanner.
    pub scanner: Scanner,
    /// Whether it is content.
    pub passes: bool,
}

/// The verdicts on a module, which scanners know by the spelling of its file.
pub fn scanners(world: &dyn Inventory, spelling: &[u8]) -> Vec<Verdict> {
    let mut files = world.configuration_files();
    files.retain(|file| file.path.ends_with(b".conf"));
    let has = |scanner, keyword: &[u8]| {
        let counts = |file: &&TextFile| scanner != Scanner::Lynis || is_in_etc(&file.path);
        files.iter().filter(counts).any(|file| has_line(&file.bytes, keyword, spelling))
    };
    let module = ModuleName::new(spelling);
    let shown = world.configuration().install_line(&module).is_some_and(|line| {
        let directive = &line.directive;
        matches!(directive, kmodctl_format::configuration::Directive::Install { command, .. }
            if matches!(command.as_slice(), b"/bin/false" | b"/bin/true"))
    });
    let either = |scanner| has(scanner, b"blacklist") || has(scanner, b"install");
    let both = |scanner| has(scanner, b"blacklist") && has(scanner, b"install");
    vec![
        Verdict { scanner: Scanner::CisDryRun, passes: shown && world.state(&module).is_none() },
        Verdict { scanner: Scanner::Lynis, passes: either(Scanner::Lynis) },
        Verdict { scanner: Scanner::Oval, passes: both(Scanner::Oval) },
    ]
}

fn is_in_etc(path: &[u8]) -> bool {
    path.windows(16).any(|part| part == b"/etc/modprobe.d/")
}

/// Whether a line is `KEYWORD NAME`, for install with `/bin/false` or `/bin/true` and nothing more.
fn has_line(file: &[u8], keyword: &[u8], name: &[u8]) -> bool {
    file.split(|&byte| byte == b'\n').any(|line| {
        let words: Vec<_> =
            line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
        match words.as_slice() {
            [first, second] => *first == keyword && *second == name && keyword == b"blacklist",
            [first, second, command] => {
                *first == keyword
                    && *second == name
                    && keyword == b"install"
                    && matches!(*command, b"/bin/false" | b"/bin/true")
            }
            _ => false,
        }
    })
}
