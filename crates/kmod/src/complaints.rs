//! What is odd in the configuration, in the words of kmod's library. They go to the standard error
//! whatever the options say, since kmod reads its configuration before they count.

use kmodctl::system::Complaint;

use crate::log::to_stderr;
use crate::words::errno_text;

/// Shows complaints, one a line.
pub(crate) fn show(complaints: &[Complaint]) {
    for text in complaints.iter().filter_map(text) {
        to_stderr(&[b"libkmod: ERROR: ", &text]);
    }
}

/// One complaint as kmod words it; nothing for what kmod is silent about.
fn text(complaint: &Complaint) -> Option<Vec<u8>> {
    Some(match complaint {
        Complaint::BadLine { file, line, first_word } => [
            b"kmod_config_parse: ",
            file.as_slice(),
            b" line ",
            line.to_string().as_bytes(),
            b": ignoring bad line starting with '",
            first_word,
            b"'",
        ]
        .concat(),
        Complaint::CannotList { path, errno } => {
            [b"conf_files_list: opendir(", path.as_slice(), b"): ", &errno_text(*errno)].concat()
        }
        Complaint::CannotStat { path } => {
            [b"conf_files_filter_out: Cannot stat directory entry: ", path.as_slice()].concat()
        }
        Complaint::Deprecated { file, directive } => [
            b"kmod_config_parse: ",
            file.as_slice(),
            b": command ",
            directive,
            b" is deprecated and not parsed anymore",
        ]
        .concat(),
        Complaint::DirectoryInDirectory { path } => [
            &b"conf_files_filter_out: Directories inside directories are not supported: "[..],
            path,
        ]
        .concat(),
        Complaint::UnmatchedBracket { name } => [
            &b"kcmdline_parse_result: Ignoring bad option on kernel command line while parsing \
               module name: '"[..],
            name,
            b"'",
        ]
        .concat(),
        Complaint::Unreadable { .. } => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kmodctl::decide::Errno;

    #[test]
    fn complaints_are_worded_as_kmod_words_them() {
        let file = || b"c/a.conf".to_vec();
        let table = [
            (
                Complaint::BadLine { file: file(), line: 2, first_word: b"bogus".to_vec() },
                "kmod_config_parse: c/a.conf line 2: ignoring bad line starting with 'bogus'",
            ),
            (
                Complaint::CannotList { path: file(), errno: Errno(13) },
                "conf_files_list: opendir(c/a.conf): Permission denied",
            ),
            (
                Complaint::CannotStat { path: file() },
                "conf_files_filter_out: Cannot stat directory entry: c/a.conf",
            ),
            (
                Complaint::Deprecated { file: file(), directive: b"include".to_vec() },
                "kmod_config_parse: c/a.conf: command include is deprecated and not parsed anymore",
            ),
            (
                Complaint::DirectoryInDirectory { path: file() },
                "conf_files_filter_out: Directories inside directories are not supported: c/a.conf",
            ),
            (
                Complaint::UnmatchedBracket { name: b"a[".to_vec() },
                "kcmdline_parse_result: Ignoring bad option on kernel command line while parsing \
                 module name: 'a['",
            ),
        ];
        for (complaint, expected) in table {
            assert_eq!(text(&complaint).as_deref(), Some(expected.as_bytes()));
        }
    }
}
