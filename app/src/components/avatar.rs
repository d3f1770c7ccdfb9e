//! The avatar of a person or an organization: its picture, otherwise initials on a colour.

use leptos::either::Either;
use leptos::prelude::*;

use contract::view::{InvitingOrganization, OrganizationView, UserView};
use contract::{Colour, Name, PictureId, UserId};

/// The subject of an avatar. People are round, organizations are rounded squares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AvatarOf {
    /// A person; the colour follows from the id.
    Person(UserId, Option<PictureId>),
    /// An organization with its colour.
    Organization(Colour, Option<PictureId>),
}

/// The size of an avatar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AvatarSize {
    /// For a line of text.
    Small,
    /// For a row of a list.
    #[default]
    Medium,
    /// For the title of a page.
    Large,
}

impl AvatarOf {
    /// Returns the avatar of that person.
    #[must_use]
    pub const fn person(user: &UserView) -> Self {
        Self::Person(user.id, user.picture)
    }

    /// Returns the avatar of that organization.
    #[must_use]
    pub const fn organization(organization: &OrganizationView) -> Self {
        Self::Organization(organization.colour, organization.picture)
    }

    const fn picture(self) -> Option<PictureId> {
        match self {
            Self::Person(_, picture) | Self::Organization(_, picture) => picture,
        }
    }

    fn classes(self, size: AvatarSize) -> String {
        let (shape, colour) = match self {
            Self::Person(id, _) => ("", Colour::default_for(id.uuid())),
            Self::Organization(colour, _) => (" avatar--organization", colour),
        };
        let size = match size {
            AvatarSize::Small => " avatar--small",
            AvatarSize::Medium => "",
            AvatarSize::Large => " avatar--large",
        };
        format!("avatar avatar--{}{shape}{size}", colour.number())
    }
}

/// The avatar. It is hidden from screen readers, as the name is beside it.
#[component]
pub fn Avatar(
    #[prop(into)] of: Signal<AvatarOf>,
    /// The name, for the initials.
    #[prop(into)]
    name: Signal<Name>,
    #[prop(optional)] size: AvatarSize,
) -> impl IntoView {
    // A picture that couldn't be loaded, as it was just replaced or removed.
    let missing = RwSignal::new(None::<PictureId>);
    let picture = move || of.get().picture().filter(|picture| missing.get() != Some(*picture));
    view! {
        <span class=move || of.get().classes(size) aria-hidden="true" translate="no">
            {move || match picture() {
                Some(picture) => {
                    Either::Left(
                        view! {
                            <img
                                class="avatar__picture"
                                src=picture.path()
                                alt=""
                                width="256"
                                height="256"
                                on:error=move |_| missing.set(Some(picture))
                            />
                        },
                    )
                }
                None => Either::Right(name.with(Name::initials)),
            }}
        </span>
    }
    .into_any()
}

/// The avatar of an organization for someone who was invited to it and may not load its picture by its id.
#[component]
pub fn InvitingAvatar(organization: InvitingOrganization) -> impl IntoView {
    let InvitingOrganization { colour, inline_picture, name, .. } = organization;
    let classes = AvatarOf::Organization(colour, None).classes(AvatarSize::Large);
    view! {
        <span class=classes aria-hidden="true" translate="no">
            {match inline_picture {
                Some(picture) => {
                    Either::Left(
                        view! {
                            <img
                                class="avatar__picture"
                                src=picture.into_url()
                                alt=""
                                width="256"
                                height="256"
                            />
                        },
                    )
                }
                None => Either::Right(name.initials()),
            }}
        </span>
    }
    .into_any()
}
