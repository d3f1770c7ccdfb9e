//! Tests that need the whole server.

mod access;
mod attacks;
mod database_states;
mod database_tls;
mod log_reset;
mod private_postgres;
mod response_headers;
mod stream;
