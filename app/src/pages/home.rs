//! `/home`: what waits for me, where I belong, and what happened there.

mod invitations;
mod organizations;
mod recent_activity;

use leptos::prelude::*;
use leptos_meta::Title;

use self::invitations::Invitations;
use self::organizations::Organizations;
use self::recent_activity::RecentActivity;

/// The first page of the signed-in.
#[component]
pub fn Home() -> impl IntoView {
    view! {
        <Title text="Home" />
        <div class="home">
            <h1>"Home"</h1>
            <Invitations />
            <Organizations />
            <RecentActivity />
        </div>
    }
    .into_any()
}
