//! What a command comes to: an answer in text and JSON, or a failure with its cause and its cures.

use kmodctl::decide::{Problem, diagnosis, named};
use kmodctl::system::kernel_configuration;
use serde_json::{Map, Value};

use crate::session::Session;
use crate::show::{Paint, problem};

/// An answer.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// For people.
    pub(crate) text: String,
    /// For programs: the object without its schema number.
    pub(crate) json: Map<String, Value>,
    /// What is said about it.
    pub(crate) remarks: Vec<Remark>,
    /// The exit code.
    pub(crate) code: u8,
}

impl Answer {
    /// An answer of a text and one JSON value under a key.
    pub(crate) fn new(text: String, key: &str, value: impl Into<Value>) -> Self {
        let json = Map::from_iter([(key.to_owned(), value.into())]);
        Self { text, json, ..Self::default() }
    }

    /// Says it first when no modules are installed for the kernel that is meant.
    pub(crate) fn with_missing_tree(mut self, session: &Session) -> Self {
        self.remarks.splice(0..0, session.missing_tree_remark());
        self
    }
}

/// Something that is worth a warning, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remark {
    /// A stable name.
    pub(crate) code: &'static str,
    /// One sentence without a full stop.
    pub(crate) told: String,
    /// What to do; none when there is nothing to be done.
    pub(crate) fix: Option<String>,
}

impl Remark {
    /// A problem as a remark: its cause, and the likeliest cure.
    pub(crate) fn of(problem: &Problem) -> Self {
        let fix = problem::cures(problem).into_iter().next();
        Self { code: problem.code(), told: problem::cause(problem), fix }
    }

    /// The remark as lines for people.
    pub(crate) fn text(&self, paint: Paint) -> String {
        let mut text = format!("{} {}  [{}]\n", paint.yellow("warning:"), self.told, self.code);
        if let Some(fix) = &self.fix {
            text += &format!("     fix: {fix}\n");
        }
        text
    }
}

/// A failure.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What was not done: words without a full stop.
    pub(crate) headline: String,
    /// Why; in a box, since it is large and failures are rare.
    pub(crate) problem: Box<Problem>,
    /// What shows it: a kernel log line, a file and a line.
    pub(crate) seen: Vec<String>,
    /// Cures that are known better here than in general; shown before the problem's own.
    pub(crate) fixes: Vec<String>,
}

impl Failure {
    pub(crate) fn new(headline: impl Into<String>, problem: Problem) -> Self {
        let problem = Box::new(problem);
        Self { headline: headline.into(), problem, seen: Vec::new(), fixes: Vec::new() }
    }

    /// The exit code: 1, whatever failed.
    pub(crate) fn code(&self) -> u8 {
        1
    }

    /// Adds the modules that an alias stands for, where a module's own name is wanted.
    pub(crate) fn with_alias(mut self, session: &Session) -> Self {
        if let Problem::NotFound { query, .. } = &*self.problem {
            let found = named::modules_named(&session.machine, query).unwrap_or_default();
            let names: Vec<_> = found.iter().map(|name| format!("`{name}`")).collect();
            if !names.is_empty() {
                self.fixes.insert(0, format!("it is an alias: name {} itself", names.join(" or ")));
            }
        }
        self
    }

    /// Adds the names that a misspelt one may have meant, or tells why a right one is not known.
    pub(crate) fn with_suggestions(mut self, session: &Session) -> Self {
        *self.problem = match (*self.problem, session.missing_tree()) {
            (Problem::NotFound { .. }, Some(missing)) => missing,
            (problem, _) => diagnosis::unfound(&session.machine, problem, || {
                kernel_configuration::read(&session.host, &session.release)
            }),
        };
        if let Problem::NotFound { query, .. } = &*self.problem {
            let meant = named::meant(&session.machine, query);
            let names: Vec<_> = meant.iter().map(|name| format!("`{name}`")).collect();
            if !names.is_empty() {
                self.fixes.insert(0, format!("did you mean {}?", names.join(" or ")));
            }
        }
        self
    }
}
