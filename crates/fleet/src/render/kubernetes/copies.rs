//! Copies: of databases whose operator makes none, by a job; of volumes, by Velero.

use askama::Template;

use super::Kube;
use super::data::{Mongodb, Objects};
use crate::Spec;
use crate::catalogue::{BackupClass, by_operator};
use crate::render::scene::App;
use crate::render::{Problem, filters};
use crate::spec::Backup;

impl Mongodb<'_> {
    /// The image that the tool of copies is taken from: the database's own tools write into it, so that nothing lies on a disk.
    pub(super) fn tool(&self) -> Option<String> {
        Some(self.k.slots.put(&["images", "restic"], "docker.io/restic/restic:0.18.1"))
    }

    pub(super) fn copier(&self) -> &str {
        &self.base.image
    }

    pub(super) fn script(&self) -> String {
        let (name, keep) = (self.base.name, self.copies.keep_days);
        format!(
            "set -eu; set -a; . /run/secrets/backup/environment; set +a; \
             restic() {{ /tools/restic --repository-file /run/secrets/backup/repository \
             --password-file /run/secrets/backup/password --cache-dir /tmp/restic \"$@\"; }}; \
             printf \"password: '%s'\\n\" \"$(sed \"s/'/''/g\" /run/secrets/access/password)\" > /tmp/mongodump.yaml; \
             restic cat config > /dev/null || restic init; \
             restic backup --host {name} --stdin-filename {name}.archive --stdin-from-command -- \
             mongodump --config /tmp/mongodump.yaml --host {name}/{name}-svc:27017 --username app \
             --authenticationDatabase admin --readPreference secondaryPreferred --oplog --archive; \
             restic forget --host {name} --keep-within {keep}d --prune"
        )
    }
}

impl Objects<'_> {
    #[expect(clippy::unused_self, reason = "the template asks either of them")]
    pub(super) fn tool(&self) -> Option<String> {
        None
    }

    pub(super) fn copier(&self) -> String {
        self.k.slots.put(&["images", "rclone"], "docker.io/rclone/rclone:1.71.1")
    }

    /// What is deleted or written over is kept beside for as long as copies are.
    pub(super) fn script(&self) -> String {
        let keep = self.copies.keep_days;
        let rclone = "rclone --config /tmp/rclone.conf";
        format!(
            "set -eu; cp /run/secrets/backup/rclone.conf /tmp/rclone.conf; \
             {rclone} sync objects: copies:current --backup-dir \"copies:removed/$(date -u +%F-%H%M)\"; \
             {rclone} delete copies:removed --min-age {keep}d --rmdirs"
        )
    }

    /// On how many servers each object lies: one, two or three more digits of SeaweedFS's own notation.
    pub(super) fn replication(&self) -> &'static str {
        match self.planned {
            0 | 1 => "000",
            2 => "001",
            _ => "002",
        }
    }
}

#[derive(Template)]
#[template(path = "kubernetes/volumes.yaml", escape = "none")]
struct Volumes<'a> {
    k: &'a Kube<'a>,
    schedule: String,
    keep_hours: u64,
    workloads: Vec<&'a str>,
}

/// Workloads with volumes that are to be copied, and that no operator copies.
fn kept<'a>(k: &'a Kube<'_>) -> Vec<&'a str> {
    let copied = k.scene.apps.iter().filter(|app| {
        let entry = app.entry;
        entry.image.is_some()
            && app.asked.keeps_gb > 0.0
            && entry.backup != BackupClass::None
            && (app.asked.own || !by_operator(&entry.id))
    });
    let mut ids: Vec<&str> = copied.map(App::id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// When whole copies are made where nothing copies each change: as often as the spec says, or as its promise allows.
pub(super) fn schedule(spec: &Spec) -> String {
    let said = [spec.backup.every_hours, spec.promises.rpo_hours];
    let hours = said.into_iter().flatten().filter(|hours| *hours > 0.0).fold(24.0, f64::min);
    if hours < 1.0 {
        format!("*/{} * * * *", (hours * 60.0).floor().max(Backup::LEAST_MINUTES))
    } else if hours < 2.0 {
        "0 * * * *".to_owned()
    } else if hours < 24.0 {
        format!("0 */{} * * *", hours.floor())
    } else {
        "0 3 * * *".to_owned()
    }
}

impl Kube<'_> {
    /// Whether any volume is copied.
    pub(in crate::render) fn has_volumes(&self) -> bool {
        !kept(self).is_empty()
    }
}

/// The copies of volumes.
pub(super) fn volumes(k: &Kube<'_>) -> Result<Option<String>, Problem> {
    let workloads = kept(k);
    if workloads.is_empty() {
        return Ok(None);
    }
    let backup = &k.scene.spec.backup;
    let schedule = k.slots.put(&["backup", "schedule"], schedule(k.scene.spec));
    let keep_hours = (backup.keep_days.max(1.0) * 24.0).ceil() as u64;
    Ok(Some(Volumes { k, schedule, keep_hours, workloads }.render()?))
}
