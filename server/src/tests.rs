//! Tests that need the whole server.

mod database_states;
mod database_tls;
mod endpoints;
mod log_reset;
mod private_postgres;
mod response_headers;
mod stream;
