//! Problems for people: what was not done, why, what shows it, and what cures it.

use kmodctl::decide::Problem;
use kmodctl::decide::problem::{Fix, Request};

use super::{Paint, names, text as shown};
use crate::answer::Failure;

/// A failure as lines.
pub(crate) fn text(failure: &Failure, paint: Paint) -> String {
    let code = failure.problem.code();
    let mut text = format!("{} {}  [{code}]\n", paint.red("error:"), failure.headline);
    text += &format!(" {} {}\n", paint.bold("cause:"), cause(&failure.problem));
    for seen in &failure.seen {
        text += &format!("  {} {seen}\n", paint.bold("seen:"));
    }
    for (number, fix) in fixes(failure).into_iter().enumerate() {
        let label = if number == 0 { "  fix:" } else { "   or:" };
        text += &format!(" {} {fix}\n", paint.bold(label));
    }
    text
}

/// The cause in one sentence, error numbers as words.
pub(crate) fn cause(problem: &Problem) -> String {
    let cause = problem.cause();
    let number = cause.split_once("(errno ").and_then(|(_, rest)| rest.split_once(')'));
    match number.and_then(|(number, _)| number.parse::<i32>().ok()) {
        Some(number) => cause.replace(&format!("errno {number}"), &errno_text(number)),
        None => cause,
    }
}

/// What an error number means, in the words of the C library.
pub(crate) fn errno_text(number: i32) -> String {
    let text = std::io::Error::from_raw_os_error(number).to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// All cures, the likeliest first.
pub(crate) fn fixes(failure: &Failure) -> Vec<String> {
    failure.fixes.iter().cloned().chain(cures(&failure.problem)).collect()
}

/// The cures of a problem by itself, the likeliest first.
pub(crate) fn cures(problem: &Problem) -> Vec<String> {
    problem.fixes().iter().map(fix).collect()
}

/// One cure in words.
pub(crate) fn fix(fix: &Fix) -> String {
    match fix {
        Fix::Request(Request::RebuildIndexes { directory }) => rebuild(directory),
        Fix::Request(Request::Unload { modules }) => {
            format!("kmodctl unload {}", names(modules).join(" "))
        }
        Fix::Words(words) => words.clone(),
    }
}

/// The depmod command that writes the indexes of a directory, or of the one a file is in.
fn rebuild(directory: &[u8]) -> String {
    let directory = shown(directory);
    let Some((root, below)) = directory.split_once("/lib/modules/") else {
        return format!("run depmod for {directory}");
    };
    let release = below.split('/').next().unwrap_or_default();
    match root {
        "" => format!("depmod {release}"),
        root => format!("depmod -b {root} {release}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kmodctl::decide::Errno;

    #[test]
    fn a_problem_tells_its_cause_and_its_cures() {
        let problem = Problem::FileUnreadable { file: b"/x".to_vec(), errno: Errno::ENOENT };
        let failure = Failure::new("the list cannot be shown", problem);
        let expected = "error: the list cannot be shown  [file-unreadable]\n \
            cause: /x cannot be read (No such file or directory)\n   \
            fix: check that the file exists and may be read\n";
        assert_eq!(text(&failure, Paint::of_stderr()), expected);
    }

    #[test]
    fn a_missing_index_is_cured_by_depmod() {
        assert_eq!(rebuild(b"/lib/modules/6.1/modules.dep.bin"), "depmod 6.1");
        assert_eq!(rebuild(b"/r/lib/modules/6.1"), "depmod -b /r 6.1");
        assert_eq!(rebuild(b"/x"), "run depmod for /x");
    }
}
