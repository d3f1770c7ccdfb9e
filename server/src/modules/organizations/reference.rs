//! How an address names an organization.

use app::contract::{OrganizationId, Slug};
use serde::Deserialize;

/// By its id, or by its slug or a former one. No slug looks like an id.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum OrganizationRef {
    /// Never changes.
    Id(OrganizationId),
    /// May be a former one.
    Slug(Slug),
}

/// The text is neither an id nor a slug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither an id nor a slug")]
pub struct InvalidReference;

impl TryFrom<String> for OrganizationRef {
    type Error = InvalidReference;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let id = text.parse().map(Self::Id).ok();
        id.or_else(|| Slug::parse(&text).map(Self::Slug).ok()).ok_or(InvalidReference)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_id_is_told_from_a_slug() {
        let id = OrganizationId::from_uuid(Uuid::now_v7());
        assert_eq!(OrganizationRef::try_from(id.to_string()), Ok(OrganizationRef::Id(id)));
        let slug = Slug::parse("north-wind").unwrap();
        assert_eq!(
            OrganizationRef::try_from("North-Wind".to_owned()),
            Ok(OrganizationRef::Slug(slug))
        );
        assert_eq!(OrganizationRef::try_from("a b".to_owned()), Err(InvalidReference));
    }
}
