//! Plan tests of configuration symbols: a configuration, Makefiles, a module, and what is told.
#![allow(clippy::unwrap_used)]

use kmodctl_decide::configured::{
    Configured, Doubt, Evidence, Presence, Question, configured, symbol_in_image,
};
use kmodctl_decide::inventory::TextFile;
use kmodctl_format::ModuleName;
use kmodctl_format::kernel_configuration::Setting;

const CONFIGURATION: &str = "
CONFIG_E1000E=m
CONFIG_RTC_CMOS=y
CONFIG_BTRFS_FS=m
CONFIG_USB=y
CONFIG_NFSD=y
CONFIG_SENSORS_K10TEMP=m
CONFIG_NFS_V4=m
CONFIG_FB_TWICE=m
CONFIG_SND_TWICE=m
CONFIG_X_PTP=m
# CONFIG_E100 is not set
";

const MAKEFILE: &str = "
obj-$(CONFIG_E1000E) += e1000e.o
obj-$(CONFIG_OTHER) += shared-part.o
obj-$(CONFIG_E1000E) += shared-part.o
obj-$(CONFIG_ELSEWHERE) += only-here.o
";

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn set(setting: Option<&Setting>) -> &'static str {
    match setting {
        None => "?",
        Some(Setting::BuiltIn) => "y",
        Some(Setting::Module) => "m",
        Some(Setting::Unset) => "n",
        Some(Setting::Value(_)) => "value",
    }
}

fn told(module: &str, place: &str, presence: Presence, with: (bool, bool)) -> String {
    let makefile = TextFile { path: b"/M".to_vec(), bytes: MAKEFILE.into() };
    let found = configured(&Question {
        module: &ModuleName::new(module),
        presence,
        directory: (!place.is_empty()).then_some(place.as_bytes()),
        configuration: with.0.then_some(CONFIGURATION.as_bytes()),
        makefiles: if with.1 { std::slice::from_ref(&makefile) } else { &[] },
    });
    match found {
        Configured::CannotTell(Doubt::NoConfiguration) => "no configuration".into(),
        Configured::CannotTell(Doubt::NoSymbol) => "no symbol".into(),
        Configured::CannotTell(Doubt::Disagrees { symbol, setting }) => {
            format!("{}={} disagrees", text(&symbol), set(Some(&setting)))
        }
        Configured::Symbol { symbol, setting, by } => {
            let by = match by {
                Evidence::Ending => "ending".into(),
                Evidence::FileSystem => "file system".into(),
                Evidence::Makefile { file, line } => format!("{}:{line}", text(&file)),
                Evidence::Name => "name".to_owned(),
            };
            format!("{}={} by {by}", text(&symbol), set(setting.as_ref()))
        }
    }
}

#[test]
fn symbols_are_told_with_what_tells_them() {
    use Presence::{Absent, BuiltIn, Module};
    const INTEL: &str = "drivers/net/ethernet/intel/e1000e";
    let table = [
        // By the line that builds it: also with no configuration, and of two lines the one that
        // agrees.
        (("e1000e", INTEL, Module), (true, true), "CONFIG_E1000E=m by /M:2"),
        (("e1000e", INTEL, Module), (false, true), "CONFIG_E1000E=? by /M:2"),
        (("shared_part", INTEL, Module), (true, true), "CONFIG_E1000E=m by /M:4"),
        (("only-here", INTEL, Module), (true, true), "CONFIG_ELSEWHERE=? by /M:5"),
        // By name, where the state agrees.
        (("e1000e", INTEL, Module), (true, false), "CONFIG_E1000E=m by name"),
        (("rtc-cmos", "", BuiltIn), (true, false), "CONFIG_RTC_CMOS=y by name"),
        (("e100", "", Absent), (true, false), "CONFIG_E100=n by name"),
        (("btrfs", "fs/btrfs", Module), (true, false), "CONFIG_BTRFS_FS=m by file system"),
        (("nfsd", "fs/nfsd", Module), (true, false), "CONFIG_NFSD=y disagrees"),
        (("e1000e", INTEL, Absent), (true, false), "CONFIG_E1000E=m disagrees"),
        (("nfsv4", "fs/nfs", Module), (true, false), "CONFIG_NFS_V4=m by name"),
        // By the end of one symbol, not of several, and not of a short name.
        (("k10temp", "", Module), (true, false), "CONFIG_SENSORS_K10TEMP=m by ending"),
        (("k10temp", "", BuiltIn), (true, false), "no symbol"),
        (("twice", "", Module), (true, false), "no symbol"),
        (("ptp", "", Module), (true, false), "no symbol"),
        (("unheard", "drivers/net/unheard", Module), (true, true), "no symbol"),
        (("e1000e", INTEL, Module), (false, false), "no configuration"),
    ];
    for ((module, place, presence), with, expected) in table {
        assert_eq!(told(module, place, presence, with), expected, "{module} {presence:?}");
    }
}

/// What has the whole name and is set to `y`; never what only ends in it, or is a file of its own.
#[test]
fn what_is_in_the_image_is_told_by_its_whole_name() {
    let table = [
        ("usb", Some("CONFIG_USB")),
        ("rtc-cmos", Some("CONFIG_RTC_CMOS")),
        ("rtccmos", Some("CONFIG_RTC_CMOS")),
        ("cmos", None),
        ("e1000e", None),
        ("e100", None),
        ("us", None),
        ("config_usb", None),
    ];
    for (name, expected) in table {
        let found = symbol_in_image(&ModuleName::new(name), CONFIGURATION.as_bytes());
        assert_eq!(found.as_deref().map(text), expected, "{name}");
    }
}
