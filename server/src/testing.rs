//! What the server's tests stand on: a real cluster, fresh databases, a real server, people with a
//! browser's manners.

mod database;
mod person;
mod sandbox;
mod server;
mod stream;

pub(crate) use database::TestDatabase;
pub(crate) use person::{PASSWORD, Person, Reply};
pub(crate) use sandbox::Sandbox;
pub(crate) use server::{TestServer, config};
pub(crate) use stream::StreamReader;
