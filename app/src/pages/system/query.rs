//! The query of the system page.

use client::cache::{LiveQuery, SystemState};

/// The state of the installation.
pub type SystemQuery = LiveQuery<SystemState>;
