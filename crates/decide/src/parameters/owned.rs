//! The file of our own that keeps parameters: how its lines are written and read again. It is ours
//! as a whole: a file that is not exactly what we write of it is left alone.

use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::configuration::{self, Directive};
use kmodctl_format::module_parameters::{is_same_name, split};

use crate::problem::Problem;

/// Where parameters are kept. Of several values the kernel takes the last one, by file name, so
/// the name begins with letters that hardly any other file comes after.
pub const FILE: &str = "/etc/modprobe.d/zz-kmodctl-parameters.conf";

const HEADING: &[u8] = b"\
# Written by kmodctl, which owns this file: use `kmodctl param keep` and `kmodctl param forget`.
";

/// A value for a parameter of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The module.
    pub module: ModuleName,
    /// The parameter.
    pub parameter: Vec<u8>,
    /// The value, without quotes around it.
    pub value: Vec<u8>,
}

impl Setting {
    /// Whether it is a setting of this parameter.
    pub(super) fn is_of(&self, module: &ModuleName, parameter: &[u8]) -> bool {
        self.module == *module && is_same_name(&self.parameter, parameter)
    }

    /// `PARAMETER=VALUE` as the kernel reads it, with quotes where it needs them.
    pub fn assignment(&self) -> Vec<u8> {
        let quote: &[u8] = if self.value.contains(&b' ') { b"\"" } else { b"" };
        [&self.parameter, &b"="[..], quote, &self.value, quote].concat()
    }
}

/// Whether a value can be written into a line at all: the kernel knows no way to spell a quote, and
/// a line ends at its newline.
pub(super) fn can_be_written(value: &[u8]) -> bool {
    !value.iter().any(|byte| *byte == b'"' || byte.is_ascii_control())
}

/// The file that holds these settings, in byte order of modules and parameters; none without any.
pub(super) fn write(settings: &[Setting]) -> Option<Vec<u8>> {
    let mut sorted: Vec<_> = settings.iter().collect();
    sorted.sort_by_key(|setting| (&setting.module, &setting.parameter));
    let mut file = HEADING.to_vec();
    for setting in &sorted {
        file.extend([b"options ", setting.module.as_bytes(), b" "].concat());
        for byte in setting.assignment() {
            file.extend((byte == b'\\').then_some(b'\\'));
            file.push(byte);
        }
        file.push(b'\n');
    }
    (!sorted.is_empty()).then_some(file)
}

/// Reads what [`write`] wrote; any other file is [`Problem::FileForeign`].
pub fn read(path: &[u8], file: Option<&[u8]>) -> Result<Vec<Setting>, Problem> {
    let settings: Vec<Setting> = configuration::parse(file.unwrap_or_default())
        .lines
        .into_iter()
        .filter_map(setting)
        .collect();
    match write(&settings).as_deref() == file {
        true => Ok(settings),
        false => Err(Problem::FileForeign { file: path.to_vec() }),
    }
}

fn setting(line: configuration::Line) -> Option<Setting> {
    let Directive::Options { name, text } = line.directive else { return None };
    let first = split(&text).next()?;
    let (parameter, value) = (first.name.to_vec(), first.value?.to_vec());
    Some(Setting { module: name, parameter, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(module: &str, parameter: &str, value: &str) -> Setting {
        Setting {
            module: ModuleName::new(module),
            parameter: parameter.into(),
            value: value.into(),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let settings = [
            setting("b", "x", "1"),
            setting("a", "path", r"C:\x y\"),
            setting("b", "a", "#=,"),
            setting("c", "empty", ""),
        ];
        let file = write(&settings).unwrap();
        let lines = r#"options a path="C:\\x y\\"
options b a=#=,
options b x=1
options c empty=
"#;
        assert_eq!(file, [HEADING, lines.as_bytes()].concat());
        let mut sorted = settings.to_vec();
        sorted.sort_by_key(|setting| (setting.module.clone(), setting.parameter.clone()));
        assert_eq!(read(b"f", Some(&file)), Ok(sorted));
        assert_eq!(write(&[]), None);
        assert_eq!(read(b"f", None), Ok(Vec::new()));
    }

    #[test]
    fn a_file_with_anything_else_is_not_ours() {
        let written = write(&[setting("a", "b", "1")]).unwrap();
        for more in ["# mine\n", "options a c=1\noptions a b=2\n", "blacklist x\n", "\n"] {
            let file = [&written, more.as_bytes()].concat();
            assert_eq!(read(b"f", Some(&file)), Err(Problem::FileForeign { file: b"f".into() }));
        }
        assert!(read(b"f", Some(b"")).is_err());
    }
}
