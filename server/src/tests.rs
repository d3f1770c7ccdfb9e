//! Tests that need the whole server.

mod endpoints;
mod log_reset;
mod stream;
