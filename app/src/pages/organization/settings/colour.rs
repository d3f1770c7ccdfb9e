//! The choice of the organization's colour.

use leptos::prelude::*;

use crate::components::{Avatar, AvatarOf, Problem};
use crate::pages::organization::context::OrganizationContext;
use contract::{Colour, Name};

/// The colours to choose from, each with a preview of the avatar. Until one is chosen here, the
/// current colour is checked, also when others change it.
#[component]
pub fn ColourChoice(
    context: OrganizationContext,
    /// The colour that was chosen here.
    chosen: RwSignal<Option<Colour>>,
    #[prop(into)] problem: Signal<Option<String>>,
) -> impl IntoView {
    let current = Memo::new(move |_| {
        chosen.get().or_else(|| context.map(|detail| detail.organization.colour))
    });
    let name = Memo::new(move |_| context.map(|detail| detail.organization.name.clone()));
    view! {
        <fieldset class="field colours">
            <legend class="field__label">"Colour"</legend>
            <div class="colours__all">
                {Colour::ALL
                    .map(|colour| view! { <ColourOption colour current name chosen /> })
                    .collect_view()}
            </div>
            <Problem id="organization-colour" message=problem />
        </fieldset>
    }
    .into_any()
}

#[component]
fn ColourOption(
    colour: Colour,
    current: Memo<Option<Colour>>,
    name: Memo<Option<Name>>,
    chosen: RwSignal<Option<Colour>>,
) -> impl IntoView {
    view! {
        <label class="colours__option" title=colour.label()>
            <input
                type="radio"
                class="visually-hidden"
                name="colour"
                value=colour.number()
                prop:checked=move || current.get() == Some(colour)
                checked=current.get_untracked() == Some(colour)
                on:change=move |_| chosen.set(Some(colour))
            />
            {move || {
                name.get().map(|name| view! { <Avatar of=AvatarOf::Organization(colour, None) name /> })
            }}
            <span class="visually-hidden">{colour.label()}</span>
        </label>
    }
    .into_any()
}
