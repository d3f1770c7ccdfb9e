//! `/home`: the person's invitations and organizations, and the recent activity in them.

mod invitations;
mod organizations;
mod recent_activity;

use leptos::prelude::*;
use leptos_meta::Title;

use self::invitations::Invitations;
use self::organizations::Organizations;
use self::recent_activity::RecentActivity;

/// The home page.
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
