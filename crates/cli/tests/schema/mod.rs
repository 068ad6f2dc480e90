//! The published schemas, `docs/schema/COMMAND.json`: an answer is walked along its schema, so that
//! each key is known to have been shown, and is judged by a validator that is not ours as well.
#![allow(clippy::panic, clippy::unwrap_used, unreachable_pub, reason = "a part of tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Registry;
use serde_json::Value;

/// Where the schemas are published.
pub fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema")
}

/// What the other schemas refer to.
pub const PARTS: &str = "parts";

pub struct Schemas {
    files: BTreeMap<String, Value>,
    registry: Registry<'static>,
    shown: BTreeSet<String>,
}

impl Schemas {
    pub fn read() -> Self {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(directory()).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let value = serde_json::from_str(&text);
            files.insert(name, value.unwrap_or_else(|no| panic!("{}: {no}", path.display())));
        }
        let resources = files.iter().map(|(name, value): (_, &Value)| (uri(name), value.clone()));
        let registry = Registry::new().extend(resources).unwrap().prepare().unwrap();
        Self { files, registry, shown: BTreeSet::new() }
    }

    /// The names of the schemas, those of commands.
    pub fn commands(&self) -> BTreeSet<String> {
        self.files.keys().filter(|name| *name != PARTS).cloned().collect()
    }

    /// What `parts.json` has at a JSON pointer.
    pub fn part(&self, pointer: &str) -> &Value {
        self.files[PARTS].pointer(pointer).unwrap()
    }

    /// Holds an answer against the schema of its command; what is wrong, with what to do about it.
    pub fn hold(&mut self, name: &str, answer: &Value) -> Vec<String> {
        let mut walk = Walk { files: &self.files, shown: BTreeSet::new(), wrong: Vec::new() };
        walk.value(Place::root(name), answer, "");
        let (shown, mut wrong) = (walk.shown, walk.wrong);
        self.shown.extend(shown);
        if wrong.is_empty() {
            let options = jsonschema::options().with_base_uri(uri(name));
            let validator = options.with_registry(&self.registry).build(&self.files[name]);
            let branch = if answer.get("error").is_some() { "failure" } else { "answer" };
            for error in validator.unwrap().iter_errors(answer) {
                wrong.push(format!(
                    "docs/schema/{name}.json refuses the {branch} at `{}`: {error}; when that is \
                     meant, change what the schema says there (a new word goes into its `enum`, a \
                     code into that of parts.json)",
                    error.instance_path()
                ));
            }
        }
        wrong
    }

    /// The keys that no answer has had so far.
    pub fn unshown(&self) -> Vec<String> {
        let mut keys = BTreeSet::new();
        for (name, value) in &self.files {
            collect(value, name, &mut keys);
        }
        keys.difference(&self.shown).cloned().collect()
    }

    /// What is wrong with the schemas themselves.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (name, value) in &self.files {
            if let Err(fault) = jsonschema::meta::validate(value) {
                faults.push(format!("docs/schema/{name}.json is no schema: {fault}"));
            }
            check(value, &format!("docs/schema/{name}.json#"), &mut faults);
        }
        faults
    }
}

fn uri(name: &str) -> String {
    format!("file:///{name}.json")
}

/// A place in a schema: the file, and the JSON pointer in it.
#[derive(Clone)]
struct Place {
    file: String,
    pointer: String,
}

impl Place {
    fn root(file: &str) -> Self {
        Self { file: file.to_owned(), pointer: String::new() }
    }

    fn below(&self, step: &str) -> Self {
        Self { file: self.file.clone(), pointer: format!("{}/{step}", self.pointer) }
    }

    /// Where `$ref` leads from here.
    fn followed(&self, reference: &str) -> Self {
        let (file, pointer) = reference.split_once('#').unwrap();
        let file = file.strip_suffix(".json").unwrap_or(&self.file);
        Self { file: file.to_owned(), pointer: pointer.to_owned() }
    }
}

struct Walk<'a> {
    files: &'a BTreeMap<String, Value>,
    shown: BTreeSet<String>,
    wrong: Vec<String>,
}

