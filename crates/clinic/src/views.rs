//! Views of versions, remembered: a version never changes, so what was read of it once need not be read again. Filled from
//! committed versions alone, never from inside a write that may still be undone.

use std::collections::HashMap;
use std::sync::Arc;

use aroeira_store::Record;
use parking_lot::Mutex;

use crate::Result;

/// Of each kind of view, twice as many are held at most.
const GENERATION: usize = 2048;
/// A larger body is not remembered.
const LARGEST: usize = 16 * 1024;

/// Views of one kind, by id and version; those not used for a generation are forgotten.
pub(crate) struct Views<T> {
    held: Mutex<Held<T>>,
}

struct Held<T> {
    young: HashMap<Box<str>, (u32, Arc<T>)>,
    old: HashMap<Box<str>, (u32, Arc<T>)>,
}

impl<T> Default for Views<T> {
    fn default() -> Self {
        Self { held: Mutex::new(Held { young: HashMap::new(), old: HashMap::new() }) }
    }
}

impl<T> std::fmt::Debug for Views<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Views")
    }
}

impl<T> Views<T> {
    /// The view of a committed version: remembered, or made by `make`.
    pub(crate) fn of(&self, record: &Record, make: impl FnOnce() -> Result<T>) -> Result<Arc<T>> {
        if let Some(view) = self.held.lock().get(&record.id, record.version) {
            return Ok(view);
        }
        let view = Arc::new(make()?);
        if record.body.len() <= LARGEST {
            self.held.lock().put(&record.id, record.version, &view);
        }
        Ok(view)
    }
}

impl<T> Held<T> {
    fn get(&mut self, id: &str, version: u32) -> Option<Arc<T>> {
        if let Some((held, view)) = self.young.get(id) {
            return (*held == version).then(|| Arc::clone(view));
        }
        let (held, view) = self.old.get(id)?;
        if *held != version {
            return None;
        }
        let view = Arc::clone(view);
        self.put(id, version, &view);
        Some(view)
    }

    fn put(&mut self, id: &str, version: u32, view: &Arc<T>) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(id.into(), (version, Arc::clone(view)));
    }
}
