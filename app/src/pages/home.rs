//! `/home`: what waits for me, and where I belong.

mod invitations;
mod organizations;

use leptos::prelude::*;
use leptos_meta::Title;

use self::invitations::Invitations;
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
        </div>
    }
    .into_any()
}
