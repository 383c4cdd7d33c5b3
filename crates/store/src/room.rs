//! How much a data directory holds, and how much more its disk takes.

use std::path::Path;

use crate::{Installation, Result};

/// What there is of clinics and of room for them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Room {
    /// Clinics, open or not.
    pub clinics: u64,
    /// Bytes of all clinics' files.
    pub data_bytes: u64,
    /// Bytes of the file system they lie on.
    pub disk_bytes: u64,
    /// Bytes of it that this process may still write.
    pub free_bytes: u64,
}

impl Installation {
    /// Measures the data directory. It goes through every clinic's folder: not for every request.
    ///
    /// # Errors
    /// `Internal` when the directory cannot be read.
    pub fn room(&self) -> Result<Room> {
        let data = self.data();
        let clinics = self.clinics()?;
        let data_bytes = clinics.iter().map(|slug| bytes_in(&self.directory(slug))).sum();
        let disk = rustix::fs::statvfs(data).map_err(std::io::Error::from)?;
        Ok(Room {
            clinics: clinics.len() as u64,
            data_bytes,
            disk_bytes: disk.f_blocks.saturating_mul(disk.f_frsize),
            free_bytes: disk.f_bavail.saturating_mul(disk.f_frsize),
        })
    }
}

/// Bytes of the files of a folder. One that goes away meanwhile is not counted.
fn bytes_in(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).filter(std::fs::Metadata::is_file).map(|file| file.len()).sum()
}
