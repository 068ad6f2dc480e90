//! The functions that built-in modules start with, from `/proc/kallsyms`. Which of them is to be
//! kept from running is decided elsewhere.

/// A function that the kernel calls when it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Initcall<'a> {
    /// The built-in module whose function it is, as the kernel spells it.
    pub module: &'a [u8],
    /// What `initcall_blacklist=` takes.
    pub function: &'a [u8],
}

/// Reads the lines of kallsyms that are about initcalls.
///
/// Their symbols are `__initcall__kmod_MODULE__COUNTER_LINE_FUNCTION` and a level (`include/linux/
/// init.h`, `__initcall_id`). Where a compiler gave them other names there are none.
pub fn initcalls(kallsyms: &[u8]) -> impl Iterator<Item = Initcall<'_>> {
    kallsyms.split(|&byte| byte == b'\n').filter_map(|line| {
        let symbol = line.split(|&byte| byte == b' ').nth(2)?;
        initcall(symbol.strip_prefix(b"__initcall__kmod_")?)
    })
}

/// Splits `MODULE__COUNTER_LINE_FUNCTIONLEVEL`; a module's name may hold `__` as well.
fn initcall(rest: &[u8]) -> Option<Initcall<'_>> {
    let mut at = 0;
    loop {
        let found = rest[at..].windows(2).position(|two| two == b"__")?;
        let (module, after) = (&rest[..at + found], &rest[at + found + 2..]);
        if let Some(function) = number(after).and_then(number).and_then(without_level) {
            return Some(Initcall { module, function });
        }
        at += found + 1;
    }
}

/// What follows `DIGITS_`.
fn number(text: &[u8]) -> Option<&[u8]> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 { None } else { text[digits..].strip_prefix(b"_") }
}

fn without_level(text: &[u8]) -> Option<&[u8]> {
    const NAMED: [&[u8]; 3] = [b"rootfs", b"early", b"con"];
    let named = NAMED.iter().find_map(|level| text.strip_suffix(*level));
    let numbered = || {
        let text = text.strip_suffix(b"s").unwrap_or(text);
        text.split_last().filter(|(level, _)| level.is_ascii_digit()).map(|(_, function)| function)
    };
    named.or_else(numbered).filter(|function| !function.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn symbols_are_split_into_module_and_function() {
        let text = b"0000000000000000 d __initcall__kmod_rtc_cmos__236_1543_cmos_init6\n\
            ffffffff82a00000 d __initcall__kmod_tcp_cubic__658_551_cubictcp_register7s\n\
            0 d __initcall__kmod_initramfs__249_736_populate_rootfsrootfs\n\
            0 d __initcall__kmod_a__b__12_3_init4early\n\
            0 d __initcall__kmod_odd__1_init6\n\
            0 t cmos_init\n0 d\n";
        let found: Vec<_> = initcalls(text).map(|call| (call.module, call.function)).collect();
        let expected: [(&[u8], &[u8]); 4] = [
            (b"rtc_cmos", b"cmos_init"),
            (b"tcp_cubic", b"cubictcp_register"),
            (b"initramfs", b"populate_rootfs"),
            (b"a__b", b"init4"),
        ];
        assert_eq!(found, expected);
    }
}
