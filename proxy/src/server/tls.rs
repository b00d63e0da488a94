use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// A certificate chain and its key, in PEM files that are read again when they change.
///
/// While new files are broken or only half replaced, the old certificate stays in force.
#[derive(Debug)]
pub struct TlsFiles {
    certificate: PathBuf,
    key: PathBuf,
    config: RwLock<Arc<ServerConfig>>,
    seen: Mutex<[Stamp; 2]>,
}

/// Why certificate files cannot be used. Never says what is in a key file.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or is far too long for what it should hold.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is no PEM.
    #[error("{} is not valid PEM", .0.display())]
    Malformed(PathBuf),
    /// The certificate's file has none.
    #[error("{} has no certificate (a section `BEGIN CERTIFICATE`)", .0.display())]
    NoCertificate(PathBuf),
    /// The key's file has none that can be read.
    #[error("{} has no private key (a section `BEGIN PRIVATE KEY`, unencrypted)", .0.display())]
    NoKey(PathBuf),
    /// Two files that do not belong together.
    #[error("the key in {} is not the key of the certificate in {}", key.display(), certificate.display())]
    Mismatch {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// rustls does not take them.
    #[error("the certificate in {} cannot be used", path.display())]
    Unusable {
        /// The certificate's file.
        path: PathBuf,
        /// Why.
        source: rustls::Error,
    },
}

/// What tells a changed file from an unchanged one; `None` when it cannot be looked at.
type Stamp = Option<(SystemTime, u64)>;

impl TlsFiles {
    /// Reads both files: the certificate with its chain, leaf first, and the key.
    ///
    /// # Errors
    /// When a file is not there, is no PEM, lacks what it should hold, or the two do not match.
    pub fn load(
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Result<Self, TlsError> {
        let (certificate, key) = (certificate.into(), key.into());
        // Before reading: a change in between is then seen as one.
        let seen = [stamp(&certificate), stamp(&key)];
        let config = RwLock::new(config(&certificate, &key)?);
        Ok(Self { certificate, key, config, seen: Mutex::new(seen) })
    }

    /// For the next handshake; running connections keep what they began with.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner)).into()
    }

    /// Looks at the files every so often, for ever.
    pub(super) async fn keep_fresh(self: Arc<Self>, every: Duration) {
        loop {
            tokio::time::sleep(every).await;
            self.look_again().await;
        }
    }

    /// Looks whether the files changed, and serves what is new in them. Logs what came of it.
    pub async fn look_again(self: &Arc<Self>) {
        let files = Arc::clone(self);
        // On a thread of its own: a file system that hangs must not hold up connections.
        match tokio::task::spawn_blocking(move || files.refresh()).await {
            Ok(Ok(true)) => tracing::info!("the TLS certificate was reloaded"),
            Ok(Ok(false)) => {}
            Ok(Err(error)) => {
                let error: &dyn std::error::Error = &error;
                tracing::error!(error, "the new TLS certificate is not used, the old one is");
            }
            Err(error) => tracing::error!(%error, "the TLS certificate was not looked at"),
        }
    }

    /// Reads the files again if they changed since they were last looked at, so that a broken file is
    /// reported once, and says whether a new certificate is in force.
    pub(super) fn refresh(&self) -> Result<bool, TlsError> {
        let now = [stamp(&self.certificate), stamp(&self.key)];
        {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if *seen == now {
                return Ok(false);
            }
            *seen = now;
        }
        let config = config(&self.certificate, &self.key)?;
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(true)
    }
}

fn stamp(path: &Path) -> Stamp {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn config(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let chain = CertificateDer::pem_slice_iter(&read(certificate)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| TlsError::Malformed(certificate.into()))?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate(certificate.into()));
    }
    // The parser's own error quotes the line it stumbled over, which may be part of the key.
    let private = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|error| match error {
        pem::Error::NoItemsFound => TlsError::NoKey(key.into()),
        _ => TlsError::Malformed(key.into()),
    })?;
    let unusable = |source| TlsError::Unusable { path: certificate.into(), source };
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                TlsError::Mismatch { certificate: certificate.into(), key: key.into() }
            }
            source => unusable(source),
        })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    /// A chain has some kilobytes; a mistaken path may have anything.
    const LONGEST: u64 = 1 << 20;
    let read = || {
        let mut bytes = Vec::new();
        File::open(path)?.take(LONGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LONGEST {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "longer than 1 MiB"));
        }
        Ok(bytes)
    };
    read().map_err(|source| TlsError::Read { path: path.into(), source })
}
