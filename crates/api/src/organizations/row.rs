//! An organization as it is read.

use contract::view::OrganizationView;
use contract::{Colour, Description, Name, OrganizationId, PictureId, Slug, Timestamp};
use sqlx::FromRow;

/// The columns of `organizations` that people see.
#[derive(Clone, Debug, FromRow)]
pub struct OrganizationRow {
    id: OrganizationId,
    name: Name,
    slug: Slug,
    colour: Option<Colour>,
    picture: Option<PictureId>,
    description: Description,
    version: i64,
    created_at: Timestamp,
}

impl From<OrganizationRow> for OrganizationView {
    fn from(row: OrganizationRow) -> Self {
        let OrganizationRow { id, name, slug, colour, picture, description, version, created_at } =
            row;
        let colour = colour.unwrap_or_else(|| Colour::following(id.uuid()));
        Self { id, name, slug, colour, picture, description, version, created_at }
    }
}
