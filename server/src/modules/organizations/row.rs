//! An organization as it is read.

use app::contract::view::OrganizationView;
use app::contract::{Name, OrganizationId, Slug, Timestamp};
use sqlx::FromRow;

/// The columns of `organizations` that people see.
#[derive(Clone, Debug, FromRow)]
pub struct OrganizationRow {
    id: OrganizationId,
    name: Name,
    slug: Slug,
    version: i64,
    created_at: Timestamp,
}

impl From<OrganizationRow> for OrganizationView {
    fn from(row: OrganizationRow) -> Self {
        let OrganizationRow { id, name, slug, version, created_at } = row;
        Self { id, name, slug, version, created_at }
    }
}
