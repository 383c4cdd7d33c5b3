//! The installation a command works on: opened by this process, or reached through the socket of the one that holds it.
//! Either way the same function does the work, so that no journal ever has two writers.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use aroeira_clinic::{Clock, House, Ids, ImportReport, MasterKey, NewUser, Options, Role, Validation};
use aroeira_fhir::{Limits, Resource};
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::control;
use crate::failure::{Code, Failure, Result};

/// A bundle given to the operator's import may be larger than one sent over the network.
pub(crate) const BUNDLE: Limits = Limits { depth: 64, bytes: 256 << 20, nodes: 16_000_000 };

/// The file by which one process holds an installation.
const LOCK: &str = "aroeira.lock";

/// What is asked of an installation.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Request {
    /// Make a clinic and its first administrator.
    ClinicAdd { slug: String, name: String, admin: Account },
    /// The slugs.
    ClinicList {},
    /// Make an account.
    UserAdd { clinic: String, account: Account },
    /// Take in one transaction bundle: the request's payload.
    Import { clinic: String },
    /// Whether requests can be served.
    Health {},
    /// Walk a clinic's chain.
    AuditVerify { clinic: String },
}

/// An account to be made.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) password: Option<String>,
    pub(crate) council: Option<String>,
    pub(crate) patient: Option<String>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("role", &self.role).finish_non_exhaustive()
    }
}

impl From<Account> for NewUser {
    fn from(account: Account) -> Self {
        Self {
            email: account.email,
            name: account.name,
            role: account.role,
            password: account.password,
            council: account.council,
            patient_id: account.patient,
            // A password that was made is to be changed at the first sign-in; one that was chosen is not.
            must_change_password: false,
        }
    }
}

/// What an installation answers.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Reply {
    /// The account made; its password where one was generated.
    Account {
        id: String,
        email: String,
        role: Role,
        password: Option<String>,
    },
    Clinics(Vec<String>),
    Health {
        ready: bool,
        problems: Vec<String>,
    },
    Imported(Imported),
    Verified(Verified),
}

/// What became of a bundle.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Imported {
    pub(crate) entries: u64,
    pub(crate) created: u64,
    pub(crate) updated: u64,
    pub(crate) unchanged: u64,
    pub(crate) deleted: u64,
}

impl From<ImportReport> for Imported {
    fn from(r: ImportReport) -> Self {
        Self { entries: r.entries, created: r.created, updated: r.updated, unchanged: r.unchanged, deleted: r.deleted }
    }
}

impl std::ops::AddAssign for Imported {
    fn add_assign(&mut self, other: Self) {
        self.entries += other.entries;
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.deleted += other.deleted;
    }
}

/// What the walk of a chain found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Verified {
    pub(crate) ok: bool,
    pub(crate) entries: u64,
    pub(crate) head: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<String>,
}

/// An installation that this process holds.
#[derive(Debug, Clone)]
pub(crate) struct Own {
    pub(crate) house: House,
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
}

/// An installation, held here or elsewhere.
pub(crate) enum Installation {
    Own(Own),
    Held(control::Connection),
}

impl Installation {
    /// Through the socket where a server runs, else opened here.
    pub(crate) async fn reach(config: &Config, create: bool) -> Result<Self> {
        if let Some(connection) = control::Connection::to(&config.store.data).await? {
            return Ok(Self::Held(connection));
        }
        Ok(Self::Own(Own::open(config, create)?))
    }

    /// Asks; `payload` is what the request needs beside its fields.
    pub(crate) async fn ask(&mut self, request: Request, payload: Vec<u8>) -> Result<Reply> {
        match self {
            Self::Own(own) => own.perform(request, payload).await,
            Self::Held(connection) => connection.ask(&request, &payload).await,
        }
    }

    /// Closes an installation that was opened here: heads are written.
    pub(crate) async fn close(self) {
        if let Self::Own(own) = self {
            own.house.close().await;
        }
    }
}

