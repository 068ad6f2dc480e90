//! JSON: one object with a schema number, for an answer and for a failure.

use serde_json::{Map, Value, json};

use super::problem;
use crate::answer::{Answer, Failure, Remark};
use crate::usage::Refusal;

/// The number of the schema that all answers follow; it grows when a key changes its meaning.
const SCHEMA: u64 = 1;

/// An answer as one line.
pub(crate) fn answer(answer: &Answer) -> String {
    let mut object = answer.json.clone();
    object.insert("remarks".into(), answer.remarks.iter().map(remark).collect());
    whole(object)
}

/// A failure as one line.
pub(crate) fn failure(failure: &Failure) -> String {
    error(json!({
        "code": failure.problem.code(),
        "message": failure.headline,
        "cause": problem::cause(&failure.problem),
        "seen": failure.seen,
        "fixes": problem::fixes(failure),
    }))
}

/// Arguments that are not understood, as one line.
pub(crate) fn usage(refusal: &Refusal) -> String {
    error(json!({
        "code": "usage",
        "message": "the arguments are not understood",
        "cause": refusal.cause,
        "seen": [],
        "fixes": refusal.fixes,
    }))
}

fn error(error: Value) -> String {
    whole(Map::from_iter([("error".to_owned(), error)]))
}

fn remark(remark: &Remark) -> Value {
    json!({ "code": remark.code, "message": remark.told, "fix": remark.fix })
}

fn whole(mut object: Map<String, Value>) -> String {
    object.insert("schema".into(), SCHEMA.into());
    Value::Object(object).to_string() + "\n"
}
