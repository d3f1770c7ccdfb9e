//! Initials on a colour, where there is no picture.

use leptos::prelude::*;
use uuid::Uuid;

use crate::contract::{Name, OrganizationId, UserId};

/// Whose avatar it is: the shape tells people and organizations apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AvatarOf {
    /// Round.
    Person(UserId),
    /// Square with round corners.
    Organization(OrganizationId),
}

/// How large it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AvatarSize {
    /// In a line of text.
    Small,
    /// In a row.
    #[default]
    Medium,
    /// Beside a page's title.
    Large,
}

impl AvatarOf {
    fn classes(self, size: AvatarSize) -> String {
        let (shape, id) = match self {
            Self::Person(id) => ("", id.uuid()),
            Self::Organization(id) => (" avatar--organization", id.uuid()),
        };
        let size = match size {
            AvatarSize::Small => " avatar--small",
            AvatarSize::Medium => "",
            AvatarSize::Large => " avatar--large",
        };
        format!("avatar avatar--{}{shape}{size}", colour(id))
    }
}

/// Which of the eight colours in `style/components/avatar.css` an id has.
fn colour(id: Uuid) -> u8 {
    // A UUIDv7 begins with the time and ends with randomness.
    let [.., last] = id.into_bytes();
    last % 8 + 1
}

/// The avatar of a person or an organization. The name stands beside it, so it isn't read out.
#[component]
pub fn Avatar(
    /// Whose.
    of: AvatarOf,
    /// What they are called.
    #[prop(into)]
    name: Signal<Name>,
    /// How large.
    #[prop(optional)]
    size: AvatarSize,
) -> impl IntoView {
    view! {
        <span class=of.classes(size) aria-hidden="true">
            {move || name.with(Name::initials)}
        </span>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_always_has_the_same_one_of_eight_colours() {
        for byte in 0..=u8::MAX {
            let mut bytes = [0; 16];
            bytes[15] = byte;
            let id = Uuid::from_bytes(bytes);
            assert!((1..=8).contains(&colour(id)));
            assert_eq!(colour(id), colour(id));
        }
    }
}
