//! How connections are secured.

use tokio_postgres::config::SslMode;
use tokio_postgres::tls::NoTlsStream;
use tokio_postgres::{Client, Config, Connection, Error, NoTls, Socket};

use super::error::refused;
use crate::store::StoreError;

/// Refuses what this build cannot do.
pub(super) fn check(config: &Config) -> Result<(), StoreError> {
    if config.get_ssl_mode() == SslMode::Require {
        return Err(refused(
            "`sslmode=require` needs the feature `postgres-tls` of sockful",
        ));
    }
    Ok(())
}

/// Makes a connection.
pub(super) async fn connect(
    config: &Config,
) -> Result<(Client, Connection<Socket, NoTlsStream>), Error> {
    config.connect(NoTls).await
}
