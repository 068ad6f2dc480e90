//! Cures that are commands of sed: each is run on the file it is for, and the file is read again.
#![allow(clippy::panic, clippy::unwrap_used)]

mod host;

use std::fs;
use std::path::Path;
use std::process::Command;

use host::Host;
use kmodctl::decide::configuration::Entry;
use kmodctl::decide::diagnosis::{Place, line_of_option};
use kmodctl::decide::problem::Fix;
use kmodctl::decide::{Configuration, Problem};
use kmodctl::format::ModuleName;
use kmodctl::format::configuration::parse;

/// What is amiss with a line.
enum Amiss {
    /// The first install line refuses `m`.
    Refuses,
    /// A parameter of `m` that is not taken.
    Parameter(&'static str),
    /// A parameter that `m` does not have, and the one that it has.
    Misspelt(&'static str, &'static str),
}

fn configuration(path: &Path) -> Configuration {
    let shared = path.as_os_str().as_encoded_bytes().into();
    let lines = parse(&fs::read(path).unwrap()).lines.into_iter();
    Configuration { entries: lines.map(|line| Entry::of_file(&shared, line)).collect() }
}

fn cure(path: &Path, amiss: &Amiss) -> String {
    let (configuration, module) = (configuration(path), ModuleName::new("m"));
    let fix = match amiss {
        Amiss::Refuses => {
            let place = Place::of(&configuration.install_line(&module).unwrap().origin).unwrap();
            Problem::Blocked { module, place }.fixes().remove(0)
        }
        Amiss::Parameter(name) => {
            line_of_option(&configuration, &module, name.as_bytes()).unwrap().corrected(b"", None)
        }
        Amiss::Misspelt(name, meant) => {
            let line = line_of_option(&configuration, &module, name.as_bytes()).unwrap();
            line.corrected(name.as_bytes(), Some(meant.as_bytes()))
        }
    };
    match fix {
        Fix::Words(words) => words,
        Fix::Request(request) => panic!("{request:?}"),
    }
}

/// Runs the command of a cure, which stands before what it says of itself.
fn run(cure: &str) {
    let command = cure.rsplit_once(" (").unwrap().0;
    assert!(Command::new("sh").args(["-c", command]).status().unwrap().success(), "{command}");
}

/// A file, what is amiss with a line of it, the cure, and the file afterwards.
#[test]
fn what_the_cure_says_is_what_sed_does() {
    use Amiss::{Misspelt, Parameter, Refuses};
    let table: [(&str, Amiss, &str, &str); 13] = [
        ("a\ninstall m /bin/false\nb\n", Refuses, "sed -i 2d FILE", "a\nb\n"),
        ("a\ninstall m \\\n /bin/false\nb\n", Refuses, "sed -i 2,3d FILE", "a\nb\n"),
        ("# a\n\ninstall \\\nm\\\n /bin/false # \\", Refuses, "sed -i 3,5d FILE", "# a\n\n"),
        ("install m /bin/false \\\n", Refuses, "sed -i 1,2d FILE", ""),
        (
            "options n b=2\noptions m a=1 b=2\n",
            Parameter("b"),
            "sed -i '2c options m a=1' FILE",
            "options n b=2\noptions m a=1\n",
        ),
        ("options m b=2\nb\n", Parameter("b"), "sed -i 1d FILE", "b\n"),
        ("options m \\\nb=2\nb\n", Parameter("b"), "sed -i 1,2d FILE", "b\n"),
        (
            "options m a=1 \\\n  b=2 \\\n\tc=3,4\nb\n",
            Parameter("b"),
            "sed -i -e '1c options m a=1 c=3,4' -e 2,3d FILE",
            "options m a=1 c=3,4\nb\n",
        ),
        (
            "options m a=1 b=2\\\n3 \\\n",
            Parameter("b"),
            "sed -i -e '1c options m a=1' -e 2,3d FILE",
            "options m a=1\n",
        ),
        // Where a pattern would have found another parameter, or none.
        (
            "options m\tbus_a=1\tbu=1\n",
            Misspelt("bu", "bus"),
            "sed -i '1c options m bus_a=1 bus=1' FILE",
            "options m bus_a=1 bus=1\n",
        ),
        (
            "options m mac=10 mac_a=1 \\\n",
            Parameter("mac_a"),
            "sed -i -e '1c options m mac=10' -e 2d FILE",
            "options m mac=10\n",
        ),
        (
            "options m num-dumies=1 \\\na=/b.*&\n",
            Misspelt("num_dumies", "numdummies"),
            "sed -i -e '1c options m numdummies=1 a=/b.*&' -e 2d FILE",
            "options m numdummies=1 a=/b.*&\n",
        ),
        (
            "options m \\\n  bu\\\n",
            Misspelt("bu", "bus"),
            "sed -i -e '1c options m bus' -e 2,3d FILE",
            "options m bus\n",
        ),
    ];
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("t.conf");
    for (before, amiss, expected, after) in table {
        fs::write(&path, before).unwrap();
        let cure = cure(&path, &amiss);
        let shown = cure.replace(path.to_str().unwrap(), "FILE");
        assert_eq!(shown.rsplit_once(" (").unwrap().0, expected, "{before}");
        run(&cure);
        assert_eq!(fs::read_to_string(&path).unwrap(), after, "{before}");
    }
}

#[test]
fn what_means_more_to_sed_is_left_to_people() {
    let table = [
        ("options m a=1 b=\"x y\"\n", "take `a=1` out of line 1 of FILE"),
        ("options m a=1 \\\n b='\n", "take `a=1` out of lines 1 to 2 of FILE"),
        ("options m a=1 b=\\\\n\n", "take `a=1` out of line 1 of FILE"),
    ];
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("t.conf");
    for (file, expected) in table {
        fs::write(&path, file).unwrap();
        let cure = cure(&path, &Amiss::Parameter("a"));
        assert_eq!(cure.replace(path.to_str().unwrap(), "FILE"), expected);
    }
}

/// A vendor's file is left as it is: its copy counts instead.
#[test]
fn a_load_that_is_refused_is_taken_after_the_cure() {
    let host = Host::new(
        "kernel 6.1.0\nmodule nfsd\nmodule udf\nfile etc/modprobe.d/own.conf\n| # why\n| install nfsd \\\n|   /bin/false\n\
         file usr/lib/modprobe.d/vendor.conf\n| install \\\n| udf \\\n| /bin/true\n| blacklist udf\n",
    );
    let load = |module: &str| {
        let mut kmodctl = Command::new(env!("CARGO_BIN_EXE_kmodctl"));
        kmodctl.args(["load", module, "--dry-run", "--root"]).arg(host.root());
        let output = kmodctl.output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        let fix = text.lines().find_map(|line| line.split_once("fix: "));
        fix.map(|(_, fix)| fix.to_owned())
    };
    let root = host.root().to_str().unwrap();
    let table = [
        ("nfsd", "sed -i 2,3d ROOT/etc/modprobe.d/own.conf (takes that line out)"),
        (
            "udf",
            "sed 1,3d ROOT/usr/lib/modprobe.d/vendor.conf > ROOT/etc/modprobe.d/vendor.conf \
             (a copy without that line, which counts instead)",
        ),
    ];
    for (module, expected) in table {
        let cure = load(module).unwrap();
        assert_eq!(cure.replace(root, "ROOT"), expected);
        run(&cure);
        assert_eq!(load(module), None);
    }
    let read = |path: &str| fs::read_to_string(host.root().join(path)).unwrap();
    assert_eq!(read("etc/modprobe.d/own.conf"), "# why\n");
    assert_eq!(read("etc/modprobe.d/vendor.conf"), "blacklist udf\n");
}
