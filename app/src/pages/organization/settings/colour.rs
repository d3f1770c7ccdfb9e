//! Which colour the organization's avatar has.

use leptos::prelude::*;

use crate::components::{Avatar, AvatarOf, Problem};
use crate::pages::organization::visit::Visit;
use contract::{Colour, Name};

/// The colours to choose from, each as the avatar would look. Until one is chosen, it follows what
/// others choose.
#[component]
pub fn ColourChoice(
    /// Where.
    visit: Visit,
    /// What was chosen here.
    chosen: RwSignal<Option<Colour>>,
    /// What is wrong with it.
    #[prop(into)]
    problem: Signal<Option<String>>,
) -> impl IntoView {
    let current =
        Memo::new(move |_| chosen.get().or_else(|| visit.map(|detail| detail.organization.colour)));
    let name = Memo::new(move |_| visit.map(|detail| detail.organization.name.clone()));
    view! {
        <fieldset class="field colours">
            <legend class="field__label">"Colour"</legend>
            <div class="colours__all">
                {Colour::ALL
                    .map(|colour| view! { <OneColour colour current name chosen /> })
                    .collect_view()}
            </div>
            <Problem id="organization-colour" sentence=problem />
        </fieldset>
    }
    .into_any()
}

#[component]
fn OneColour(
    colour: Colour,
    current: Memo<Option<Colour>>,
    name: Memo<Option<Name>>,
    chosen: RwSignal<Option<Colour>>,
) -> impl IntoView {
    view! {
        <label class="colours__one" title=colour.label()>
            <input
                type="radio"
                class="unseen"
                name="colour"
                value=colour.number()
                prop:checked=move || current.get() == Some(colour)
                checked=current.get_untracked() == Some(colour)
                on:change=move |_| chosen.set(Some(colour))
            />
            {move || {
                name.get().map(|name| view! { <Avatar of=AvatarOf::Organization(colour, None) name /> })
            }}
            <span class="unseen">{colour.label()}</span>
        </label>
    }
    .into_any()
}
