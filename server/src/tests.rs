//! Tests that need the whole server.

mod endpoints;
mod log;
mod stream;
