//! Module files made from a kernel's own: compressed otherwise, or damaged in one place.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use xtask::guest::{indexes, tree};
use xtask::kernels::Kernel;
use xtask::{cache, shell};

const SIGNATURE_END: &[u8] = b"~Module signature appended~\n";

/// The bytes of a kernel's module, uncompressed.
pub fn module(kernel: &Kernel, name: &str) -> Result<Vec<u8>> {
    let wanted = name.replace('-', "_");
    let files = tree::closure(&kernel.modules(), &[name])?;
    let own = files.iter().find(|path| stem(path).replace('-', "_") == wanted);
    let path = kernel.modules().join(own.context("the closure lacks the module")?);
    let bytes = fs::read(&path)?;
    if path.extension().is_some_and(|extension| extension == "xz") {
        return filtered(&["xz", "-dc"], &bytes);
    }
    Ok(bytes)
}

fn stem(path: &str) -> &str {
    path.rsplit('/').next().and_then(|file| file.split('.').next()).unwrap_or_default()
}

/// What a program writes that is given `input`.
pub fn filtered(words: &[&str], input: &[u8]) -> Result<Vec<u8>> {
    let (program, words) = words.split_first().context("no program")?;
    let mut child = Command::new(program)
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {program}"))?;
    let mut stdin = child.stdin.take().context("no standard input")?;
    let output = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output()
    })?;
    ensure!(output.status.success(), "{program} failed: {}", output.status);
    Ok(output.stdout)
}

/// The module without the signature that is appended to it. The length of a signature stands
/// in the last four bytes, big-endian, of the twelve before the closing words.
pub fn unsigned(module: &[u8]) -> Result<Vec<u8>> {
    let rest = module.strip_suffix(SIGNATURE_END).context("the module is not signed")?;
    let (rest, trailer) = rest.split_at(rest.len() - 12);
    let length = u32::from_be_bytes(trailer[8..].try_into()?) as usize;
    Ok(rest[..rest.len() - length].to_vec())
}

/// The module with the first bytes of its signature made zero, so that it is none any more.
pub fn unreadable_signature(module: &[u8]) -> Result<Vec<u8>> {
    let start = unsigned(module)?.len();
    let mut bytes = module.to_vec();
    bytes[start..start + 16].fill(0);
    Ok(bytes)
}

/// The module with the first `from` in it become `to`, which is as long.
pub fn replaced(module: &[u8], from: &[u8], to: &[u8]) -> Result<Vec<u8>> {
    ensure!(from.len() == to.len(), "the replacement has another length");
    let at = module.windows(from.len()).position(|window| window == from);
    let mut bytes = module.to_vec();
    match at {
        Some(at) => bytes[at..at + to.len()].copy_from_slice(to),
        None => bail!("the module has no {:?}", String::from_utf8_lossy(from)),
    }
    Ok(bytes)
}

/// The module under another name of the same length. What it registers keeps the old name.
pub fn renamed(module: &[u8], from: &str, to: &str) -> Result<Vec<u8>> {
    let named = |name: &str| format!("\0name={name}\0").into_bytes();
    let module = replaced(module, &named(from), &named(to))?;
    // In `struct module` the name stands between zeros.
    let placed = |name: &str| [&[0; 16], name.as_bytes(), &[0; 32]].concat();
    replaced(&module, &placed(from), &placed(to))
}

