//! A folder with an npm package whose script makes what a crate embeds. Build scripts take this file in by its path.
//! Needs Node 20 and npm; nothing else is fetched or run.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

pub(crate) type Failure = Box<dyn std::error::Error>;

/// A package, and how its failures are told.
pub(crate) struct Package {
    pub(crate) folder: PathBuf,
    /// The folder from the root of the repository.
    pub(crate) name: &'static str,
    /// What Node is needed for: `to build the pages`.
    pub(crate) purpose: &'static str,
    /// Of `npm ci`, beside the usual ones.
    pub(crate) flags: &'static [&'static str],
}

impl Package {
    /// Installs the package and lets `node` run a script of it that writes to `out`.
    pub(crate) fn run(&self, script: &str, out: &std::path::Path) -> Result<(), Failure> {
        self.node_20()?;
        self.install()?;
        self.call(Command::new("node").arg(script).arg(out), &format!("node {script}"))
    }

    fn node_20(&self) -> Result<(), Failure> {
        let purpose = self.purpose;
        let advice =
            format!("Node 20 or newer is needed {purpose} (https://nodejs.org, or `apt-get install nodejs npm`)");
        let told =
            Command::new("node").arg("--version").output().map_err(|_| format!("`node` was not found: {advice}"))?;
        let version = String::from_utf8_lossy(&told.stdout).trim().to_owned();
        let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
        if major.is_none_or(|major| major < 20) {
            return Err(format!("`node` is {version}: {advice}").into());
        }
        Ok(())
    }

    /// `npm ci`, where the installed packages are not those of the lock file. The lock's text is kept as a marker, because
    /// times of files say little after a clone; a file beside the temporary ones keeps two builds from installing at once.
    fn install(&self) -> Result<(), Failure> {
        let lock = fs::read_to_string(self.folder.join("package-lock.json"))?;
        let marker = self.folder.join("node_modules/.installed-lock");
        let there = || fs::read_to_string(&marker).is_ok_and(|kept| kept == lock);
        if there() {
            return Ok(());
        }
        let guard = fs::File::create(env::temp_dir().join(format!("aroeira-npm-{:x}.lock", self.key())))?;
        guard.lock()?;
        if there() {
            return Ok(());
        }
        let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
        let usual = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
        self.call(Command::new(npm).args(usual).args(self.flags), "npm ci")?;
        fs::write(marker, lock)?;
        Ok(())
    }

    /// Tells checkouts apart in the name of the lock file.
    fn key(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        self.folder.hash(&mut hasher);
        hasher.finish()
    }

    fn call(&self, command: &mut Command, what: &str) -> Result<(), Failure> {
        let done = command.current_dir(&self.folder).output();
        let done = done.map_err(|e| format!("`{what}` could not be started ({e}): is npm installed?"))?;
        if done.status.success() {
            return Ok(());
        }
        let told = [done.stdout, done.stderr].concat();
        Err(format!("`{what}` failed in {}:\n{}", self.name, String::from_utf8_lossy(&told)).into())
    }
}