impl<'a> Walk<'a> {
    fn schema(&self, place: &Place) -> &'a Value {
        let file = self.files.get(&place.file).unwrap();
        file.pointer(&place.pointer).unwrap()
    }

    /// Follows references and choices to the schema that speaks of this value.
    fn settled(&self, place: Place, value: &Value) -> Place {
        let schema = self.schema(&place);
        if let Some(reference) = schema["$ref"].as_str() {
            return self.settled(place.followed(reference), value);
        }
        for choice in ["anyOf", "oneOf"] {
            let Some(branches) = schema[choice].as_array() else { continue };
            let places = (0..branches.len())
                .map(|number| self.settled(place.below(choice).below(&number.to_string()), value));
            // The branch that has most of the keys: of what is new, it lacks the least.
            return places.max_by_key(|place| self.likeness(place, value)).unwrap();
        }
        place
    }

    fn likeness(&self, place: &Place, value: &Value) -> usize {
        let schema = self.schema(place);
        let (Some(keys), Some(object)) = (schema["properties"].as_object(), value.as_object())
        else {
            return usize::from(value.is_null() == (schema["type"] == "null")) * 1000;
        };
        let known = object.keys().filter(|key| keys.contains_key(*key)).count();
        1000 + 2 * known - known.min(keys.len() - known)
    }

    fn value(&mut self, place: Place, value: &Value, at: &str) {
        let place = self.settled(place, value);
        match value {
            Value::Array(items) => {
                for item in items {
                    self.value(place.below("items"), item, &format!("{at}[]"));
                }
            }
            Value::Object(object) => {
                for (key, value) in object {
                    let below = place.below("properties").below(key);
                    if self.schema(&place)["properties"].get(key).is_none() {
                        self.wrong.push(lacking(&place, key, at, value));
                        continue;
                    }
                    self.shown.insert(format!("docs/schema/{}.json#{}", below.file, below.pointer));
                    self.value(below, value, &format!("{at}.{key}"));
                }
            }
            _ => {}
        }
    }
}

fn lacking(place: &Place, key: &str, at: &str, value: &Value) -> String {
    format!(
        "docs/schema/{}.json lacks the key `{at}.{key}`, which is {value} here: add `\"{key}\": \
         {{\"description\": …, \"type\": …}}` at {}/properties, and to `required` beside it unless \
         it is left out at times (`null` is not left out)",
        place.file, place.pointer
    )
}

/// The places of all keys below a schema.
fn collect(schema: &Value, name: &str, keys: &mut BTreeSet<String>) {
    visit(schema, "", &mut |pointer, schema| {
        for key in schema["properties"].as_object().into_iter().flatten() {
            keys.insert(format!("docs/schema/{name}.json#{pointer}/properties/{}", key.0));
        }
    });
}

/// Every object says what it has and takes nothing else, and every key says what it is.
fn check(schema: &Value, name: &str, faults: &mut Vec<String>) {
    visit(schema, "", &mut |pointer, schema| {
        let Some(keys) = schema["properties"].as_object() else { return };
        if schema["additionalProperties"] != false {
            faults.push(format!("{name}{pointer} lacks `\"additionalProperties\": false`"));
        }
        let required = schema["required"].as_array();
        if !required
            .is_some_and(|all| all.iter().all(|key| keys.contains_key(key.as_str().unwrap())))
        {
            faults.push(format!("{name}{pointer}/required is not a list of its keys"));
        }
        for (key, told) in keys {
            if told.get("description").is_none() && told.get("$ref").is_none() {
                faults.push(format!("{name}{pointer}/properties/{key} lacks a `description`"));
            }
        }
    });
}

/// Calls `seen` for every object of a schema file, with its JSON pointer.
fn visit(value: &Value, pointer: &str, seen: &mut dyn FnMut(&str, &Value)) {
    match value {
        Value::Object(object) => {
            seen(pointer, value);
            for (key, value) in object {
                visit(value, &format!("{pointer}/{key}"), seen);
            }
        }
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                visit(item, &format!("{pointer}/{number}"), seen);
            }
        }
        _ => {}
    }
}
