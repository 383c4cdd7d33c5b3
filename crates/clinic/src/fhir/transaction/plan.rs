//! Making a transaction ready beside the writer: what conditions meet, ids, links, patches, validation, index.

use std::sync::Arc;

use aroeira_fhir::bundle::{self, Call, Entry, Place, Settled};
use aroeira_fhir::patch::Patch;
use aroeira_fhir::{Instant, Limits, Resource};
use aroeira_store::{Record, View};

use super::super::condition::Conditions;
use super::super::profiles::Profiles;
use super::{MOST, Plan, Prepared, Step, problems, within};
use crate::access::Grant;
use crate::desk::{check, parse};
use crate::error::Field;
use crate::masking::mask;
use crate::{Desk, Error, Precondition, Result};

impl Desk {
    /// Looks up what every condition meets, gives ids, links the entries and makes the changes ready.
    pub(super) fn plan(&self, mut entries: Vec<Entry>, base: &str, alone: bool) -> Result<Plan> {
        let now = self.now();
        let (settled, found, conditions, patched) = self.look(|view| {
            let mut conditions = Conditions::new(base);
            let (mut settled, mut patched) = (Vec::with_capacity(entries.len()), Vec::new());
            for entry in &entries {
                let met = match entry.criteria() {
                    Some(query) => conditions.meet(self, view, &entry.kind, query)?,
                    None => None,
                };
                let one = self.settled(entry, met, now)?;
                patched.push(match (&entry.call, &one.id) {
                    (Call::Patch { .. }, Some(id)) => Some(self.patchable(view, entry, id)?),
                    _ => None,
                });
                settled.push(one);
            }
            let found = conditions.references(self, view, &bundle::conditional_references(&entries))?;
            Ok((settled, found, conditions.looked_up(), patched))
        })?;
        bundle::link(&mut entries, &settled, &found).map_err(problems)?;
        let (mut prepared, mut wrong) = (Vec::with_capacity(entries.len()), Vec::new());
        let profiles = Profiles::of(self);
        for ((entry, settled), patched) in entries.into_iter().zip(settled).zip(patched) {
            let at = entry.at;
            match self.prepare(entry, settled, patched, &profiles) {
                Ok(one) => prepared.push(one),
                Err(Error::Invalid(fields)) if !alone => wrong.extend(fields.into_iter().map(|f| within(f, at))),
                Err(other) => return Err(other),
            }
            if wrong.len() >= MOST {
                break;
            }
        }
        if !wrong.is_empty() {
            wrong.truncate(MOST);
            return Err(Error::Invalid(wrong));
        }
        prepared.sort_by_key(|one| one.turn);
        Ok(Plan { entries: prepared, conditions })
    }

    /// The resource that a patch is for, and what its writer sees of it.
    fn patchable(&self, view: &View<'_>, entry: &Entry, id: &str) -> Result<(Arc<Record>, Grant)> {
        let record = self.fetch(view, &entry.kind, id)?;
        check(precondition(entry)?, record.version, false)?;
        let grant = self.narrowed(view, self.fhir_grant(&entry.kind)?, &entry.kind, id)?;
        Ok((record, grant))
    }

    /// Which resource an entry is about.
    fn settled(&self, entry: &Entry, met: Option<String>, now: Instant) -> Result<Settled> {
        let new_id = || Ok::<_, Error>(self.clinic.ids.new_id(now)?);
        let (conditional, unmet) = (entry.criteria().is_some(), met.is_none());
        let id = match (&entry.call, met) {
            (Call::Create { .. }, Some(id)) => return Ok(Settled { id: Some(id), writes: false, made: false }),
            (Call::Update { resource, .. }, Some(id)) => {
                if resource.id().is_some_and(|said| said != id) {
                    return Err(Error::field(format!("{}.id", entry.kind), "reference"));
                }
                Some(id)
            }
            (_, Some(id)) => Some(id),
            // An update that meets nothing creates: under the id of the body, or a new one (R4 http, 3.1.0.4.3).
            (Call::Update { resource, .. }, None) if conditional => {
                Some(resource.id().map_or_else(new_id, |id| Ok(id.to_owned()))?)
            }
            (Call::Patch { .. }, None) if conditional => return Err(Error::NotFound),
            (Call::Create { .. }, None) => Some(entry.own_id().map_or_else(new_id, |id| Ok(id.to_owned()))?),
            (_, None) => entry.own_id().map(str::to_owned),
        };
        let made = conditional && unmet && matches!(entry.call, Call::Update { .. });
        Ok(Settled { id, writes: !matches!(entry.call, Call::Read { .. }), made })
    }

