//! An installation: all the clinics of one data directory, and the cares that belong to none of them.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use aroeira_store::Installation;
use jiff::tz::TimeZone;
use parking_lot::Mutex;

use crate::error::Field;
use crate::passwords::Hasher;
use crate::sessions::{Rules, Sessions};
use crate::{
    Actor, Caller, Clinic, Clock, Context, Error, Ids, MasterKey, NewUser, Purpose, Refusal, Result, SignIn, SignedIn,
    User, Verification,
};

/// Whose charts a clinician may open (`access.care`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Care {
    /// Every clinician of the clinic sees every chart.
    #[default]
    Open,
    /// A care team, an encounter or authorship; else break-glass.
    Team,
}

/// What an installation is opened with.
#[derive(Debug)]
pub struct Options {
    /// The data directory.
    pub data: PathBuf,
    /// Wraps every clinic's key.
    pub master_key: MasterKey,
    /// The one clock.
    pub clock: Clock,
    /// The one source of ids and of random bytes.
    pub ids: Ids,
    /// How many clinics stay open at once.
    pub open_clinics: usize,
    /// Megabytes of page cache a clinic may use.
    pub cache_mb: u32,
    /// Whose charts a clinician may open.
    pub care: Care,
    /// IANA name of the clinics' time zone.
    pub zone: String,
    /// Hours a session lasts at most.
    pub session_hours: u32,
    /// Minutes without a key until the screen locks; 1 to 60.
    pub idle_minutes: u32,
    /// Failed sign-ins until an account locks; 3 to 10.
    pub lock_after: u32,
    /// Minutes an account stays locked.
    pub lock_minutes: u32,
    /// How many passwords are hashed at once: bounds argon2's memory (19 MiB each).
    pub hashers: usize,
}

/// What `/api/health` says of an installation.
#[derive(Debug, Clone, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// Whether requests can be served.
    pub ready: bool,
    /// One line for each thing that is wrong: a code, no secret.
    pub problems: Vec<String>,
}

/// Gauges for `/metrics`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Vitals {
    /// Clinics open now.
    pub open_clinics: usize,
    /// Writes waiting, all clinics together.
    pub queue_depth: usize,
}

