//! Parameters for a module, from the words of a command line to the one string the kernel takes.

use alloc::vec::Vec;

/// Joins the operands after a module's name with spaces; empty ones at the start leave no trace.
///
/// In `key=value`, a value that holds a space is put between double quotes, as the kernel wants it
/// (`kernel/params.c`, `next_arg`), unless it begins with a quote.
pub fn join<'a>(operands: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let quoted: Vec<_> =
        operands.into_iter().skip_while(|operand| operand.is_empty()).map(quote).collect();
    quoted.join(&b' ')
}

fn quote(operand: &[u8]) -> Vec<u8> {
    let Some(equals) = operand.iter().position(|&byte| byte == b'=') else {
        return operand.into();
    };
    let (key, value) = operand.split_at(equals + 1);
    let needs_quotes = value.contains(&b' ') && !matches!(value.first(), Some(b'"' | b'\''));
    if needs_quotes { [key, b"\"", value, b"\""].concat() } else { operand.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What kmod 34.2 makes of these operands.
    #[test]
    fn operands_are_joined_as_kmod_does() {
        let table: &[(&[&str], &str)] = &[
            (&[], ""),
            (&["a=b c", "d=\"e f\"", "g='h i'"], "a=\"b c\" d=\"e f\" g='h i'"),
            (&["j k", "l=", " =m n", "o=p"], "j k l=  =\"m n\" o=p"),
            (&["q = r s", "", "x==y z"], "q =\" r s\"  x=\"=y z\""),
            (&["a=b \"c d\"", "t=a\tb"], "a=\"b \"c d\"\" t=a\tb"),
            (&["", "", "a=1", "", "b", ""], "a=1  b "),
            (&["a= q", "c='d e"], "a=\" q\" c='d e"),
        ];
        for (operands, joined) in table {
            let ours = join(operands.iter().map(|operand| operand.as_bytes()));
            assert_eq!(ours, joined.as_bytes(), "{operands:?}");
        }
    }
}
