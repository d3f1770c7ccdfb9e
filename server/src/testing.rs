//! A whole server for tests, on a free port and with a database of its own.

mod server;

pub(crate) use server::{Node, TestServer, config};
pub(crate) use testing::{PASSWORD, Person, Reply, StreamReader};
