//! How the distribution's tools make an image of the first root directory anew. Which tool is there
//! is asked of `system`.

use alloc::vec::Vec;

/// A tool that makes images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageTool {
    /// Arch Linux and its kin.
    Mkinitcpio,
    /// Fedora, openSUSE and their kin.
    Dracut,
    /// Debian and its kin.
    UpdateInitramfs,
}

impl ImageTool {
    /// The tools in the order in which they are looked for: a host of Debian's kin that uses dracut
    /// has both programs, and its update-initramfs calls dracut.
    pub const ALL: [Self; 3] = [Self::UpdateInitramfs, Self::Dracut, Self::Mkinitcpio];

    /// The name of the program.
    pub fn program(self) -> &'static str {
        match self {
            Self::Mkinitcpio => "mkinitcpio",
            Self::Dracut => "dracut",
            Self::UpdateInitramfs => "update-initramfs",
        }
    }

    /// The words that make the image of one kernel anew, the program first.
    pub fn words(self, program: &[u8], image: &[u8], release: &[u8]) -> Vec<Vec<u8>> {
        let arguments: Vec<&[u8]> = match self {
            // Presets name kernels in their own way: all images are made anew.
            Self::Mkinitcpio => [&b"-P"[..]].into(),
            Self::Dracut => [&b"--force"[..], image, release].into(),
            Self::UpdateInitramfs => [&b"-u"[..], b"-k", release].into(),
        };
        core::iter::once(program).chain(arguments).map(<[u8]>::to_vec).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    #[test]
    fn each_tool_has_its_words() {
        let words = |tool: ImageTool| {
            let words = tool.words(tool.program().as_bytes(), b"/boot/i", b"6.1");
            String::from_utf8(words.join(&b' ')).unwrap()
        };
        let all: Vec<_> = ImageTool::ALL.into_iter().map(words).collect();
        let expected =
            ["update-initramfs -u -k 6.1", "dracut --force /boot/i 6.1", "mkinitcpio -P"];
        assert_eq!(all, expected);
    }
}
