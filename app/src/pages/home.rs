//! `/home`: what waits for me, where I belong, and what happened there.

mod invitations;
mod lately;
mod organizations;

use leptos::prelude::*;
use leptos_meta::Title;

use self::invitations::Invitations;
use self::lately::Lately;
use self::organizations::Organizations;

/// The first page of the signed-in.
#[component]
pub fn Home() -> impl IntoView {
    view! {
        <Title text="Home" />
        <div class="home">
            <h1>"Home"</h1>
            <Invitations />
            <Organizations />
            <Lately />
        </div>
    }
    .into_any()
}
