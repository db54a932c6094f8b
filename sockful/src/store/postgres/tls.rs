//! How connections are secured: with TLS where the URL says `sslmode=require`, and then the server must prove who
//! it is; not at all otherwise.

use std::pin::Pin;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config, Connection, Error, NoTls, Socket};

use super::error::refused;
use crate::store::StoreError;

/// What is done for a connection as long as it lasts.
pub(super) type Driver = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// How connections are secured.
#[derive(Clone, Debug)]
pub(super) enum Tls {
    None,
    #[cfg(feature = "postgres-tls")]
    Rustls(Box<rustls::ClientConfig>),
}

impl Tls {
    /// What the URL asks for. `roots` are certificates in PEM that are trusted beside those of the system.
    ///
    /// # Errors
    /// If this build cannot do it, or a certificate is none.
    pub(super) fn new(config: &Config, roots: &[u8]) -> Result<Self, StoreError> {
        if config.get_ssl_mode() == SslMode::Require {
            Self::required(roots)
        } else {
            Ok(Self::None)
        }
    }

    #[cfg(not(feature = "postgres-tls"))]
    fn required(_: &[u8]) -> Result<Self, StoreError> {
        Err(refused(
            "`sslmode=require` needs the feature `postgres-tls` of sockful",
        ))
    }

    #[cfg(feature = "postgres-tls")]
    fn required(roots: &[u8]) -> Result<Self, StoreError> {
        use std::sync::Arc;

        use rustls::crypto::ring;
        use rustls::pki_types::CertificateDer;
        use rustls::pki_types::pem::PemObject;
        use rustls::{ClientConfig, RootCertStore};

        let mut store = RootCertStore::empty();
        // Whatever of the system cannot be read is not trusted.
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        for root in CertificateDer::pem_slice_iter(roots) {
            let root = root.map_err(|error| refused(format!("a root certificate: {error}")))?;
            let added = store.add(root);
            added.map_err(|error| refused(format!("a root certificate: {error}")))?;
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| refused(format!("TLS: {error}")))?;
        let config = config.with_root_certificates(store).with_no_client_auth();
        Ok(Self::Rustls(Box::new(config)))
    }

    /// Makes a connection.
    pub(super) async fn connect(&self, config: &Config) -> Result<(Client, Driver), Error> {
        match self {
            Self::None => {
                let (client, connection) = config.connect(NoTls).await?;
                Ok((client, drive(connection)))
            }
            #[cfg(feature = "postgres-tls")]
            Self::Rustls(tls) => {
                let tls = tokio_postgres_rustls::MakeRustlsConnect::new((**tls).clone());
                let (client, connection) = config.connect(tls).await?;
                Ok((client, drive(connection)))
            }
        }
    }
}

fn drive<S>(connection: Connection<Socket, S>) -> Driver
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    Box::pin(connection)
}
