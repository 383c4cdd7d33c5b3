//! What goes with the matches of a search: what they refer to and what refers to them, in rounds for whoever asked for
//! that, each resource once.

use std::collections::HashSet;
use std::sync::Arc;

use aroeira_fhir::search::{Include, Request};
use aroeira_store::{Record, View};

use crate::access::Action;
use crate::{Desk, Result};

/// Records that go with a page at most, and their bytes.
const WITH: usize = 1000;
const LARGEST: usize = 8 << 20;
/// Rows that are looked at for one of the parameters in one round.
const LOOKED: usize = 4 * WITH;

/// What is gathered.
#[derive(Default)]
pub(super) struct With {
    pub(super) records: Vec<Arc<Record>>,
    /// There would be more.
    pub(super) cut: bool,
    bytes: usize,
}

impl Desk {
    /// What goes with the matches and is open to this actor.
    pub(super) fn with(&self, view: &View<'_>, request: &Request, matches: &[Arc<Record>]) -> Result<With> {
        let mut with = With::default();
        let asked =
            request.include.iter().map(|one| (one, true)).chain(request.revinclude.iter().map(|one| (one, false)));
        let asked: Vec<(&Include, bool)> = asked.collect();
        if asked.is_empty() {
            return Ok(with);
        }
        let mut seen: HashSet<(String, String)> = matches.iter().map(|r| (r.kind.clone(), r.id.clone())).collect();
        let mut from = matches.to_vec();
        let mut first = true;
        // Every round but the last adds a record that was not there: cycles end.
        while !from.is_empty() && !with.cut {
            let before = with.records.len();
            for (include, forward) in asked.iter().filter(|(include, _)| first || include.iterate) {
                self.go_with(view, include, *forward, &from, &mut seen, &mut with)?;
            }
            from = with.records[before..].to_vec();
            first = false;
        }
        Ok(with)
    }

    fn go_with(
        &self,
        view: &View<'_>,
        include: &Include,
        forward: bool,
        from: &[Arc<Record>],
        seen: &mut HashSet<(String, String)>,
        with: &mut With,
    ) -> Result<()> {
        let Include { kind, params, every, target, .. } = include;
        let shown = params.iter().copied().filter(|param| !every || self.sees_parameter(kind, param));
        let names: Vec<&str> = shown.collect();
        if with.cut || names.is_empty() || (*every && !self.grant(kind).allows(Action::Search)) {
            return Ok(());
        }
        let (found, whole) = if forward {
            view.referred(from, kind, &names, target.as_deref(), LOOKED)?
        } else {
            view.referring(from, kind, &names, target.as_deref(), LOOKED)?
        };
        with.cut |= !whole;
        for record in found {
            let place = (record.kind.clone(), record.id.clone());
            if seen.contains(&place)
                || !self.grant(&record.kind).allows(Action::Read)
                || !self.is_within_reach(view, &record)?
            {
                continue;
            }
            with.bytes += record.body.len();
            if with.records.len() == WITH || with.bytes > LARGEST {
                with.cut = true;
                break;
            }
            seen.insert(place);
            with.records.push(record);
        }
        Ok(())
    }
}
