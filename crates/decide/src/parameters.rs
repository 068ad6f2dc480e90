//! What the configuration wants of a module's parameters, and whether that can be: names and
//! values against what the module declares. Nothing is written here.

use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::configuration::Directive;
use kmodctl_format::modinfo;
use kmodctl_format::module_parameters::{is_same_name, split};

use crate::configuration::{Configuration, Origin};
use crate::problem::Problem;

/// A value that the configuration keeps for a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The parameter, as it is spelled.
    pub name: Vec<u8>,
    /// The value; `None` where there is no `=`.
    pub value: Option<Vec<u8>>,
    /// Where it stands.
    pub origin: Origin,
}

/// The values kept for a module, in the order in which the kernel takes them: the last one of a
/// parameter counts.
pub fn kept(configuration: &Configuration, module: &ModuleName) -> Vec<Kept> {
    let mut values = Vec::new();
    for entry in &configuration.entries {
        let Directive::Options { name, text } = &entry.directive else { continue };
        if name != module {
            continue;
        }
        values.extend(split(text).map(|word| Kept {
            name: word.name.to_vec(),
            value: word.value.map(<[u8]>::to_vec),
            origin: entry.origin.clone(),
        }));
    }
    values
}

/// The values kept for one parameter; the last one counts.
pub fn kept_of<'a>(values: &'a [Kept], parameter: &'a [u8]) -> impl Iterator<Item = &'a Kept> {
    values.iter().filter(move |kept| is_same_name(&kept.name, parameter))
}

/// A parameter as a module declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Its name.
    pub name: Vec<u8>,
    /// Its type: `int`, `bool`, `charp`, `array of uint`, or a name of the module's own.
    pub kind: Option<Vec<u8>>,
    /// What it is for.
    pub text: Option<Vec<u8>>,
}

impl Declared {
    /// Takes it from the strings of modinfo.
    pub fn of(parameter: &modinfo::Parameter<'_>) -> Self {
        Self {
            name: parameter.name.to_vec(),
            kind: parameter.kind.map(<[u8]>::to_vec),
            text: parameter.text.map(<[u8]>::to_vec),
        }
    }
}

/// The parameter of a name, in either spelling.
pub fn find<'a>(declared: &'a [Declared], name: &[u8]) -> Option<&'a Declared> {
    declared.iter().find(|parameter| is_same_name(&parameter.name, name))
}

/// Checks a value against a parameter's type, as the kernel's own types take values
/// (`kernel/params.c`); a type of the module's own takes any.
pub fn check_value(
    module: &ModuleName,
    parameter: &Declared,
    value: Option<&[u8]>,
) -> Result<(), Problem> {
    let kind = parameter.kind.as_deref().unwrap_or_default();
    let takes = match (kind.strip_prefix(b"array of "), value) {
        (Some(kind), Some(list)) => {
            list.split(|&byte| byte == b',').all(|item| fits(kind, Some(item)))
        }
        (Some(_), None) => false,
        (None, value) => fits(kind, value),
    };
    if takes {
        return Ok(());
    }
    Err(Problem::ParameterValue {
        module: module.clone(),
        parameter: parameter.name.clone(),
        kind: kind.to_vec(),
        value: value.unwrap_or_default().to_vec(),
    })
}

fn fits(kind: &[u8], value: Option<&[u8]>) -> bool {
    let range = |low: i128, high: i128| {
        value.and_then(number).is_some_and(|number| (low..=high).contains(&number))
    };
    match kind {
        b"bool" | b"invbool" | b"bint" => value.is_none_or(is_bool),
        b"byte" => range(0, u8::MAX.into()),
        b"short" => range(i16::MIN.into(), i16::MAX.into()),
        b"ushort" => range(0, u16::MAX.into()),
        b"int" => range(i32::MIN.into(), i32::MAX.into()),
        b"uint" => range(0, u32::MAX.into()),
        // As wide as the kernel's words, which are not known here: the wider ones.
        b"long" => range(i64::MIN.into(), i64::MAX.into()),
        b"ulong" | b"ullong" | b"hexint" => range(0, u64::MAX.into()),
        b"charp" | b"string" => value.is_some(),
        _ => true,
    }
}

/// What `kstrtobool` takes (`lib/kstrtox.c`): the first letter decides.
fn is_bool(value: &[u8]) -> bool {
    matches!(
        value,
        [b'y' | b'Y' | b't' | b'T' | b'1' | b'n' | b'N' | b'f' | b'F' | b'0', ..]
            | [b'o' | b'O', b'n' | b'N' | b'f' | b'F', ..]
    )
}

/// What `kstrtoll` takes with base 0: a sign, then hexadecimal, octal or decimal digits.
fn number(text: &[u8]) -> Option<i128> {
    let text = core::str::from_utf8(text).ok()?;
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, base) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None if digits.len() > 1 && digits.starts_with('0') => (digits, 8),
        None => (digits, 10),
    };
    let is_digits = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(base));
    if is_digits {
        i128::from_str_radix(digits, base).ok().map(|number| sign * number)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_checked_as_the_kernel_does() {
        let table: [(&str, Option<&str>, bool); 22] = [
            ("bool", None, true),
            ("bool", Some("Y"), true),
            ("bool", Some("off"), true),
            ("bool", Some("maybe"), false),
            ("bool", Some(""), false),
            ("int", Some("-1"), true),
            ("int", Some("0x10"), true),
            ("int", Some("08"), false),
            ("int", Some("2147483648"), false),
            ("int", Some("1 "), false),
            ("int", None, false),
            ("uint", Some("-1"), false),
            ("uint", Some("4294967295"), true),
            ("byte", Some("256"), false),
            ("ulong", Some("18446744073709551615"), true),
            ("charp", Some(""), true),
            ("charp", None, false),
            ("array of int", Some("1,2,-3"), true),
            ("array of int", Some("1,,2"), false),
            ("array of charp", Some("a,b"), true),
            ("policy", Some("anything"), true),
            ("", None, true),
        ];
        for (kind, value, takes) in table {
            let parameter = Declared { name: b"p".to_vec(), kind: Some(kind.into()), text: None };
            let module = ModuleName::new("m");
            let checked = check_value(&module, &parameter, value.map(str::as_bytes));
            assert_eq!(checked.is_ok(), takes, "{kind} {value:?}");
        }
    }
}