/// The module signed with a key that nobody knows.
pub fn signed_by_a_stranger(plain: &[u8]) -> Result<Vec<u8>> {
    let directory = cache::directory()?.join(format!("guests/stranger-{}", std::process::id()));
    let directory = directory.with_extension(format!("{:?}", std::thread::current().id()));
    fs::create_dir_all(&directory)?;
    let (key, certificate) = (directory.join("key"), directory.join("certificate"));
    let file = directory.join("module");
    fs::write(&file, plain)?;
    let words = "req -x509 -newkey rsa:2048 -nodes -batch -days 2 -subj /CN=stranger";
    let mut request = Command::new("openssl");
    request.args(words.split(' ')).arg("-keyout").arg(&key).arg("-out").arg(&certificate);
    shell::quietly(request.stderr(Stdio::null()))?;
    let words = "cms -sign -binary -noattr -nocerts -md sha256 -outform DER";
    let mut sign = Command::new("openssl");
    sign.args(words.split(' ')).arg("-inkey").arg(&key).arg("-signer").arg(&certificate);
    let signature = sign.arg("-in").arg(&file).output()?;
    ensure!(signature.status.success(), "openssl does not sign");
    fs::remove_dir_all(directory)?;
    // What kind of signature it is (2: CMS), and its length, big-endian.
    let length = u32::try_from(signature.stdout.len())?.to_be_bytes();
    let trailer = [&[0, 0, 2, 0, 0, 0, 0, 0][..], &length].concat();
    Ok([plain, &signature.stdout, &trailer, SIGNATURE_END].concat())
}

/// The module with another checksum for the symbol `module_layout`, which every module needs.
/// The checksum is the eight bytes before the name in `__versions`.
pub fn other_checksum(module: &[u8]) -> Result<Vec<u8>> {
    const NAME: &[u8] = b"module_layout\0";
    let at = module.windows(NAME.len()).enumerate().position(|(at, window)| {
        window == NAME
            && at >= 8
            && module[at - 4..at] == [0; 4]
            && module[at - 8..at - 4] != [0; 4]
    });
    let at = at.context("the module has no checksum of module_layout")?;
    let mut bytes = module.to_vec();
    bytes[at - 8] ^= 0xff;
    Ok(bytes)
}

/// A tree of modules with what they need, each file compressed by `compress` and named with
/// `suffix`, and indexes that fit; as files of a guest.
pub fn tree(
    kernel: &Kernel,
    names: &[&str],
    compress: impl Fn(&[u8]) -> Result<Vec<u8>>,
    suffix: &str,
) -> Result<Vec<(String, Vec<u8>)>> {
    let mut modules = Vec::new();
    for path in tree::closure(&kernel.modules(), names)? {
        let plain = path.split(".ko").next().unwrap_or_default();
        let bytes = compress(&module(kernel, stem(&path))?)?;
        modules.push((format!("{plain}.ko{suffix}"), bytes));
    }
    with_indexes(kernel, modules)
}

/// A tree of modules as they are with what they need, and indexes that fit; as files of a guest.
pub fn indexed(kernel: &Kernel, names: &[&str]) -> Result<Vec<(String, Vec<u8>)>> {
    let mut modules = Vec::new();
    for path in tree::closure(&kernel.modules(), names)? {
        let bytes = fs::read(kernel.modules().join(&path))?;
        modules.push((path, bytes));
    }
    with_indexes(kernel, modules)
}

/// The files of modules, whose paths begin in the module directory, and the indexes of just them.
fn with_indexes(
    kernel: &Kernel,
    modules: Vec<(String, Vec<u8>)>,
) -> Result<Vec<(String, Vec<u8>)>> {
    let directory =
        cache::directory()?.join(format!("guests/tree-{}-{}", kernel.release, std::process::id()));
    let inside = format!("lib/modules/{}", kernel.release);
    for (path, bytes) in modules {
        let file = directory.join(&inside).join(path);
        fs::create_dir_all(file.parent().context("no parent")?)?;
        fs::write(file, bytes)?;
    }
    for name in ["modules.builtin", "modules.builtin.modinfo", "modules.order"] {
        fs::copy(kernel.modules().join(name), directory.join(&inside).join(name))?;
    }
    let mut depmod = indexes::depmod();
    shell::quietly(depmod.arg("-b").arg(&directory).arg(&kernel.release))?;
    let mut files = Vec::new();
    collect(&directory, &directory, &mut files)?;
    fs::remove_dir_all(directory)?;
    Ok(files)
}

fn collect(root: &Path, directory: &Path, files: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else {
            let name = path.strip_prefix(root)?.to_string_lossy().into_owned();
            files.push((name, fs::read(&path)?));
        }
    }
    Ok(())
}
