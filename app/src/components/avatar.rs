//! Initials on a colour, where there is no picture.

use leptos::prelude::*;

use crate::contract::{Colour, Name, UserId};

/// Whose avatar it is: the shape tells people and organizations apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AvatarOf {
    /// Round.
    Person(UserId),
    /// Square with round corners, in the organization's colour.
    Organization(Colour),
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
        let (shape, colour) = match self {
            Self::Person(id) => ("", Colour::following(id.uuid())),
            Self::Organization(colour) => (" avatar--organization", colour),
        };
        let size = match size {
            AvatarSize::Small => " avatar--small",
            AvatarSize::Medium => "",
            AvatarSize::Large => " avatar--large",
        };
        format!("avatar avatar--{}{shape}{size}", colour.number())
    }
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
