//! What the server's tests stand on: a real cluster, fresh databases, a real server, people with a
//! browser's manners.

mod cluster;
mod database;
mod person;
mod server;
mod stream;

pub(crate) use cluster::{cluster_options, create_database};
pub(crate) use database::TestDatabase;
pub(crate) use person::{PASSWORD, Person, Reply};
pub(crate) use server::{TestServer, config};
pub(crate) use stream::StreamReader;
