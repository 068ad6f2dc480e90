//! The parameters a module declares, each put together from its `parm` and its `parmtype` string.
//! How they are shown, and in which order, is the door's.

use super::Entry;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// One parameter: `parm=NAME:TEXT` and `parmtype=NAME:TYPE` of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter<'a> {
    /// What stands before the first `:` of either string.
    pub name: &'a [u8],
    /// What `parm` says of it.
    pub text: Option<&'a [u8]>,
    /// What `parmtype` says of it, such as `int` or `array of charp`.
    pub kind: Option<&'a [u8]>,
}

/// The parameters of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters<'a> {
    /// In the order in which their names first appear in `.modinfo`; modinfo shows them reversed.
    pub declared: Vec<Parameter<'a>>,
    /// The strings that could not be used, in their order.
    pub malformed: Vec<MalformedParameter<'a>>,
}

/// A `parm` or `parmtype` string without a `:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedParameter<'a>(pub Entry<'a>);

/// Gathers the parameters from a module's entries; entries with other keys are passed over.
///
/// When a name has several texts or types the last one is kept.
pub fn parameters<'a>(entries: impl Iterator<Item = Entry<'a>>) -> Parameters<'a> {
    let mut parameters = Parameters::default();
    let mut places = BTreeMap::new();
    for entry in entries {
        let is_text = entry.key == b"parm";
        if !is_text && entry.key != b"parmtype" {
            continue;
        }
        let Some(colon) = entry.value.iter().position(|&byte| byte == b':') else {
            parameters.malformed.push(MalformedParameter(entry));
            continue;
        };
        let (name, said) = (&entry.value[..colon], &entry.value[colon + 1..]);
        let place = *places.entry(name).or_insert_with(|| {
            parameters.declared.push(Parameter { name, text: None, kind: None });
            parameters.declared.len() - 1
        });
        let parameter = &mut parameters.declared[place];
        *(if is_text { &mut parameter.text } else { &mut parameter.kind }) = Some(said);
    }
    parameters
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modinfo::entries;

    #[test]
    fn texts_and_types_meet_by_name_in_order_of_first_appearance() {
        let modinfo = b"parm=b:text: with colon\0license=GPL\0parmtype=a:int\0parmtype=b:bool\0\
            parm=broken\0parm=c:\0parmtype=also broken\0parm=c:second\0";
        let parameters = parameters(entries(modinfo));
        let text = Some(&b"text: with colon"[..]);
        let expected = [
            Parameter { name: b"b", text, kind: Some(b"bool") },
            Parameter { name: b"a", text: None, kind: Some(b"int") },
            Parameter { name: b"c", text: Some(b"second"), kind: None },
        ];
        assert_eq!(parameters.declared, expected);
        let malformed = [Entry::new(b"parm=broken"), Entry::new(b"parmtype=also broken")]
            .map(MalformedParameter);
        assert_eq!(parameters.malformed, malformed);
    }
}
