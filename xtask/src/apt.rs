//! Debian packages by the machine's own client: installing on this machine what is missing,
//! and downloading packages of any Debian release through a private root that leaves the
//! machine's own package state alone. The mirrors are those the machine's apt is set up with.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::{cache, progress, shell};

const LOCK_TRIES: u32 = 60;
const LOCK_PAUSE: Duration = Duration::from_secs(10);

/// Installs on this machine those of `packages` that it has not.
pub fn install(packages: &[&str]) -> Result<()> {
    let missing: Vec<&str> = packages.iter().copied().filter(|name| !installed(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    progress::doing(&format!("installing {}", missing.join(" ")));
    as_root(&["update", "-q"])?;
    let mut words = vec!["install", "-y", "-q", "--no-install-recommends"];
    words.extend(missing);
    as_root(&words)
}

fn installed(package: &str) -> bool {
    let mut query = shell::command("dpkg-query", ["-W", "-f=${db:Status-Status}", package]);
    shell::output(&mut query).is_ok_and(|status| status == "installed")
}

/// Runs apt-get on the machine itself, waiting while another package client holds its locks.
fn as_root(words: &[&str]) -> Result<()> {
    for _ in 0..LOCK_TRIES {
        let mut command = shell::as_root::<&str>("apt-get", []);
        command.args(["-o", "DPkg::Lock::Timeout=600"]).args(words);
        command.env("DEBIAN_FRONTEND", "noninteractive").stderr(Stdio::piped());
        let output = command.spawn().and_then(std::process::Child::wait_with_output);
        let output = output.with_context(|| format!("cannot run {}", shell::shown(&command)))?;
        std::io::stderr().write_all(&output.stderr)?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        if !said.contains("lock") {
            bail!("{} failed: {}", shell::shown(&command), output.status);
        }
        progress::doing("another package client is at work: waiting for its lock");
        std::thread::sleep(LOCK_PAUSE);
    }
    bail!("the package client's lock was held for too long")
}

/// A private apt root for one Debian release.
#[derive(Debug)]
pub struct PrivateRoot {
    directory: PathBuf,
    architecture: &'static str,
}

/// The architecture that guests run and tools are fetched for.
pub const AMD64: &str = "amd64";

impl PrivateRoot {
    /// Opens the private root of a release by its code name, making it and reading the
    /// release's package lists the first time.
    pub fn open(release: &str) -> Result<PrivateRoot> {
        PrivateRoot::of(release, AMD64)
    }

    /// The same for the packages of one architecture, by Debian's name of it.
    pub fn of(release: &str, architecture: &'static str) -> Result<PrivateRoot> {
        let name = match architecture {
            AMD64 => format!("apt/{release}"),
            _ => format!("apt/{release}-{architecture}"),
        };
        let directory = cache::once(&name, |directory| prepare(directory, release, architecture))?;
        Ok(PrivateRoot { directory, architecture })
    }

    /// The first line of field `field` that the newest version of `package` has.
    pub fn field(&self, package: &str, field: &str) -> Result<String> {
        let mut command = self.apt("apt-cache");
        let shown = shell::output(command.args(["show", "--no-all-versions", package]))?;
        let prefix = format!("{field}: ");
        let value = shown.lines().find_map(|line| line.strip_prefix(&prefix));
        Ok(value.with_context(|| format!("{package} has no field {field}"))?.to_owned())
    }

    /// The release's sources, as sources.list(5) spells them; the release itself is the first.
    pub fn sources(&self) -> Result<String> {
        Ok(fs::read_to_string(self.directory.join("etc/sources.list"))?)
    }

    /// Downloads `packages` and unpacks them into `target`; nothing else.
    pub fn unpack(&self, packages: &[&str], target: &Path) -> Result<()> {
        let archives = self.empty_archives()?;
        let mut command = self.apt("apt-get");
        command.args(["-q", "download"]).args(packages).current_dir(&archives);
        shell::run(&mut command)?;
        unpack_archives(&archives, target)
    }

    /// Downloads `packages` and all that they depend on, and unpacks them into `target`.
    pub fn unpack_closure(&self, packages: &[&str], target: &Path) -> Result<()> {
        let archives = self.empty_archives()?;
        let mut command = self.apt("apt-get");
        command.args(["-q", "-y", "--no-install-recommends", "--download-only", "install"]);
        command.arg("-o").arg(format!("Dir::Cache::archives={}", archives.display()));
        shell::run(command.args(packages))?;
        unpack_archives(&archives, target)
    }

    fn empty_archives(&self) -> Result<PathBuf> {
        let archives = self.directory.join("archives");
        let _ = fs::remove_dir_all(&archives);
        fs::create_dir_all(archives.join("partial"))?;
        Ok(archives)
    }

    fn apt(&self, program: &str) -> Command {
        apt(program, &self.directory, self.architecture)
    }
}

fn prepare(directory: &Path, release: &str, architecture: &str) -> Result<()> {
    for name in ["state/lists/partial", "cache/archives/partial", "etc"] {
        fs::create_dir_all(directory.join(name))?;
    }
    for name in ["preferences.d", "trusted.gpg.d"] {
        fs::create_dir_all(directory.join("etc").join(name))?;
    }
    fs::write(directory.join("state/status"), "")?;
    let mut sources = sources(&configured()?, release)?;
    if architecture != AMD64 {
        // Data that is never run needs no updates, and the release itself stands still.
        sources = of_the_release_itself(&sources, release);
    }
    fs::write(directory.join("etc/sources.list"), sources)?;
    shell::run(apt("apt-get", directory, architecture).args(["-q", "update"]))
}

/// Debian's own client set to keep all it knows and fetches under `directory`. The machine's
/// configuration (proxies, credentials) still applies.
fn apt(program: &str, directory: &Path, architecture: &str) -> Command {
    let mut command = Command::new(program);
    let mut set = |name: &str, value: &str| {
        let value = value.replace("@", &directory.to_string_lossy());
        command.arg("-o").arg(format!("{name}={value}"));
    };
    set("Dir::Etc::sourcelist", "@/etc/sources.list");
    set("Dir::Etc::sourceparts", "-");
    set("Dir::Etc::preferences", "@/etc/preferences");
    set("Dir::Etc::preferencesparts", "@/etc/preferences.d");
    set("Dir::State", "@/state");
    set("Dir::State::status", "@/state/status");
    set("Dir::Cache", "@/cache");
    set("APT::Architecture", architecture);
    set("APT::Architectures", architecture);
    set("APT::Sandbox::User", "root");
    set("Acquire::Languages", "none");
    set("Debug::NoLocking", "true");
    set("Dpkg::Use-Pty", "0");
    command
}

fn unpack_archives(archives: &Path, target: &Path) -> Result<()> {
    for entry in fs::read_dir(archives)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            shell::run(Command::new("dpkg-deb").arg("-x").arg(&path).arg(target))?;
        }
    }
    fs::remove_dir_all(archives)?;
    Ok(())
}

