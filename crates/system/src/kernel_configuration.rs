//! Where a kernel's configuration and the Makefiles of its sources are installed, and what they hold.
//! What they say of a module is known in `decide`.

use kmodctl_decide::inventory::TextFile;
use kmodctl_format::ModuleName;

use crate::codec;
use crate::file::{read_start, read_to_end};
use crate::host::Host;
use crate::place::{joined, running_release};

/// The largest configuration that is read; one of a distribution has 300 KB.
const MOST_BYTES: usize = 8 << 20;

/// The configuration of a kernel: of `/boot`, of its module directory, or what the running kernel
/// shows of itself.
pub fn read(host: &Host, release: &[u8]) -> Option<TextFile> {
    let directory = module_directory(release);
    let boot = [b"/boot/config-", release].concat();
    let files = [boot, joined(&directory, b"config"), joined(&directory, b"build/.config")];
    let found = files.iter().find_map(|path| text(host, path));
    found.or_else(|| of_running(host, release))
}

/// `/proc/config.gz`, which is of the kernel that runs.
fn of_running(host: &Host, release: &[u8]) -> Option<TextFile> {
    let is_meant = host.is_running() && release == running_release();
    is_meant.then(|| packed(host.path("/proc/config.gz")))?
}

fn packed(path: Vec<u8>) -> Option<TextFile> {
    let bytes = read_to_end(&path, MOST_BYTES).ok()?;
    let codec = codec::of_magic(&bytes)?;
    let bytes = codec::unpack(codec, &bytes, MOST_BYTES).ok()?;
    Some(TextFile { path, bytes })
}

/// The Makefiles of a directory of the kernel's sources (`drivers/net`), where the headers or the
/// sources of a kernel are installed.
pub fn makefiles(host: &Host, release: &[u8], directory: &[u8]) -> Vec<TextFile> {
    let mut found = Vec::new();
    for tree in ["build", "source"] {
        for name in ["Kbuild", "Makefile"] {
            let place = [tree.as_bytes(), directory, name.as_bytes()].join(&b'/');
            let file = text(host, &joined(&module_directory(release), &place));
            found.extend(file.filter(|file| !found.contains(file)));
        }
    }
    found
}

/// The directory of the kernel's sources that has a built-in module, by `modules.builtin`.
pub fn directory_of_builtin(host: &Host, release: &[u8], module: &ModuleName) -> Option<Vec<u8>> {
    let list = text(host, &joined(&module_directory(release), b"modules.builtin"))?;
    let mut lines = list.bytes.split(|&byte| byte == b'\n');
    directory_of(lines.find(|line| module.is_of_path(line))?)
}

/// The directory of the kernel's sources that a module's file is of: what stands between `kernel/`
/// and its name. One that came from elsewhere has none.
pub fn directory_of(path: &[u8]) -> Option<Vec<u8>> {
    let end = path.iter().rposition(|&byte| byte == b'/')?;
    let marks = [&b"/kernel/"[..], b"kernel/"];
    let start = match path.starts_with(marks[1]) {
        true => marks[1].len(),
        false => path.windows(8).position(|window| window == marks[0])? + marks[0].len(),
    };
    (start < end).then(|| path[start..end].to_vec())
}

fn module_directory(release: &[u8]) -> Vec<u8> {
    joined(b"/lib/modules", release)
}

/// A file of the host, by the path it has there; links are followed below the root.
fn text(host: &Host, path: &[u8]) -> Option<TextFile> {
    let inside = host.resolved(path)?;
    let bytes = read_start(&[host.root(), &inside].concat(), MOST_BYTES).ok()?;
    Some(TextFile { path: [host.root(), path].concat(), bytes })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn directories_stand_between_kernel_and_the_name() {
        let table = [
            ("/lib/modules/6.1/kernel/fs/xfs/xfs.ko.xz", Some("fs/xfs")),
            ("kernel/drivers/rtc/rtc-cmos.ko", Some("drivers/rtc")),
            ("/lib/modules/6.1/updates/dkms/nvidia.ko", None),
            ("/lib/modules/6.1/kernel/a.ko", None),
            ("a.ko", None),
        ];
        for (path, expected) in table {
            let found = directory_of(path.as_bytes());
            assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{path}");
        }
    }

    #[test]
    fn what_the_running_kernel_shows_is_unpacked() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("config.gz");
        let mut gzip = Command::new("gzip")
            .stdin(Stdio::piped())
            .stdout(fs::File::create(&file).unwrap())
            .spawn()
            .unwrap();
        gzip.stdin.take().unwrap().write_all(b"CONFIG_A=y\n").unwrap();
        assert!(gzip.wait().unwrap().success());
        let path = file.into_os_string().into_encoded_bytes();
        assert_eq!(packed(path.clone()).unwrap().bytes, b"CONFIG_A=y\n");
        assert_eq!(packed([&path[..], b".none"].concat()), None);
    }

    #[test]
    fn links_are_followed_below_the_root() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::create_dir_all(root.join("lib/modules/6.1")).unwrap();
        fs::create_dir_all(root.join("usr/src/6.1/drivers/net")).unwrap();
        fs::write(root.join("usr/src/6.1/drivers/net/Makefile"), "obj-$(CONFIG_A) += a.o\n")
            .unwrap();
        std::os::unix::fs::symlink("/usr/src/6.1", root.join("lib/modules/6.1/source")).unwrap();
        let host = Host::below(root.as_os_str().as_encoded_bytes()).unwrap();
        let found = makefiles(&host, b"6.1", b"drivers/net");
        assert_eq!(found.len(), 1);
        assert!(found[0].path.ends_with(b"/lib/modules/6.1/source/drivers/net/Makefile"));
        assert!(read(&host, b"6.1").is_none());
        fs::write(root.join("lib/modules/6.1/config"), "CONFIG_A=m\n").unwrap();
        assert_eq!(read(&host, b"6.1").unwrap().bytes, b"CONFIG_A=m\n");
    }
}
