//! How an address names an organization.

use std::fmt;

use serde::Deserialize;

use super::{InvalidText, OrganizationId, Slug};

/// By its id, which stays, or by a slug, which may be a former one. No slug looks like an id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub enum OrganizationRef {
    /// By id.
    Id(OrganizationId),
    /// By slug.
    Slug(Slug),
}

impl OrganizationRef {
    /// Reads what stands in an address.
    ///
    /// # Errors
    /// When it is neither an id nor a possible slug.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        text.parse().map(Self::Id).or_else(|_| Slug::parse(text).map(Self::Slug))
    }
}

impl TryFrom<String> for OrganizationRef {
    type Error = InvalidText;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl fmt::Display for OrganizationRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Slug(slug) => slug.fmt(f),
        }
    }
}

impl From<OrganizationId> for OrganizationRef {
    fn from(id: OrganizationId) -> Self {
        Self::Id(id)
    }
}

impl From<Slug> for OrganizationRef {
    fn from(slug: Slug) -> Self {
        Self::Slug(slug)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_an_id_is_one_and_the_rest_is_a_slug() {
        let id = "018f4c1e-7b1a-7000-8000-000000000000";
        assert_eq!(
            OrganizationRef::parse(id).unwrap(),
            id.parse::<OrganizationId>().unwrap().into()
        );
        let slug = OrganizationRef::parse("North-Wind").unwrap();
        assert_eq!(slug, Slug::parse("north-wind").unwrap().into());
        assert_eq!(slug.to_string(), "north-wind");
        assert!(OrganizationRef::parse("../me").is_err());
    }
}