/// The mirrors of the machine's own apt: one `SITE RELEASE` a line.
fn configured() -> Result<String> {
    let list = || {
        let words = ["indextargets", "--format", "$(SITE) $(RELEASE)", "Created-By: Packages"];
        shell::output(&mut shell::command("apt-get", words))
    };
    let known = list()?;
    if !known.trim().is_empty() {
        return Ok(known);
    }
    as_root(&["update", "-q"])?;
    list()
}

/// The sources of another Debian release on the same mirrors.
fn sources(configured: &str, release: &str) -> Result<String> {
    const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
    let mut lines: Vec<String> = Vec::new();
    for line in configured.lines() {
        let Some((site, theirs)) = line.split_once(' ') else { continue };
        let Some(suffix) = suite_suffix(theirs) else { continue };
        let line = format!("deb [signed-by={KEYRING}] {site} {release}{suffix} main\n");
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    if lines.is_empty() {
        bail!("this machine's apt has no Debian mirror:\n{configured}");
    }
    Ok(lines.concat())
}

/// The lines without `-updates` and `-security`.
fn of_the_release_itself(sources: &str, release: &str) -> String {
    let itself = format!(" {release} main\n");
    sources.split_inclusive('\n').filter(|line| line.ends_with(&itself)).collect()
}

/// `bookworm-security` -> `-security`; nothing for a suite that is not one of Debian's.
fn suite_suffix(suite: &str) -> Option<&'static str> {
    const RELEASES: [&str; 6] = ["bookworm", "trixie", "forky", "oldstable", "stable", "testing"];
    let (release, suffix) = suite.split_once('-').unwrap_or((suite, ""));
    let known = RELEASES.contains(&release);
    match suffix {
        "" if known => Some(""),
        "updates" if known => Some("-updates"),
        "security" if known => Some("-security"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_of_another_release_use_the_same_mirrors() {
        let configured = "http://one/debian bookworm\nhttp://one/debian bookworm\n\
                          http://two/sec bookworm-security\nhttp://three/node nodistro\n";
        let expected = "\
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://one/debian trixie main
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://two/sec trixie-security main
";
        assert_eq!(sources(configured, "trixie").unwrap(), expected);
        let itself = of_the_release_itself(expected, "trixie");
        assert_eq!(itself, expected.split_inclusive('\n').next().unwrap());
        assert!(sources("http://three/node nodistro\n", "trixie").is_err());
    }
}
