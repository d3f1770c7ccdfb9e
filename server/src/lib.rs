//! Tributary's server: puts the API, the CDC worker, the streams and the pages together.

pub mod config;
mod database;
pub mod demo;
mod error_page;
pub mod lifecycle;
mod listener;
mod metrics;
pub mod open_files;
#[cfg(test)]
mod oracle;
mod page_renderer;
mod private_cluster;
mod readiness;
mod router;
mod system;
pub mod telemetry;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
