//! A picture, or initials on a colour where there is none.

use leptos::either::Either;
use leptos::prelude::*;

use contract::view::{OrganizationView, UserView};
use contract::{Colour, Name, PictureId, UserId};

/// Whose avatar it is: the shape tells people and organizations apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AvatarOf {
    /// Round.
    Person(UserId, Option<PictureId>),
    /// Square with round corners, in the organization's colour.
    Organization(Colour, Option<PictureId>),
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
    /// That person's.
    #[must_use]
    pub const fn person(user: &UserView) -> Self {
        Self::Person(user.id, user.picture)
    }

    /// That organization's.
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
            Self::Person(id, _) => ("", Colour::following(id.uuid())),
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

/// The avatar of a person or an organization. The name stands beside it, so it isn't read out.
#[component]
pub fn Avatar(
    /// Whose.
    #[prop(into)]
    of: Signal<AvatarOf>,
    /// What they are called.
    #[prop(into)]
    name: Signal<Name>,
    /// How large.
    #[prop(optional)]
    size: AvatarSize,
) -> impl IntoView {
    // One that is gone by now: somebody may just have chosen another.
    let missing = RwSignal::new(None::<PictureId>);
    let picture = move || of.get().picture().filter(|picture| missing.get() != Some(*picture));
    view! {
        <span class=move || of.get().classes(size) aria-hidden="true">
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
