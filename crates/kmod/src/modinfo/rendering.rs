//! How modinfo shows entries: `key:` padded to 16 columns, only one field, or with NULs. Old
//! programs parse each of these forms, oddities included.

use kmodctl::format::modinfo::{Entry, Parameter, parameters};

use crate::ended::Ended;
use crate::log::Log;
use crate::output::Output;

/// What stands behind each value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Separator {
    #[default]
    Newline,
    Null,
}

impl Separator {
    fn bytes(self) -> &'static [u8] {
        match self {
            Self::Newline => b"\n",
            Self::Null => b"\0",
        }
    }
}

/// A way to show entries.
pub(super) struct Rendering {
    /// Only the values of this field are shown.
    pub(super) field: Option<Vec<u8>>,
    pub(super) separator: Separator,
}

impl Rendering {
    /// Shows the name and the file, which no entry tells; whether that was all that is asked for.
    /// Without a file a module is taken for a built-in one.
    pub(super) fn head(
        &self,
        name: &[u8],
        path: Option<&[u8]>,
        output: &mut Output,
    ) -> Result<bool, Ended> {
        let end = self.separator.bytes();
        let filename = path.unwrap_or(b"(builtin)");
        match (self.field.as_deref(), path) {
            (Some(b"filename"), _) => output.write(&[filename, end]).map(|()| true),
            (Some(b"name"), None) => output.write(&[name, end]).map(|()| true),
            (Some(_), _) => Ok(false),
            (None, _) => {
                if path.is_none() {
                    output.write(&[&padded(b"name"), name, end])?;
                }
                output.write(&[&padded(b"filename"), filename, end]).map(|()| false)
            }
        }
    }

    /// Shows entries, and parameters last: in the reverse order of the file, which compilers turn
    /// around.
    pub(super) fn entries(
        &self,
        entries: &[Entry<'_>],
        log: &Log,
        output: &mut Output,
    ) -> Result<(), Ended> {
        let end = self.separator.bytes();
        match self.field.as_deref() {
            Some(b"parm") => self.parameters(entries, log, output),
            Some(field) => {
                let values = entries.iter().filter(|entry| entry.key == field);
                values.map(|entry| entry.value).try_for_each(|value| output.write(&[value, end]))
            }
            None => {
                for entry in entries.iter().filter(|entry| !is_of_parameter(entry)) {
                    match self.separator {
                        Separator::Newline => {
                            output.write(&[&padded(entry.key), entry.value, end])?;
                        }
                        Separator::Null => output.write(&[entry.key, b"=", entry.value, end])?,
                    }
                }
                self.parameters(entries, log, output)
            }
        }
    }

    fn parameters(
        &self,
        entries: &[Entry<'_>],
        log: &Log,
        output: &mut Output,
    ) -> Result<(), Ended> {
        let parameters = parameters(entries.iter().copied());
        for malformed in &parameters.malformed {
            let (key, value) = (malformed.0.key, malformed.0.value);
            log.error(&[b"Found invalid \"", key, b"=", value, b"\": missing ':'"]);
        }
        for parameter in parameters.declared.iter().rev() {
            let line = match self.field {
                Some(_) => alone(parameter),
                None => [padded(b"parm"), in_list(parameter)].concat(),
            };
            output.write(&[&line, self.separator.bytes()])?;
        }
        Ok(())
    }
}

fn is_of_parameter(entry: &Entry<'_>) -> bool {
    entry.key == b"parm" || entry.key == b"parmtype"
}

/// `key:` and spaces up to column 16; a longer key has none behind it.
fn padded(key: &[u8]) -> Vec<u8> {
    let mut padded = [key, b":"].concat();
    padded.resize(padded.len().max(16), b' ');
    padded
}

/// A parameter among other entries: one without a text shows its type in the text's place.
fn in_list(parameter: &Parameter<'_>) -> Vec<u8> {
    match (parameter.text, parameter.kind) {
        (None, Some(kind)) => [parameter.name, b":", kind].concat(),
        _ => alone(parameter),
    }
}

/// A parameter when only parameters are asked for.
fn alone(parameter: &Parameter<'_>) -> Vec<u8> {
    let text = parameter.text.unwrap_or_default();
    match parameter.kind {
        Some(kind) => [parameter.name, b":", text, b" (", kind, b")"].concat(),
        None => [parameter.name, b":", text].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter<'a>(text: Option<&'a str>, kind: Option<&'a str>) -> Parameter<'a> {
        Parameter { name: b"a", text: text.map(str::as_bytes), kind: kind.map(str::as_bytes) }
    }

    #[test]
    fn keys_are_padded_to_sixteen_columns() {
        let table = [
            ("name", "name:           "),
            ("exactlyfifteen_", "exactlyfifteen_:"),
            ("averyveryverylongkey", "averyveryverylongkey:"),
        ];
        for (key, expected) in table {
            assert_eq!(padded(key.as_bytes()), expected.as_bytes());
        }
    }

    #[test]
    fn parameters_have_three_forms() {
        let table = [
            (parameter(Some("text"), Some("int")), "a:text (int)", "a:text (int)"),
            (parameter(Some("text"), None), "a:text", "a:text"),
            (parameter(None, Some("int")), "a:int", "a: (int)"),
        ];
        for (parameter, listed, by_itself) in table {
            assert_eq!(in_list(&parameter), listed.as_bytes());
            assert_eq!(alone(&parameter), by_itself.as_bytes());
        }
    }
}
