//! The configuration a kernel was built with (`/boot/config-RELEASE`), and the lines of its Makefiles
//! that say which symbol of it builds which object. Which module an object is, and which symbol it
//! rests on where no line says so, is not known here.
//! Source: `Documentation/kbuild/kconfig-language.rst` and `makefiles.rst`.

use alloc::vec::Vec;

/// How a symbol is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// `y`: part of the kernel image.
    BuiltIn,
    /// `m`: a module.
    Module,
    /// `# CONFIG_X is not set`.
    Unset,
    /// A number or a text.
    Value(Vec<u8>),
}

/// The symbols of a configuration, each with `CONFIG_` before its name, in the order of the file.
pub fn symbols(file: &[u8]) -> impl Iterator<Item = (&[u8], Setting)> {
    file.split(|&byte| byte == b'\n').filter_map(|line| {
        let line = line.trim_ascii();
        if let Some(unset) = line.strip_prefix(b"# ") {
            let name = unset.strip_suffix(b" is not set")?;
            return is_symbol(name).then_some((name, Setting::Unset));
        }
        let (name, value) = line.split_at(line.iter().position(|&byte| byte == b'=')?);
        let setting = match &value[1..] {
            b"m" => Setting::Module,
            b"y" => Setting::BuiltIn,
            value => Setting::Value(value.to_vec()),
        };
        is_symbol(name).then_some((name, setting))
    })
}

/// How a symbol is set; `None` where the configuration does not have it.
pub fn setting(file: &[u8], symbol: &[u8]) -> Option<Setting> {
    symbols(file).find(|(name, _)| *name == symbol).map(|(_, setting)| setting)
}

fn is_symbol(name: &[u8]) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    name.strip_prefix(b"CONFIG_").is_some_and(|rest| !rest.is_empty() && rest.iter().all(is_plain))
}

/// `obj-$(SYMBOL) += OBJECT.o`, once for each object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// With `CONFIG_` before its name.
    pub symbol: Vec<u8>,
    /// Without `.o`.
    pub object: Vec<u8>,
    /// The number of the line on which the assignment begins, from 1.
    pub line: usize,
}

/// The objects of a Makefile or Kbuild file that a symbol builds; directories are none.
pub fn built(file: &[u8]) -> Vec<Built> {
    let mut found = Vec::new();
    let mut lines = file.split(|&byte| byte == b'\n').enumerate();
    while let Some((number, line)) = lines.next() {
        let mut whole = without_comment(line).to_vec();
        while let Some(kept) = whole.strip_suffix(b"\\") {
            let next = lines.next().map_or(&b""[..], |(_, next)| next);
            whole = [kept, b" ", without_comment(next)].concat();
        }
        found.extend(objects(&whole, number + 1));
    }
    found
}

fn without_comment(line: &[u8]) -> &[u8] {
    line.split(|&byte| byte == b'#').next().unwrap_or_default().trim_ascii()
}

fn objects(line: &[u8], number: usize) -> Vec<Built> {
    let Some((symbol, rest)) = assigned(line) else { return Vec::new() };
    let words = rest.split(u8::is_ascii_whitespace);
    let objects = words.filter_map(|word| word.strip_suffix(b".o"));
    let built =
        |object: &[u8]| Built { symbol: symbol.to_vec(), object: object.to_vec(), line: number };
    objects.filter(|object| !object.contains(&b'/')).map(built).collect()
}

/// The symbol and the words of `obj-$(SYMBOL) += WORDS`.
fn assigned(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = line.strip_prefix(b"obj-$")?;
    let close = match rest.first()? {
        b'(' => b')',
        b'{' => b'}',
        _ => return None,
    };
    let end = rest.iter().position(|&byte| byte == close)?;
    let symbol = &rest[1..end];
    let after = rest[end + 1..].trim_ascii();
    let words = [&b"+="[..], b":=", b"="].iter().find_map(|sign| after.strip_prefix(*sign))?;
    is_symbol(symbol).then_some((symbol, words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::String;

    #[test]
    fn symbols_are_set_or_not() {
        let file = b"#\n# Linux 6.1\n#\nCONFIG_A=y\nCONFIG_B_2=m\r\n# CONFIG_C is not set\n\
            CONFIG_D=\"x=y\"\nA=y\nCONFIG_=y\n# CONFIG_E is not set at all\nCONFIG_F";
        let found: Vec<_> = symbols(file).collect();
        let expected = [
            (&b"CONFIG_A"[..], Setting::BuiltIn),
            (b"CONFIG_B_2", Setting::Module),
            (b"CONFIG_C", Setting::Unset),
            (b"CONFIG_D", Setting::Value(b"\"x=y\"".to_vec())),
        ];
        assert_eq!(found, expected);
        assert_eq!(setting(file, b"CONFIG_B_2"), Some(Setting::Module));
        assert_eq!(setting(file, b"CONFIG_Z"), None);
    }

    #[test]
    fn makefiles_say_which_symbol_builds_what() {
        let shown = |file: &str| -> String {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let all = built(file.as_bytes());
            all.iter()
                .map(|one| format!("{}:{}={};", one.line, text(&one.symbol), text(&one.object)))
                .collect()
        };
        let table = [
            ("obj-$(CONFIG_E1000E) += e1000e.o\ne1000e-y := netdev.o", "1:CONFIG_E1000E=e1000e;"),
            ("# no\nobj-${CONFIG_A}:=a.o b.o # c.o", "2:CONFIG_A=a;2:CONFIG_A=b;"),
            ("obj-$(CONFIG_A) += a.o \\\n\tb-c.o\\\n d/ e/f.o\n", "1:CONFIG_A=a;1:CONFIG_A=b-c;"),
            ("obj-m += a.o\nobj-y += b.o\nobj-$(A) += c.o\nobj-$(CONFIG_B) ?= d.o", ""),
            ("obj-$(CONFIG_A += a.o\nobj-$\nobj-$(CONFIG_A) += a.o\\", "3:CONFIG_A=a;"),
        ];
        for (file, expected) in table {
            assert_eq!(shown(file), expected, "{file}");
        }
    }
}
