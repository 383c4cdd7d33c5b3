//! The head outside the file: position and hash of the last entry, signed, so that a cut tail is found. Written after the
//! commit and at most every quarter second: the journal may be ahead of it, never behind.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use aroeira_fhir::Instant;

use crate::journal::{Head, unhex};
use crate::keys::{Key, hex};
use crate::{Error, Result};

/// Two slots, written in turn: a torn write leaves the other one whole.
const SLOT: usize = 256;

/// What the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// The file is gone: it is made with the clinic.
    Nothing,
    /// Neither slot carries a good signature.
    Broken,
    /// The last head written.
    Head(Head),
}

/// Signs and reads heads of one clinic.
struct Seal {
    key: Key,
    clinic: String,
}

/// The file, held by the clinic's one writer: its lock keeps a second writer of this process out.
pub(crate) struct HeadFile {
    file: File,
    seal: Seal,
    /// Where the next one goes: never over the newest.
    slot: u64,
}

fn path(directory: &Path) -> PathBuf {
    directory.join("head")
}

/// Makes the file of a new clinic, both slots filled.
pub(crate) fn create(directory: &Path, clinic: &str, key: &Key) -> Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path(directory))?;
    let seal = Seal { key: key.clone(), clinic: clinic.to_owned() };
    for slot in 0..2 {
        file.write_all_at(&seal.line(&Head::START), slot * SLOT as u64)?;
    }
    Ok(file.sync_all()?)
}

/// What the file says, without taking it.
pub(crate) fn kept(directory: &Path, clinic: &str, key: &Key) -> Result<Kept> {
    match File::open(path(directory)) {
        Ok(file) => Ok(Seal { key: key.clone(), clinic: clinic.to_owned() }.newest(&file)?.0),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Kept::Nothing),
        Err(e) => Err(e.into()),
    }
}

impl HeadFile {
    /// Takes the file; `None` when it is gone.
    ///
    /// # Errors
    /// `Busy` when another writer of this process has it.
    pub(crate) fn open(directory: &Path, clinic: &str, key: &Key) -> Result<Option<(Self, Kept)>> {
        let file = match OpenOptions::new().read(true).write(true).open(path(directory)) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e.into()),
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::Busy),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let seal = Seal { key: key.clone(), clinic: clinic.to_owned() };
        let (kept, newest) = seal.newest(&file)?;
        Ok(Some((Self { file, seal, slot: 1 - newest }, kept)))
    }

    pub(crate) fn write(&mut self, head: &Head) -> Result<()> {
        self.file.write_all_at(&self.seal.line(head), self.slot * SLOT as u64)?;
        self.slot = 1 - self.slot;
        Ok(())
    }

    /// Waits until the disk has it.
    pub(crate) fn sync(&self) -> Result<()> {
        Ok(self.file.sync_data()?)
    }
}

impl Seal {
    /// The newer of the two slots, and which one it is.
    fn newest(&self, file: &File) -> Result<(Kept, u64)> {
        if file.metadata()?.len() == 0 {
            return Ok((Kept::Nothing, 0));
        }
        let mut newest = (Kept::Broken, 0);
        for slot in 0..2_u64 {
            let mut bytes = [0; SLOT];
            let read = file.read_at(&mut bytes, slot * SLOT as u64)?;
            if let Some(head) = self.parse(&bytes[..read])
                && !matches!(newest.0, Kept::Head(other) if other.sequence >= head.sequence)
            {
                newest = (Kept::Head(head), slot);
            }
        }
        Ok(newest)
    }

    fn line(&self, head: &Head) -> Vec<u8> {
        let said = format!("{} {} {}", head.sequence, hex(&head.hash), head.at.0);
        let mut line = format!("{said} {}", hex(&self.sign(&said))).into_bytes();
        line.resize(SLOT - 1, b' ');
        line.push(b'\n');
        line
    }

    fn sign(&self, said: &str) -> [u8; 32] {
        self.key.mac(&[b"aroeira head\0", self.clinic.as_bytes(), b"\0", said.as_bytes()])
    }

    fn parse(&self, slot: &[u8]) -> Option<Head> {
        let line = std::str::from_utf8(slot).ok()?.trim_end();
        let (said, signature) = line.rsplit_once(' ')?;
        let signature = unhex(signature)?;
        aws_lc_rs::constant_time::verify_slices_are_equal(&signature, &self.sign(said)).ok()?;
        let mut words = said.split(' ');
        let sequence = words.next()?.parse().ok()?;
        let hash = unhex(words.next()?)?;
        Some(Head { sequence, hash, at: Instant(words.next()?.parse().ok()?) })
    }
}
