//! Keys: a data key per clinic, wrapped by the installation's master key with the clinic's id as associated data.
//! AES-256-GCM and HMAC-SHA-256 of AWS-LC; nothing of our own.

use std::fmt;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{Error, Ids, Result};

/// 256 bits, gone from memory when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Key([u8; 32]);

impl Key {
    pub(crate) fn random(ids: &Ids) -> Result<Self> {
        let mut bytes = [0; 32];
        ids.fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// 64 hex digits, as `pragma hexkey` wants them.
    pub(crate) fn hex(&self) -> zeroize::Zeroizing<String> {
        zeroize::Zeroizing::new(hex(&self.0))
    }

    /// HMAC-SHA-256 under this key.
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        mac(&hmac::Key::new(hmac::HMAC_SHA256, &self.0), parts)
    }
}

/// A key from its hex digits.
pub(crate) fn unhex_key(text: &[u8]) -> Option<Key> {
    crate::journal::unhex(std::str::from_utf8(text).ok()?).map(Key)
}

/// Lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    // Made whole at once: a text that grows would leave pieces of a key behind.
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// Waits until the disk has the names in a folder.
pub(crate) fn sync_directory(path: &Path) -> Result<()> {
    Ok(std::fs::File::open(path)?.sync_all()?)
}

/// The key that wraps every clinic's key. Whoever has it and the files has the records.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct MasterKey(Key);

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey")
    }
}

impl MasterKey {
    /// From its text: 32 bytes in base64.
    ///
    /// # Errors
    /// `Unavailable` that says what a key looks like.
    pub fn parse(text: &str) -> Result<Self> {
        let bytes = zeroize::Zeroizing::new(BASE64_STANDARD.decode(text.trim()).unwrap_or_default());
        let bytes: [u8; 32] = bytes
            .as_slice()
            .try_into()
            .map_err(|_| Error::Unavailable("a master key is 32 bytes in base64 (44 characters)".into()))?;
        Ok(Self(Key(bytes)))
    }

    /// From a file, which is made with a new key (0600) when `create` says so and it is not there.
    ///
    /// # Errors
    /// `Unavailable` with advice.
    pub fn load(path: &Path, create: bool, ids: &Ids) -> Result<Self> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&zeroize::Zeroizing::new(text)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && create => {
                let key = Self(Key::random(ids)?);
                // Linked to its name when whole: the file is never there half, and never put over another.
                let partial = path.with_extension(format!("{}.new", std::process::id()));
                let mut file =
                    std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&partial)?;
                writeln!(file, "{}", key.text().as_str())?;
                file.sync_all()?;
                let linked = std::fs::hard_link(&partial, path);
                std::fs::remove_file(&partial)?;
                linked?;
                sync_directory(path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")))?;
                Ok(key)
            }
            Err(e) => Err(Error::Unavailable(format!(
                "the master key file {} cannot be read ({e}); without it no record can be opened: restore it from the copy \
                 that `aroeira backup-key` told you to keep",
                path.display()
            ))),
        }
    }

    /// Its text, for `backup-key`.
    #[must_use]
    pub fn text(&self) -> zeroize::Zeroizing<String> {
        zeroize::Zeroizing::new(BASE64_STANDARD.encode(self.0.0))
    }

    /// Wraps a clinic's key for `clinic`, its id and slug: nonce, ciphertext and tag in base64.
    pub(crate) fn wrap(&self, clinic: &str, key: &Key, ids: &Ids) -> Result<String> {
        let mut nonce = [0; NONCE_LEN];
        ids.fill(&mut nonce)?;
        let mut sealed = key.0.to_vec();
        self.aead()?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(clinic.as_bytes()), &mut sealed)
            .map_err(|_| Error::Internal("a key could not be wrapped".into()))?;
        let mut out = nonce.to_vec();
        out.extend_from_slice(&sealed);
        Ok(BASE64_STANDARD.encode(out))
    }

    /// Opens a clinic's key again.
    pub(crate) fn unwrap(&self, clinic: &str, wrapped: &str) -> Result<Key> {
        let refused = || {
            Error::Unavailable(
                "the master key does not open this clinic's key: it is another installation's, or the file was changed; \
                 restore the master key you kept with `aroeira backup-key`"
                    .into(),
            )
        };
        let mut bytes = BASE64_STANDARD.decode(wrapped).map_err(|_| refused())?;
        if bytes.len() < NONCE_LEN {
            return Err(refused());
        }
        let mut sealed = bytes.split_off(NONCE_LEN);
        let nonce: [u8; NONCE_LEN] = bytes.as_slice().try_into().map_err(|_| refused())?;
        let opened = self
            .aead()?
            .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(clinic.as_bytes()), &mut sealed)
            .map_err(|_| refused())?;
        let key = opened.try_into().map(Key).map_err(|_| refused());
        sealed.zeroize();
        key
    }

    fn aead(&self) -> Result<LessSafeKey> {
        let key = UnboundKey::new(&AES_256_GCM, &self.0.0).map_err(|_| Error::Internal("no AES-256-GCM".into()))?;
        Ok(LessSafeKey::new(key))
    }
}

/// HMAC-SHA-256 of the parts, one after the other.
pub(crate) fn mac(key: &hmac::Key, parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.sign().as_ref());
    out
}
