//! The programs that load modules, and which lines of the configuration each of them obeys. Which of
//! them is at work on a machine or in an image is found out elsewhere.

use kmodctl_format::configuration::Directive;

use crate::configuration::Configuration;

/// A program that loads modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The init of booster's images: it takes `options` lines alone.
    Booster,
    /// BusyBox's modprobe: it takes `alias`, `blacklist` and `options` lines.
    BusyBox,
    /// kmod, also as the library in udev and systemd: it takes all lines.
    Kmod,
    /// Another one; nothing is known of it.
    Unknown,
}

impl Engine {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Booster => "booster",
            Self::BusyBox => "BusyBox",
            Self::Kmod => "kmod",
            Self::Unknown => "unknown",
        }
    }

    /// Whether `install` lines mean anything to it.
    pub fn obeys_install_lines(self) -> bool {
        self == Self::Kmod
    }

    /// The lines that mean something to it; of an unknown program, all.
    pub fn obeyed(self, configuration: &Configuration) -> Configuration {
        let entries = configuration.entries.iter();
        let obeyed = entries.filter(|entry| self.obeys(&entry.directive)).cloned();
        Configuration { entries: obeyed.collect() }
    }

    fn obeys(self, directive: &Directive) -> bool {
        match (self, directive) {
            (Self::Kmod | Self::Unknown, _) | (_, Directive::Options { .. }) => true,
            (Self::BusyBox, Directive::Alias { .. } | Directive::Blacklist { .. }) => true,
            (Self::BusyBox | Self::Booster, _) => false,
        }
    }
}

/// Tells a program that loads modules by where its name leads, and else by what its file holds.
///
/// `program` is the last file that the links of its name lead to.
pub fn engine_of(program: &[u8], bytes: &[u8]) -> Engine {
    let name = program.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    match name {
        b"kmod" => Engine::Kmod,
        b"busybox" => Engine::BusyBox,
        _ if holds(bytes, b"BusyBox v") => Engine::BusyBox,
        _ if holds(bytes, b"kmod version") || holds(bytes, b"libkmod") => Engine::Kmod,
        _ => Engine::Unknown,
    }
}

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_by_name_and_content() {
        let table: [(&str, &[u8], Engine); 6] = [
            ("/usr/bin/kmod", b"", Engine::Kmod),
            ("busybox", b"", Engine::BusyBox),
            ("/sbin/modprobe", b"\x7fELF BusyBox v1.35.0", Engine::BusyBox),
            ("/sbin/modprobe", b"\x7fELF libkmod.so.2", Engine::Kmod),
            ("/sbin/modprobe", b"#!/bin/sh\n", Engine::Unknown),
            ("/usr/bin/toybox", b"", Engine::Unknown),
        ];
        for (program, bytes, engine) in table {
            assert_eq!(engine_of(program.as_bytes(), bytes), engine, "{program}");
        }
    }
}
