//! What every page of a signed-in person knows.

use std::future::Future;

use leptos::prelude::*;

use super::arranging::Arranging;
use crate::api;
use crate::cache::{Caches, LiveQuery, Menu, follow, live_query};
use crate::contract::ApiError;
use crate::contract::view::{Me, MembershipView, UserView};

/// The person and their organizations, as a context.
#[derive(Clone, Copy)]
pub struct Session {
    /// Who is signed in. Read before anything else: its cursor is where the stream begins.
    pub me: LiveQuery<Me>,
    /// Where they belong.
    pub menu: LiveQuery<Menu>,
    /// The same as they arrange it.
    pub arranging: Arranging,
    /// What follows the stream on this page.
    pub caches: Caches,
    /// Whether this tab is signing out. The end of its stream is no news then.
    pub leaving: RwSignal<bool>,
}

impl Session {
    /// Begins to read, and makes it available to all that is below.
    pub fn begin() -> Self {
        let caches = Caches::provide();
        let me = live_query(|| (), |()| api::me::get());
        let menu = live_query(|| (), move |()| after(me, Menu::fetch()));
        let arranging = Arranging::of(menu);
        let session = Self { me, menu, arranging, caches, leaving: RwSignal::new(false) };
        provide_context(session);
        session
    }

    /// The one of this page.
    #[must_use]
    pub fn of_page() -> Self {
        expect_context()
    }

    /// Reads what a page shows, after the cursor: so no change falls between both.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn read<T>(
        self,
        read: impl Future<Output = Result<T, ApiError>>,
    ) -> Result<T, ApiError> {
        after(self.me, read).await
    }

    /// Shows what a request of mine made of me, before the stream says so.
    pub fn show(self, user: UserView) {
        self.me.update_with(|me| {
            if me.user.version < user.version {
                me.user = user;
            }
        });
    }

    /// One of my memberships as it changes. What is shown of one that goes stays till the end.
    #[must_use]
    pub fn following(self, membership: MembershipView) -> Signal<MembershipView> {
        follow(move |last: Option<&MembershipView>| {
            let now = self.arranging.one(membership.id);
            now.or_else(|| last.cloned()).unwrap_or_else(|| membership.clone())
        })
    }
}

async fn after<T>(
    me: LiveQuery<Me>,
    read: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, ApiError> {
    me.ready().await?;
    read.await
}
