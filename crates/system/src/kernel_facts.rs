//! What `/proc` tells of how the kernel takes modules. What that means for one of them is decided
//! elsewhere.

use kmodctl_decide::inventory::{Engine, KernelFacts};
use kmodctl_format::initcall::initcalls;

use crate::file::read_start;
use crate::host::resolved;
use crate::place::joined;

/// Reads the facts; what cannot be read is left empty.
pub(crate) fn read(proc: &[u8]) -> KernelFacts {
    const LINE: usize = 64 * 1024;
    const KALLSYMS: usize = 256 << 20;
    let file = |name: &str, limit| read_start(&joined(proc, name.as_bytes()), limit).ok();
    let kallsyms = file("kallsyms", KALLSYMS).unwrap_or_default();
    let calls = initcalls(&kallsyms);
    KernelFacts {
        command_line: file("cmdline", LINE).unwrap_or_default(),
        initcalls: calls.map(|call| (call.module.to_vec(), call.function.to_vec())).collect(),
        modprobe: file("sys/kernel/modprobe", LINE)
            .map(|path| engine(proc.strip_suffix(b"/proc").unwrap_or_default(), &path)),
        modules_disabled: are_modules_disabled(proc),
    }
}

/// Whether no module is taken or given any more until the next start.
pub(crate) fn are_modules_disabled(proc: &[u8]) -> bool {
    let file = joined(proc, b"sys/kernel/modules_disabled");
    read_start(&file, 16).is_ok_and(|value| value.trim_ascii() == b"1")
}

/// Tells what a program is that loads modules, by where its path leads below a root.
fn engine(root: &[u8], path: &[u8]) -> Engine {
    let path = path.trim_ascii();
    if path.is_empty() {
        return Engine::Nobody;
    }
    const LIMIT: usize = 8 << 20;
    let target = resolved(root, path).unwrap_or_else(|| path.to_vec());
    let bytes = read_start(&[root, &target[..]].concat(), LIMIT).unwrap_or_default();
    Engine::of_program(path, &target, &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;
    use std::os::unix::fs::symlink;

    #[test]
    fn facts_are_read_from_proc() {
        let tree = Tree::new();
        assert_eq!(read(&tree.bytes("proc")), KernelFacts::default());
        tree.write("proc/cmdline", "ro\n");
        tree.write("proc/kallsyms", "0 d __initcall__kmod_rtc_cmos__236_1543_cmos_init6\n");
        tree.write("proc/sys/kernel/modprobe", "/sbin/modprobe\n");
        tree.write("proc/sys/kernel/modules_disabled", "1\n");
        tree.write("bin/busybox", "");
        std::fs::create_dir(tree.path("sbin")).unwrap();
        symlink("/bin/busybox", tree.path("sbin/modprobe")).unwrap();
        let expected = KernelFacts {
            command_line: b"ro\n".to_vec(),
            initcalls: vec![(b"rtc_cmos".to_vec(), b"cmos_init".to_vec())],
            modprobe: Some(Engine::Busybox(b"/sbin/modprobe".to_vec())),
            modules_disabled: true,
        };
        assert_eq!(read(&tree.bytes("proc")), expected);
        tree.write("proc/sys/kernel/modprobe", "\n");
        assert_eq!(read(&tree.bytes("proc")).modprobe, Some(Engine::Nobody));
    }
}
