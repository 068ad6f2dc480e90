//! What is odd in the configuration, as lines. It is passed over and stops nothing.

use kmodctl::system::Complaint;

use crate::record::{Priority, Record};

/// A complaint as a line.
pub(crate) fn record(complaint: &Complaint) -> Record {
    let record = Record::new(Priority::Warning, "complaint");
    match complaint {
        Complaint::BadLine { file, line, first_word } => record
            .text("what", "bad-line")
            .text("file", file)
            .number("line", *line as u64)
            .text("word", first_word),
        Complaint::CannotList { path, errno } => record
            .text("what", "cannot-list")
            .text("file", path)
            .number("errno", errno.0.unsigned_abs().into()),
        Complaint::CannotStat { path } => record.text("what", "cannot-stat").text("file", path),
        Complaint::Deprecated { file, directive } => {
            record.text("what", "deprecated").text("file", file).text("word", directive)
        }
        Complaint::DirectoryInDirectory { path } => {
            record.text("what", "directory-in-directory").text("file", path)
        }
        Complaint::Unreadable { path, errno } => record
            .text("what", "unreadable")
            .text("file", path)
            .number("errno", errno.0.unsigned_abs().into()),
        Complaint::UnmatchedBracket { name } => {
            record.text("what", "unmatched-bracket").text("word", name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_line_is_told_by_its_place() {
        let file = b"/etc/modprobe.d/a.conf".to_vec();
        let complaint = Complaint::BadLine { file, line: 3, first_word: b"blaklist".to_vec() };
        assert_eq!(
            record(&complaint).words(),
            "event=complaint what=bad-line file=/etc/modprobe.d/a.conf line=3 word=blaklist"
        );
    }
}
