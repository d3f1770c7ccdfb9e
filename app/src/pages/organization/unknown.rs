//! Where no organization is, or none for this person.

use leptos::prelude::*;
use leptos_meta::Title;

use super::visit::Visit;
use crate::cache::follow;
use crate::contract::ErrorCode;
use crate::pages::path;
use crate::status::answer_with;

/// Says so, and why that may be.
#[component]
pub fn Unknown(visit: Visit) -> impl IntoView {
    view! {
        <Suspense>
            {
                let unknown = follow(move |_| {
                    matches!(visit.query.get(), Some(Err(error)) if error.code == ErrorCode::NotFound)
                });
                move || unknown.get().then(|| view! { <NotHere /> })
            }
        </Suspense>
    }
    .into_any()
}

/// The same words whether there is one or not: that isn't for everybody to know.
#[component]
fn NotHere() -> impl IntoView {
    answer_with(ErrorCode::NotFound);
    view! {
        <Title text="No such organization" />
        <div class="out-of-order">
            <h1>"No such organization"</h1>
            <p class="soft">
                "There is none at this address, or you don't belong to it. It may have been deleted, or "
                "somebody may have removed you: then one of its admins can invite you again."
            </p>
            <p>
                <a class="button button--primary" href=path::HOME>
                    "Go to home"
                </a>
            </p>
        </div>
    }
    .into_any()
}
