//! `cargo xtask try`: boots an unmodified Debian kernel and shows the tools at work in a
//! session that a person can read; with `--shell`, leaves a prompt in the guest. Proves
//! nothing: `tests/vm` does.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::guest::{self, Guest, Tools};
use crate::{binary, fetch, kernels, progress};

/// What is typed in the session; a line that begins with `--` is said, not typed.
const SESSION: [&str; 27] = [
    "uname -r",
    "modinfo e1000e",
    "modprobe e1000e",
    "lsmod | grep e1000e",
    "modprobe -r e1000e",
    "lsmod | grep -c e1000e",
    "-- An option, and its value in the kernel:",
    "modprobe usbcore autosuspend=-1",
    "cat /sys/module/usbcore/parameters/autosuspend",
    "modprobe -r usbcore",
    "-- A block that refuses:",
    "echo 'install usb-storage /bin/false' > /etc/modprobe.d/no-usb-storage.conf",
    "modprobe usb-storage; echo \"exit code $?\"",
    "rm /etc/modprobe.d/no-usb-storage.conf",
    "-- A module inserted without those it needs:",
    "insmod /lib/modules/$(uname -r)/kernel/fs/ext4/ext4.ko; echo \"exit code $?\"",
    "dmesg | grep 'ext4: Unknown symbol' | head -n 3",
    "modprobe -v ext4",
    "-- A module in use:",
    "modprobe usb-storage",
    "lsmod | grep -e Used -e usb",
    "rmmod usbcore; echo \"exit code $?\"",
    "modprobe -r usbcore; echo \"exit code $?\"",
    "modprobe -r -v usb-storage ext4",
    "lsmod",
    "-- Nothing of the wrong name:",
    "modprobe no-such-module; echo \"exit code $?\"",
];

const MODULES: [&str; 5] = ["crc32c-intel", "crc32c_generic", "e1000e", "ext4", "usb-storage"];
const END: &str = "-- end of the tour --";
const PROMPT: &str = "\
echo; echo 'A shell in the guest; Ctrl-D powers it off.'
stty sane
ENV=/tools.sh PS1='guest# ' setsid sh -c 'exec sh -i < /dev/ttyS0 > /dev/ttyS0 2>&1'
";

/// Fetches and builds what is missing, boots, and runs the tour.
pub fn run(shell: bool) -> Result<()> {
    fetch::for_guests()?;
    let tools = match std::env::var("KMODCTL_TOOLS").as_deref() {
        Ok("theirs") => Tools::Theirs,
        _ => Tools::Ours,
    };
    if tools == Tools::Ours {
        progress::doing("building the tools");
        binary::build()?;
    }
    let kernel = kernels::fetch(kernels::V6_1)?;
    progress::doing(&format!("booting {} without hardware help (some seconds)", kernel.release));
    let started = Instant::now();
    let mut guest = Guest::new(&kernel, tools)?;
    guest.add_modules(&kernel, &MODULES)?;
    if shell {
        guest.without_limit();
    }
    let mut command = guest.command("try", &script(shell))?;
    command.stdout(Stdio::piped()).stdin(if shell { Stdio::inherit() } else { Stdio::null() });
    let outcome = show(&mut command, shell);
    guest::forget(&command);
    outcome?;
    progress::doing(&format!("the guest ran for {} seconds", started.elapsed().as_secs()));
    Ok(())
}

fn script(shell: bool) -> String {
    let mut script = String::from(". /tools.sh\n");
    for typed in SESSION {
        let quoted = typed.replace('\'', r"'\''");
        match typed.strip_prefix("-- ") {
            Some(said) => script += &format!("echo; echo '{said}'\n"),
            None => script += &format!("echo '# {quoted}'\n{typed}\n"),
        }
    }
    script += &format!("echo '{END}'\n");
    script + if shell { PROMPT } else { "" }
}

/// Shows the session as it happens, then leaves the line to the shell.
fn show(command: &mut Command, shell: bool) -> Result<()> {
    let mut child = command.spawn().context("cannot run the guest")?;
    let mut line = BufReader::new(child.stdout.take().context("the guest has no line")?);
    let mut lines = Shortened::default();
    let mut ended = false;
    let mut text = Vec::new();
    while !ended && line.read_until(b'\n', &mut text)? > 0 {
        let shown = String::from_utf8_lossy(&text);
        ended = shown.trim_end() == END;
        if !ended {
            lines.add(shown.trim_end_matches(['\r', '\n']));
        }
        text.clear();
    }
    lines.flush();
    if shell {
        std::io::copy(&mut line, &mut std::io::stdout())?;
    }
    finish(child)?;
    ensure!(ended, "the guest stopped before the end of the tour");
    Ok(())
}

fn finish(mut child: Child) -> Result<()> {
    let status = child.wait()?;
    ensure!(status.success(), "the guest failed: {status}");
    Ok(())
}

/// Prints lines; of more than three that begin with the same word and colon, only two and
/// how many were left out.
#[derive(Debug, Default)]
struct Shortened {
    key: String,
    held: Vec<String>,
}

impl Shortened {
    fn add(&mut self, line: &str) {
        let key = line.split_once(':').map_or("", |(key, _)| key);
        let goes_on = line.starts_with('\t') || (!key.is_empty() && key == self.key);
        if !goes_on {
            self.flush();
            self.key = key.to_owned();
        }
        self.held.push(line.to_owned());
        if self.key.is_empty() || self.key.contains(' ') {
            self.flush();
        }
    }

    fn flush(&mut self) {
        for line in shorten(&self.key, &self.held) {
            progress::line(&line);
        }
        self.held.clear();
    }
}

fn shorten(key: &str, lines: &[String]) -> Vec<String> {
    if lines.len() <= 3 {
        return lines.to_vec();
    }
    let mut shown = lines[..2].to_vec();
    shown.push(format!("  (… {} more lines of {key})", lines.len() - 2));
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_runs_are_shortened() {
        let lines =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let three = lines(&["alias: a", "alias: b", "alias: c"]);
        assert_eq!(shorten("alias", &three), three);
        let four = lines(&["alias: a", "alias: b", "alias: c", "alias: d"]);
        let expected = lines(&["alias: a", "alias: b", "  (… 2 more lines of alias)"]);
        assert_eq!(shorten("alias", &four), expected);
    }
}
