//! References to an organization in URLs, by id or by slug.

use std::fmt;

use serde::Deserialize;

use super::{InvalidText, OrganizationId, Slug};

/// An organization's id or slug. Former slugs work too; the id never changes.
///
/// The two can't be confused, because [`Slug::parse`] refuses texts that are UUIDs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub enum OrganizationRef {
    /// The id.
    Id(OrganizationId),
    /// A present or former slug.
    Slug(Slug),
}

impl OrganizationRef {
    /// Parses a path segment of a URL.
    ///
    /// # Errors
    /// When the text is neither a UUID nor a valid slug.
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
    fn uuid_parses_as_id_and_other_text_as_slug() {
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
