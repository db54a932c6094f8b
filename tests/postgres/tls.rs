//! A connection that nobody can listen to.

use sockful::prelude::*;

use super::{Note, notes, refused};
use crate::support::postgres::Server;

#[tokio::test]
async fn a_connection_is_encrypted_to_a_server_that_proves_who_it_is() {
    let (server, certificate) = Server::start_secure();
    let url = format!("{}?sslmode=require", server.url());
    let store = Postgres::builder(&url).root_certificates(certificate);
    let (app, _store) = notes(store).await;
    app.system().create(Note::new("a")).await.unwrap();
    let text = "SELECT bool_and(ssl), count(*) > 2 FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                WHERE application_name = 'sockful'";
    assert_eq!(server.ask(text), "t|t");

    let stranger = Postgres::open(&url).unwrap();
    let error = refused(App::builder().store(stranger).resource::<Note>()).await;
    assert!(error.contains("invalid peer certificate"), "{error}");
}

#[tokio::test]
async fn a_certificate_that_is_none_is_refused_at_once() {
    let url = "postgres://tests@localhost/tests?sslmode=require";
    let text = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let error = Postgres::builder(url).root_certificates(text).open();
    let error = error.unwrap_err().to_string();
    assert!(error.contains("a root certificate"), "{error}");
}