impl Own {
    /// Opens the installation of a configuration; a new one only where `create` says so.
    pub(crate) fn open(config: &Config, create: bool) -> Result<Self> {
        let data = &config.store.data;
        let (clock, ids) = (Clock::system(), Ids::system());
        if !create && !data.join(LOCK).exists() {
            return Err(Failure::new(
                Code::NotFound,
                format!("there is no installation in {}", data.display()),
                "give its directory with --data, or make one: `aroeira clinic add SLUG --name NAME --admin EMAIL --data DIR`",
            ));
        }
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(data)
            .map_err(|e| Failure::file("the data directory", data, &e))?;
        // Only where no clinic needs an older one.
        let master_key = master_key(config, is_empty(&data.join("clinics"))?, &ids)?;
        let house = House::open(Options {
            data: data.clone(),
            master_key,
            clock: clock.clone(),
            ids: ids.clone(),
            open_clinics: config.store.open_clinics,
            cache_mb: config.store.cache_mb,
            care: config.access.care,
            zone: config.clinic.zone.clone(),
            session_hours: config.access.session_hours,
            idle_minutes: config.access.idle_minutes,
            lock_after: config.access.lock_after,
            lock_minutes: config.access.lock_minutes,
            hashers: 2,
        })
        .map_err(|e| refused(e, data))?;
        Ok(Self { house, clock, ids })
    }

    /// Does what a request asks.
    pub(crate) async fn perform(&self, request: Request, payload: Vec<u8>) -> Result<Reply> {
        match request {
            Request::ClinicAdd { slug, name, admin } => {
                let (user, password) = self.house.add_clinic(&slug, &name, admin.into()).await?;
                Ok(Reply::Account { id: user.id, email: user.email, role: user.role, password })
            }
            Request::ClinicList {} => Ok(Reply::Clinics(self.house.clinics()?)),
            Request::Health {} => {
                let health = self.house.health();
                Ok(Reply::Health { ready: health.ready, problems: health.problems })
            }
            Request::UserAdd { clinic, account } => {
                let (user, password) = self.house.operator(&clinic).await?.add_user(account.into()).await?;
                let user = user.value;
                Ok(Reply::Account { id: user.id, email: user.email, role: user.role, password })
            }
            Request::Import { clinic } => {
                // A chart that moves in is taken as it is; what is not valid in it is tagged.
                let desk = self.house.operator(&clinic).await?.validating(Validation::Lenient);
                let bundle = tokio::task::spawn_blocking(move || parse(&payload)).await.map_err(|_| {
                    Failure::new(Code::Failed, "the bundle could not be read", "report this as a defect")
                })??;
                let (report, _) = desk.import(bundle, "").await?;
                Ok(Reply::Imported(report.into()))
            }
            Request::AuditVerify { clinic } => {
                let found = self.house.verify(&clinic).await?;
                let (ok, entries, head, problem) = (found.ok, found.entries, found.head, found.problem);
                Ok(Reply::Verified(Verified { ok, entries, head, problem }))
            }
        }
    }
}

fn parse(bytes: &[u8]) -> Result<Resource> {
    Resource::parse(bytes, &BUNDLE).map_err(|problems| {
        let first = problems.first().map_or_else(String::new, |p| format!("{}: {}", p.path, p.text));
        Failure::new(
            Code::Data,
            format!("not a FHIR R4 bundle: {first} ({} problems)", problems.len()),
            "the file is not what it says it is; nothing of it was taken in",
        )
    })
}

/// Whether the directory is missing or holds nothing.
pub(crate) fn is_empty(data: &Path) -> Result<bool> {
    match std::fs::read_dir(data) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(e) => Err(Failure::file("the data directory", data, &e)),
    }
}

/// The file of the master key, where it is not given itself.
pub(crate) fn master_file(config: &Config) -> PathBuf {
    let given = &config.keys.master_file;
    if given.as_os_str().is_empty() { config.store.data.join("master.key") } else { given.clone() }
}

/// The master key; a new installation makes one.
pub(crate) fn master_key(config: &Config, create: bool, ids: &Ids) -> Result<MasterKey> {
    let key = match config.keys.master.as_str() {
        "" => MasterKey::load(&master_file(config), create, ids),
        text => MasterKey::parse(text),
    };
    key.map_err(|e| {
        let help = "give the key with keys.master_file or AROEIRA_KEYS__MASTER, or put the file back from its copy";
        Failure::new(Code::Data, e.to_string(), help)
    })
}

/// Whether a process holds the installation now.
pub(crate) fn is_held(data: &Path) -> bool {
    let Ok(lock) = std::fs::OpenOptions::new().write(true).open(data.join(LOCK)) else {
        return false;
    };
    matches!(lock.try_lock(), Err(std::fs::TryLockError::WouldBlock))
}

/// Tells an installation that another process holds from one that is broken.
fn refused(error: aroeira_clinic::Error, data: &Path) -> Failure {
    let failure = Failure::from(error);
    if failure.code == Code::Data && is_held(data) {
        let help = "wait until that process has started or ended; one that serves takes commands through its socket";
        return Failure { code: Code::Refused, help: help.into(), ..failure };
    }
    failure
}