    fn prepare(
        &self,
        mut entry: Entry,
        settled: Settled,
        patchable: Option<(Arc<Record>, Grant)>,
        profiles: &Profiles<'_>,
    ) -> Result<Prepared> {
        // What is made because nothing met the condition takes no other's place.
        if matches!(entry.call, Call::Update { .. }) && settled.made {
            (entry.if_match, entry.if_none_match) = (None, Some("*".to_owned()));
        }
        let precondition = precondition(&entry)?;
        let (turn, at, kind) = (entry.call.turn(), entry.at, entry.kind);
        let id = settled.id.unwrap_or_default();
        let step = match entry.call {
            Call::Create { .. } if !settled.writes => Step::There,
            Call::Create { mut resource, .. } | Call::Update { mut resource, .. } => {
                let grant = self.fhir_grant(&kind)?;
                let verdict = self.judge(&mut resource, &grant, profiles)?;
                let change = grant.sees_all().then(|| {
                    verdict.tag(&mut resource, &grant);
                    Box::new(self.change_whole(&mut resource))
                });
                Step::Put { resource, verdict, change, precondition }
            }
            Call::Patch { patch, .. } => {
                let (record, grant) = patchable.ok_or(Error::NotFound)?;
                let mut resource = patched(&record, &patch, &grant)?;
                let verdict = self.judge(&mut resource, &grant, profiles)?;
                let whole = grant.sees_all();
                let change = whole.then(|| {
                    verdict.tag(&mut resource, &grant);
                    Box::new(self.change_whole(&mut resource))
                });
                Step::Patched { resource, verdict, change, version: record.version, whole }
            }
            Call::Delete { .. } if id.is_empty() => Step::Nothing,
            Call::Delete { .. } => Step::Delete(precondition),
            Call::Read { place: Place::Id(_) } => {
                Step::Read(entry.if_none_match.as_deref().and_then(bundle::version_of))
            }
            Call::Read { place: Place::Criteria(_) } => Step::Nothing,
        };
        Ok(Prepared { at, turn, kind, id, step })
    }
}

/// What the entry says of versions.
fn precondition(entry: &Entry) -> Result<Precondition> {
    let at = |key: &str| format!("Bundle.entry[{}].request.{key}", entry.at);
    Ok(match (entry.if_match.as_deref(), entry.if_none_match.as_deref()) {
        (Some("*"), _) => Precondition::Any,
        (Some(tag), _) => bundle::version_of(tag).map_or(Precondition::Impossible, Precondition::Version),
        (None, Some("*")) => Precondition::Absent,
        (None, Some(_)) if entry.call.turn() < 3 => {
            return Err(Error::Invalid(vec![Field::new(at("ifNoneMatch"), "fhir").expecting("* is expected")]));
        }
        (None, _) => Precondition::None,
    })
}

/// The resource as the patch leaves it, for the eyes of the one who patches: what they do not see cannot be tested for.
fn patched(record: &Record, patch: &Resource, grant: &Grant) -> Result<Resource> {
    let patch = Patch::of(patch, &Limits::default()).map_err(problems)?;
    let mut stored = parse(&record.body)?;
    mask(&mut stored, grant);
    patch.apply(&stored, aroeira_fhir::definitions()).map_err(problems)
}
