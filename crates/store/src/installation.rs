//! A data directory: the lock that makes one process its owner, and a folder for each clinic with its wrapped key.
//!
//! `data/aroeira.lock`, `data/clinics/<slug>/{clinic.json, clinic.db, head}`

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::keys::{Key, sync_directory};
use crate::sqlite::setup::Setup;
use crate::sqlite::{Mode, open};
use crate::store::Place;
use crate::{Clock, Error, Ids, MasterKey, Result, Store, Verification};

/// What an installation is opened with.
#[derive(Debug, Clone)]
pub struct Options {
    /// The data directory; made when it is not there.
    pub data: PathBuf,
    /// Wraps every clinic's key.
    pub master_key: MasterKey,
    /// The one clock.
    pub clock: Clock,
    /// The one source of ids.
    pub ids: Ids,
    /// Page cache of a clinic's writer, in KiB; each reader has a quarter.
    pub cache_kb: u32,
    /// The clinics' time zone.
    pub zone: TimeZone,
}

/// What is known of a clinic without opening it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Card {
    pub(crate) id: String,
    name: String,
    key: String,
}

/// The one owner of a data directory.
pub struct Installation {
    options: Options,
    /// Held while a clinic is made.
    making: parking_lot::Mutex<()>,
    /// Held as long as this lives; the system frees it when the process ends, however it ends.
    _lock: File,
}

impl std::fmt::Debug for Installation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Installation").field("data", &self.options.data).finish_non_exhaustive()
    }
}

/// Begins the name of a clinic's folder while it is made: no slug begins so.
const UNFINISHED: &str = ".new-";

/// What a clinic's key is wrapped for: folders that were exchanged open nothing.
fn bound(id: &str, slug: &str) -> String {
    format!("{id} {slug}")
}

fn private_directory(path: &Path) -> Result<()> {
    Ok(std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?)
}

impl Installation {
    /// Takes a data directory.
    ///
    /// # Errors
    /// `Unavailable` when another process has it.
    pub fn open(options: Options) -> Result<Self> {
        private_directory(&options.data.join("clinics"))?;
        let path = options.data.join("aroeira.lock");
        let lock = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { options, making: parking_lot::Mutex::new(()), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Error::Unavailable(format!(
                "{} is in use by another aroeira process; stop it, or run this command beside it: it is then passed through \
                 its local socket",
                options.data.display()
            ))),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// Slugs of the clinics, sorted.
    ///
    /// # Errors
    /// `Internal`.
    pub fn clinics(&self) -> Result<Vec<String>> {
        let mut slugs = Vec::new();
        for entry in std::fs::read_dir(self.options.data.join("clinics"))? {
            let entry = entry?;
            if entry.path().join("clinic.json").exists()
                && let Ok(slug) = entry.file_name().into_string()
                && !slug.starts_with(UNFINISHED)
            {
                slugs.push(slug);
            }
        }
        slugs.sort();
        Ok(slugs)
    }

    /// Makes a clinic. The slug is the caller's to have checked: it names a folder.
    ///
    /// # Errors
    /// `Exists`; `Unavailable` where a folder of that name has lost its key.
    pub fn create(&self, slug: &str, name: &str) -> Result<()> {
        let _one = self.making.lock();
        let directory = self.directory(slug);
        if directory.join("clinic.json").exists() {
            return Err(Error::Exists);
        }
        if directory.exists() {
            return Err(Error::Unavailable(format!(
                "the folder of the clinic {slug} is there without its clinic.json, which holds its key: restore that file \
                 from a backup"
            )));
        }
        // Made under another name and renamed when whole: a clinic either is there with its key or is not there.
        let partial = self.directory(&format!("{UNFINISHED}{slug}"));
        if partial.exists() {
            std::fs::remove_dir_all(&partial)?;
        }
        private_directory(&partial)?;
        let id = self.options.ids.new_id(self.options.clock.now())?;
        let key = Key::random(&self.options.ids)?;
        Setup::create(&Place::file(&partial), &key)?;
        File::open(Place::file(&partial))?.sync_all()?;
        crate::head::create(&partial, &id, &key)?;
        let wrapped = self.options.master_key.wrap(&bound(&id, slug), &key, &self.options.ids)?;
        let card = Card { key: wrapped, id, name: name.to_owned() };
        let text = serde_json::to_vec_pretty(&card).map_err(|e| Error::Internal(e.to_string()))?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(partial.join("clinic.json"))?;
        file.write_all(&text)?;
        file.sync_all()?;
        sync_directory(&partial)?;
        std::fs::rename(&partial, &directory)?;
        sync_directory(&self.options.data.join("clinics"))
    }

    /// Opens a clinic; also answers its name. A clinic has one open store at a time.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable` with advice, `Busy` while another store of this clinic is open or being closed.
    pub fn store(&self, slug: &str) -> Result<(Store, String)> {
        let (card, key) = self.card(slug)?;
        let store = Store::open(Place {
            directory: self.directory(slug),
            clinic: card.id,
            key,
            clock: self.options.clock.clone(),
            cache_kb: self.options.cache_kb,
            zone: self.options.zone.clone(),
        })?;
        Ok((store, card.name))
    }

    /// Walks a clinic's chain without opening it for writing: also where opening refuses because the tail was cut.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable` when the file or its key cannot be read.
    pub fn verify(&self, slug: &str) -> Result<Verification> {
        let (card, key) = self.card(slug)?;
        let directory = self.directory(slug);
        // Read before the journal: it may grow meanwhile, and never shrinks.
        let kept = crate::head::kept(&directory, &card.id, &key)?;
        let connection = open(&Place::file(&directory), &key, Mode::Read, self.options.cache_kb)?;
        crate::sqlite::migrations::refuse_newer(&connection)?;
        let salt = crate::tables::salt(&connection)?;
        crate::verify::walk(&salt, kept, None, |step| {
            connection.execute_batch("BEGIN")?;
            let done = step(&connection);
            connection.execute_batch("COMMIT")?;
            done
        })
    }

    pub(crate) fn data(&self) -> &Path {
        &self.options.data
    }

    pub(crate) fn directory(&self, slug: &str) -> PathBuf {
        self.options.data.join("clinics").join(slug)
    }

    pub(crate) fn card(&self, slug: &str) -> Result<(Card, Key)> {
        let text = match std::fs::read(self.directory(slug).join("clinic.json")) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(Error::NotFound),
            Err(e) => return Err(e.into()),
        };
        let card: Card = serde_json::from_slice(&text)
            .map_err(|_| Error::Unavailable("clinic.json cannot be read: restore it from a backup".into()))?;
        let key = self.options.master_key.unwrap(&bound(&card.id, slug), &card.key)?;
        Ok((card, key))
    }
}