/// An installation of clinics. Cheap to clone.
#[derive(Debug, Clone)]
pub struct House {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    installation: Installation,
    options: Options,
    hasher: Hasher,
    open: Mutex<HashMap<String, Open>>,
    /// Counts uses: the clinic used longest ago is closed first.
    uses: AtomicU64,
    closed: AtomicBool,
    /// One clinic is opened at a time: opening reads and may migrate.
    opening: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Open {
    clinic: Arc<Clinic>,
    used: u64,
}

impl House {
    /// Opens the installation; at most one process does at a time.
    ///
    /// # Errors
    /// `Unavailable` with advice when another process holds it, `Invalid` for an option that cannot be.
    pub fn open(options: Options) -> Result<Self> {
        let zone = TimeZone::get(&options.zone).map_err(|_| Error::field("clinic.zone", "one-of"))?;
        let installation = Installation::open(aroeira_store::Options {
            data: options.data.clone(),
            master_key: options.master_key.clone(),
            clock: options.clock.clone(),
            ids: options.ids.clone(),
            cache_kb: options.cache_mb.saturating_mul(1024),
            zone,
        })?;
        let hasher = Hasher::new(options.hashers, options.ids.clone());
        let inner = Inner {
            installation,
            options,
            hasher,
            open: Mutex::new(HashMap::new()),
            uses: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            opening: tokio::sync::Mutex::new(()),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Slugs of the clinics, sorted.
    ///
    /// # Errors
    /// `Internal` when the data directory cannot be read.
    pub fn clinics(&self) -> Result<Vec<String>> {
        Ok(self.inner.installation.clinics()?)
    }

    /// Makes a clinic and its first administrator; answers the password where one was made.
    ///
    /// # Errors
    /// `Invalid` (slug: `[a-z0-9-]{2,40}`), `Conflict` when it exists.
    pub async fn add_clinic(&self, slug: &str, name: &str, admin: NewUser) -> Result<(User, Option<String>)> {
        if !is_slug(slug) {
            return Err(Error::Invalid(vec![Field::new("slug", "slug").expecting("[a-z0-9-]{2,40}")]));
        }
        if name.trim().is_empty() || name.chars().count() > 200 {
            return Err(Error::field("name", "required"));
        }
        match self.inner.installation.create(slug, name) {
            Ok(()) => {}
            Err(aroeira_store::Error::Exists) => {
                return Err(Error::Conflict(crate::Conflict::Duplicate { field: "slug" }));
            }
            Err(other) => return Err(other.into()),
        }
        let desk = self.operator(slug).await?;
        let (user, password) = desk.add_user(admin).await?;
        Ok((user.value, password))
    }

    /// A desk for the operator's own commands.
    ///
    /// # Errors
    /// As [`House::clinic`].
    pub async fn operator(&self, slug: &str) -> Result<crate::Desk> {
        let context = Context {
            actor: Actor::system(),
            purpose: Purpose::SystemAdministration,
            request_id: self.inner.options.ids.new_id(self.inner.options.clock.now())?,
            address: None,
        };
        Ok(self.clinic(slug).await?.desk(context))
    }

    /// An open clinic; opens it when it is not, and closes the one used longest ago when there are too many.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    pub async fn clinic(&self, slug: &str) -> Result<Arc<Clinic>> {
        if let Some(clinic) = self.opened(slug) {
            return Ok(clinic);
        }
        if !is_slug(slug) {
            return Err(Error::NotFound);
        }
        let _one_at_a_time = self.inner.opening.lock().await;
        if let Some(clinic) = self.opened(slug) {
            return Ok(clinic);
        }
        if self.inner.closed.load(Ordering::SeqCst) {
            return Err(Error::Unavailable("the server is stopping".into()));
        }
        let (house, key) = (self.clone(), slug.to_owned());
        let clinic = tokio::task::spawn_blocking(move || house.read(&key))
            .await
            .map_err(|e| Error::Internal(format!("opening a clinic ended: {e}")))??;
        self.make_room().await;
        let used = self.inner.uses.fetch_add(1, Ordering::Relaxed);
        self.inner.open.lock().insert(slug.to_owned(), Open { clinic: Arc::clone(&clinic), used });
        Ok(clinic)
    }

    fn opened(&self, slug: &str) -> Option<Arc<Clinic>> {
        let mut open = self.inner.open.lock();
        let found = open.get_mut(slug)?;
        found.used = self.inner.uses.fetch_add(1, Ordering::Relaxed);
        Some(Arc::clone(&found.clinic))
    }

    fn read(&self, slug: &str) -> Result<Arc<Clinic>> {
        let options = &self.inner.options;
        let (store, name) = self.inner.installation.store(slug)?;
        let rules = Rules {
            session_hours: options.session_hours,
            idle_minutes: options.idle_minutes,
            lock_after: options.lock_after,
            lock_minutes: options.lock_minutes,
        };
        Ok(Arc::new(Clinic {
            profiles: crate::fhir::ProfileCache::default(),
            slug: slug.to_owned(),
            name,
            store,
            clock: options.clock.clone(),
            ids: options.ids.clone(),
            care: options.care,
            sessions: Sessions::new(self.inner.hasher.clone(), rules),
        }))
    }

    /// Closes the clinics used longest ago that nobody is using.
    async fn make_room(&self) {
        let most = self.inner.options.open_clinics.max(1);
        loop {
            let idle = {
                let mut open = self.inner.open.lock();
                if open.len() < most {
                    return;
                }
                let oldest = open
                    .iter()
                    .filter(|(_, one)| Arc::strong_count(&one.clinic) == 1)
                    .min_by_key(|(_, one)| one.used)
                    .map(|(slug, _)| slug.clone());
                oldest.and_then(|slug| open.remove(&slug))
            };
            match idle {
                Some(one) => one.clinic.store.close().await,
                // All are in use: one more is opened rather than one cut off.
                None => return,
            }
        }
    }

    /// Checks clinic, e-mail, password and second factor, and begins a session.
    ///
    /// # Errors
    /// `Unauthenticated` (the same for an unknown clinic, user or a wrong password), `Limited`, `Unavailable`.
    pub async fn sign_in(&self, sign_in: SignIn) -> Result<SignedIn> {
        match self.clinic(&sign_in.clinic).await {
            Ok(clinic) => clinic.sign_in(sign_in).await,
            Err(Error::NotFound) => {
                self.inner.hasher.verify(&sign_in.password, None).await?;
                Err(Error::Unauthenticated(Refusal::Credentials))
            }
            Err(other) => Err(other),
        }
    }

    /// Whose token this is. A token names its clinic, so this finds the clinic as well.
    ///
    /// # Errors
    /// `Unauthenticated(NoSession)`.
    pub async fn caller(&self, token: &str) -> Result<Caller> {
        let refused = || Error::Unauthenticated(Refusal::NoSession);
        let mut parts = token.splitn(3, '.');
        let (slug, id, secret) = match (parts.next(), parts.next(), parts.next()) {
            (Some(slug), Some(id), Some(secret)) if id.len() <= 64 && secret.len() <= 64 => (slug, id, secret),
            _ => return Err(refused()),
        };
        match self.clinic(slug).await {
            Ok(clinic) => clinic.caller(id, secret),
            Err(Error::NotFound) => Err(refused()),
            Err(other) => Err(other),
        }
    }

    /// Walks a clinic's chain, also where the clinic does not open because its journal was cut.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`. A broken chain is an answer.
    pub async fn verify(&self, slug: &str) -> Result<Verification> {
        if !is_slug(slug) {
            return Err(Error::NotFound);
        }
        if let Ok(clinic) = self.clinic(slug).await {
            return Ok(clinic.store.verify().await?.into());
        }
        let (house, key) = (self.clone(), slug.to_owned());
        let walked = tokio::task::spawn_blocking(move || house.inner.installation.verify(&key))
            .await
            .map_err(|e| Error::Internal(format!("the walk ended: {e}")))??;
        Ok(walked.into())
    }

    /// Whether requests can be served: the data directory can be read and written, every open clinic's writer lives.
    #[must_use]
    pub fn health(&self) -> Health {
        let mut problems = Vec::new();
        if self.inner.closed.load(Ordering::SeqCst) {
            problems.push("stopping".to_owned());
        }
        if self.clinics().is_err() {
            problems.push("data-directory-unreadable".to_owned());
        }
        let probe = self.inner.options.data.join(".probe");
        if std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe)).is_err() {
            problems.push("data-directory-not-writable".to_owned());
        }
        Health { ready: problems.is_empty(), problems }
    }

    /// Gauges for `/metrics`.
    #[must_use]
    pub fn vitals(&self) -> Vitals {
        let open = self.inner.open.lock();
        Vitals {
            open_clinics: open.len(),
            queue_depth: open.values().map(|one| one.clinic.store.vitals().queue_depth).sum(),
        }
    }

    /// How much there is, and how much room. It goes through every clinic's folder: call it beside requests, seldom.
    ///
    /// # Errors
    /// `Internal` when the data directory cannot be read.
    pub fn room(&self) -> Result<aroeira_store::Room> {
        Ok(self.inner.installation.room()?)
    }

    /// Waits for queued writes, writes the heads and closes every clinic. Later calls answer `Unavailable`.
    pub async fn close(&self) {
        self.inner.closed.store(true, Ordering::SeqCst);
        let _none_is_being_opened = self.inner.opening.lock().await;
        let clinics: Vec<_> = self.inner.open.lock().drain().map(|(_, one)| one.clinic).collect();
        for clinic in clinics {
            clinic.store.close().await;
        }
    }
}

fn is_slug(slug: &str) -> bool {
    (2..=40).contains(&slug.len())
        && slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !slug.starts_with('-')
}
