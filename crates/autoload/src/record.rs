//! One line of what is told: its fields, as `key=value` words or as a JSON object. Where lines go is
//! known in `log`.

/// How grave a line is; syslog's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Priority {
    /// The work cannot be done.
    Error = 3,
    /// Something failed.
    Warning = 4,
    /// Something was done, or decided against.
    Info = 6,
    /// Nothing had to be done.
    Detail = 7,
}

/// A line with its fields, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) priority: Priority,
    fields: Vec<(&'static str, Value)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    List(Vec<Vec<u8>>),
    Number(u64),
    Text(Vec<u8>),
}

impl Record {
    /// Begins a line about an event.
    pub(crate) fn new(priority: Priority, event: &'static str) -> Self {
        Self { priority, fields: Vec::new() }.text("event", event)
    }

    /// Adds a text.
    pub(crate) fn text(mut self, key: &'static str, value: impl AsRef<[u8]>) -> Self {
        self.fields.push((key, Value::Text(value.as_ref().into())));
        self
    }

    /// Adds a number.
    pub(crate) fn number(mut self, key: &'static str, value: u64) -> Self {
        self.fields.push((key, Value::Number(value)));
        self
    }

    /// Adds a list, unless it is empty.
    pub(crate) fn list(mut self, key: &'static str, values: Vec<Vec<u8>>) -> Self {
        if !values.is_empty() {
            self.fields.push((key, Value::List(values)));
        }
        self
    }

    /// Adds the fields of another line, all but its event.
    pub(crate) fn with(mut self, other: Self) -> Self {
        self.fields.extend(other.fields.into_iter().skip(1));
        self
    }

    /// The line as words; a word with something odd in it stands in quotes, with escapes.
    pub(crate) fn words(&self) -> String {
        let words: Vec<String> = self.fields.iter().map(|(key, value)| word(key, value)).collect();
        words.join(" ")
    }

    /// The line as a JSON object; bytes that are no UTF-8 are replaced.
    pub(crate) fn json(&self) -> String {
        let field = |(key, value): &(&str, Value)| format!(",\"{key}\":{}", json(value));
        let fields: String = self.fields.iter().map(field).collect();
        format!("{{\"schema\":1{fields}}}")
    }
}

fn word(key: &str, value: &Value) -> String {
    let text = match value {
        Value::List(values) => values.join(&b','),
        Value::Number(number) => return format!("{key}={number}"),
        Value::Text(text) => text.clone(),
    };
    let is_odd = |byte: &u8| !byte.is_ascii_graphic() || matches!(byte, b'"' | b'\'' | b'\\');
    match text.is_empty() || text.iter().any(is_odd) {
        true => format!("{key}=\"{}\"", text.escape_ascii()),
        false => format!("{key}={}", String::from_utf8_lossy(&text)),
    }
}

fn json(value: &Value) -> String {
    match value {
        Value::List(values) => {
            let values: Vec<String> = values.iter().map(|value| json_text(value)).collect();
            format!("[{}]", values.join(","))
        }
        Value::Number(number) => number.to_string(),
        Value::Text(text) => json_text(text),
    }
}

fn json_text(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for letter in String::from_utf8_lossy(bytes).chars() {
        match letter {
            '"' | '\\' => text.extend(['\\', letter]),
            '\n' => text.push_str("\\n"),
            '\0'..='\x1f' | '\x7f' => text.push_str(&format!("\\u{:04x}", u32::from(letter))),
            _ => text.push(letter),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_words_or_an_object() {
        let record = Record::new(Priority::Info, "decision")
            .text("module", "e1000e")
            .text("query", b"pci:v1 \"x\"\\\x01\xff")
            .text("empty", "")
            .number("seqnum", 12)
            .list("inserted", vec![b"a".to_vec(), b"b c".to_vec()])
            .list("nothing", Vec::new())
            .with(Record::new(Priority::Error, "other").number("more", 1));
        assert_eq!(
            record.words(),
            "event=decision module=e1000e query=\"pci:v1 \\\"x\\\"\\\\\\x01\\xff\" empty=\"\" \
             seqnum=12 inserted=\"a,b c\" more=1"
        );
        assert_eq!(
            record.json(),
            "{\"schema\":1,\"event\":\"decision\",\"module\":\"e1000e\",\
             \"query\":\"pci:v1 \\\"x\\\"\\\\\\u0001\u{fffd}\",\"empty\":\"\",\"seqnum\":12,\
             \"inserted\":[\"a\",\"b c\"],\"more\":1}"
        );
    }
}
