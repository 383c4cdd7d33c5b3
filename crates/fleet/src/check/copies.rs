//! Copies: how many, on what, where, encrypted, and out of the reach of who breaks in.

use super::{Found, Scene, text};
use crate::catalogue::by_operator;

/// Three copies, two sorts of media, one of them elsewhere (requirement 004).
pub(super) fn three_two_one(scene: &Scene<'_>, found: &mut Found<'_>) {
    if !scene.hosts_others() {
        return;
    }
    let backup = &scene.spec.backup;
    let short = [
        ("copies", backup.copies, 3, "cópias", "copies"),
        ("media", backup.media, 2, "tipos de mídia", "sorts of media"),
        ("offsite", backup.offsite, 1, "cópias em outro lugar", "copies at another place"),
    ];
    for (key, has, needs, portuguese, english) in short.into_iter().filter(|(_, has, needs, ..)| has < needs) {
        found.warn(
            format!("backup.{key}"),
            text(
                format!("a regra 3-2-1 não se cumpre: {portuguese}: {has}, e devem ser ao menos {needs}"),
                format!("the rule 3-2-1 is not kept: {english}: {has}, and there should be at least {needs}"),
            ),
            text(format!("escreva backup.{key} = {needs}"), format!("write backup.{key} = {needs}")),
        );
    }
    if backup.offsite > backup.copies.saturating_sub(1) {
        found.error(
            "backup.offsite",
            text(
                format!(
                    "{} cópias em outro lugar, mas só há {} ao todo, contada a que está em uso",
                    backup.offsite, backup.copies
                ),
                format!(
                    "{} copies at another place, but there are {} in all, the live one with them",
                    backup.offsite, backup.copies
                ),
            ),
            text("conte também a cópia em uso em backup.copies", "count the live one in backup.copies as well"),
        );
    }
}

pub(super) fn copies_encrypted(scene: &Scene<'_>, found: &mut Found<'_>) {
    if !scene.spec.backup.encrypted {
        found.error(
            "backup.encrypted",
            text(
                "as cópias não são cifradas: quem leva uma, leva os prontuários (LGPD, art. 46)",
                "copies are not encrypted: who carries one away has the records (LGPD, art. 46)",
            ),
            text("escreva backup.encrypted = true", "write backup.encrypted = true"),
        );
    }
}

pub(super) fn storage_encrypted(scene: &Scene<'_>, found: &mut Found<'_>) {
    for (at, storage) in scene.spec.storage.iter().enumerate().filter(|(_, storage)| !storage.encrypted) {
        found.error(
            format!("storage[{at}].encrypted"),
            text(
                format!("o que está em `{}` não é cifrado (LGPD, art. 46)", storage.id),
                format!("what is on `{}` is not encrypted (LGPD, art. 46)", storage.id),
            ),
            text("cifre-o e escreva encrypted = true", "encrypt it and write encrypted = true"),
        );
    }
}

/// Who breaks in deletes the copies first: at least one store of objects keeps them for their time.
pub(super) fn immutable(scene: &Scene<'_>, found: &mut Found<'_>) {
    if !scene.hosts_others() {
        return;
    }
    let storage = scene.spec.storage.iter().enumerate();
    let objects: Vec<_> = storage.filter(|(_, storage)| storage.class.is_object()).collect();
    if let Some((at, first)) = objects.first().filter(|_| objects.iter().all(|(_, storage)| !storage.immutable)) {
        found.warn(
            format!("storage[{at}].immutable"),
            text(
                format!("nenhum armazenamento de objetos guarda as cópias contra exclusão (`{}`): um sequestro de dados as apaga primeiro", first.id),
                format!("no store of objects keeps copies from being deleted (`{}`): ransomware deletes them first", first.id),
            ),
            text(
                "ligue o bloqueio de objetos (Object Lock) e escreva immutable = true",
                "turn object lock on and write immutable = true",
            ),
        );
    }
}

/// A store that keeps its copies is of no use where databases are copied to another.
pub(super) fn deletable(scene: &Scene<'_>, found: &mut Found<'_>) {
    let spec = scene.spec;
    let chosen = spec.installation.backup_bucket.is_some() || spec.installation.backup_store.is_some();
    let database = spec.workloads.iter().filter_map(|one| scene.entry(one));
    let copied = database.filter(|entry| entry.image.is_some()).any(|entry| by_operator(&entry.id));
    if chosen || !copied || !scene.hosts_others() || !spec.bears_cluster() {
        return;
    }
    let Some(kept) = spec.copies().filter(|kept| !kept.immutable) else { return };
    let Some(safe) = spec.storage.iter().find(|one| one.class.is_object() && one.immutable) else { return };
    let path = match spec.storage.iter().position(|one| one.id == kept.id) {
        Some(at) => format!("storage[{at}].immutable"),
        None => spec
            .services
            .iter()
            .position(|one| one.id == kept.id)
            .map_or(String::new(), |at| format!("service[{at}].id")),
    };
    let (kept, safe) = (kept.id, &safe.id);
    found.warn(
        path,
        text(
            format!("bancos copiam para `{kept}`, que se pode apagar; o que guarda contra exclusão é `{safe}`, e nada copia para lá"),
            format!("databases are copied to `{kept}`, which can be deleted; `{safe}` keeps what it has, and nothing is copied there"),
        ),
        text(
            format!("ligue o bloqueio de objetos de `{kept}`, ou aponte installation.backup_bucket ou backup_store para `{safe}`"),
            format!("turn object lock on for `{kept}`, or point installation.backup_bucket or backup_store at `{safe}`"),
        ),
    );
}
