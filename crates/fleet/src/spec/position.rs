//! Where the keys of a spec stand in its text.

use std::collections::HashMap;
use std::fmt;

use serde::Serialize;
use toml::de::{DeTable, DeValue};

/// A place in the text of a spec, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// Line.
    pub line: usize,
    /// Column, in characters.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Where each key of a spec stands in its text, by paths such as `node[2].cores`.
#[derive(Debug, Clone, Default)]
pub struct Places {
    offsets: HashMap<String, usize>,
    lines: Vec<usize>,
    text: String,
}

impl Places {
    pub(super) fn of(text: &str, table: &DeTable<'_>) -> Self {
        let mut places = Self { offsets: HashMap::new(), lines: lines(text), text: text.to_owned() };
        places.enter("", table);
        places
    }

    fn enter(&mut self, path: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let path = join(path, key.get_ref());
            self.offsets.insert(path.clone(), key.span().start);
            self.value(&path, value.get_ref());
        }
    }

    fn value(&mut self, path: &str, value: &DeValue<'_>) {
        match value {
            DeValue::Table(table) => self.enter(path, table),
            DeValue::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    let path = format!("{path}[{at}]");
                    self.offsets.insert(path.clone(), item.span().start);
                    self.value(&path, item.get_ref());
                }
            }
            _ => {}
        }
    }

    /// Where a path stands; of one that is not written, the nearest that is around it.
    #[must_use]
    pub fn find(&self, path: &str) -> Place {
        let mut rest = path;
        loop {
            if let Some(offset) = self.offsets.get(rest) {
                return self.at(*offset);
            }
            match rest.rfind(['.', '[']) {
                Some(end) => rest = &rest[..end],
                None => return Place { line: 1, column: 1 },
            }
        }
    }

    pub(super) fn at(&self, offset: usize) -> Place {
        place_of(&self.text, &self.lines, offset)
    }
}

/// `path.name`, or the name alone at the top.
pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Where an offset stands in a text that could not be read.
pub(super) fn place_in(text: &str, offset: usize) -> Place {
    place_of(text, &lines(text), offset)
}

fn lines(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

fn place_of(text: &str, lines: &[usize], offset: usize) -> Place {
    let line = lines.partition_point(|start| *start <= offset).max(1);
    let start = lines.get(line - 1).copied().unwrap_or_default();
    let column = text.get(start..offset).map_or(0, |before| before.chars().count()) + 1;
    Place { line, column }
}
