//! Shared by the tests of several crates: a fresh database on a real Postgres, a client of the API,
//! and a reader of streams.
#![expect(clippy::unwrap_used, reason = "a test whose set-up fails has failed")]

mod database;
mod eventually;
mod mail;
mod person;
mod smtp_server;
mod stream_reader;
mod tls_postgres;

pub use database::{TestDatabase, cluster_options, endpoint};
pub use eventually::eventually;
pub use mail::{messages, read_link, token_of};
pub use person::{PASSWORD, Person, Reply};
pub use private_postgres::testing::Sandbox;
pub use smtp_server::SmtpServer;
pub use stream_reader::StreamReader;
pub use tls_postgres::{Connections, TlsPostgres};
