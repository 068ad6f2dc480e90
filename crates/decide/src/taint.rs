//! What taints a kernel, in words (`Documentation/admin-guide/tainted-kernels.rst`).

/// What each bit of `/proc/sys/kernel/tainted` stands for, from the lowest: a letter and words.
pub const TAINTS: [(char, &str); 20] = [
    ('P', "a proprietary module was loaded"),
    ('F', "a module was loaded by force"),
    ('S', "the kernel runs on a processor that it is not meant for"),
    ('R', "a module was unloaded by force"),
    ('M', "the processor reported a fault"),
    ('B', "a page of memory was found damaged"),
    ('U', "a program asked for it"),
    ('D', "the kernel has died recently: there was an oops"),
    ('A', "a table of ACPI was overridden"),
    ('W', "the kernel issued a warning"),
    ('C', "a staging driver was loaded"),
    ('I', "a fault of the firmware is worked around"),
    ('O', "a module from outside the kernel's tree was loaded"),
    ('E', "an unsigned module was loaded"),
    ('L', "a soft lockup has occurred"),
    ('K', "the kernel was patched live"),
    ('X', "the distribution set it"),
    ('T', "structures were laid out at random"),
    ('N', "an in-kernel test was run"),
    ('J', "a mutating fwctl operation was made"),
];

/// The taints of a mask, the lowest bit first.
pub fn taints(mask: u64) -> impl Iterator<Item = (char, &'static str)> {
    let is_set = move |bit: usize| mask >> bit & 1 == 1;
    TAINTS.iter().enumerate().filter(move |(bit, _)| is_set(*bit)).map(|(_, taint)| *taint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    #[test]
    fn bits_are_letters() {
        let letters = |mask| taints(mask).map(|(letter, _)| letter).collect::<String>();
        assert_eq!(letters(0), "");
        assert_eq!(letters(1 | 1 << 12 | 1 << 13), "POE");
        assert_eq!(letters(u64::MAX).len(), TAINTS.len());
    }
}
