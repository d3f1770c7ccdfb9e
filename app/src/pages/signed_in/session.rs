//! What every page of a signed-in person knows.

use std::future::Future;

use leptos::prelude::*;

use super::menu_controller::MenuController;
use client::api;
use client::cache::{Caches, LiveQuery, Menu, live_query, ssr_memo};
use contract::view::{Me, MembershipView, UserView};
use contract::{ApiError, Cursor};

/// The person and their organizations, as a context.
#[derive(Clone, Copy)]
pub struct Session {
    /// Who is signed in. Read before anything else: its cursor is where the stream begins.
    pub me: LiveQuery<Me>,
    /// Where they belong.
    pub menu: LiveQuery<Menu>,
    /// The same as they arrange it.
    pub arranging: MenuController,
    /// What follows the stream on this page.
    pub caches: Caches,
    /// Whether this tab is signing out. The end of its stream is no news then.
    pub leaving: RwSignal<bool>,
    /// Up to where this page has heard, once it hears something.
    heard: RwSignal<Option<Cursor>>,
}

impl Session {
    /// Begins to read, and makes it available to all that is below.
    pub fn begin() -> Self {
        let caches = Caches::provide();
        let me = live_query(|| (), |()| api::me::get());
        let menu = live_query(|| (), move |()| after(me, Menu::fetch()));
        let session = Self {
            me,
            menu,
            arranging: MenuController::of(menu),
            caches,
            leaving: RwSignal::new(false),
            heard: RwSignal::new(None),
        };
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

    /// Where the log stands at least, before something is read: another stream of what is read
    /// then begins there.
    ///
    /// # Errors
    /// Those of reading who is signed in.
    pub async fn cursor(self) -> Result<Cursor, ApiError> {
        let me = self.me.ready().await?;
        Ok(self.heard.try_get_untracked().flatten().unwrap_or(me.cursor))
    }

    /// Notes how far the stream has come.
    pub fn heard(self, cursor: Cursor) {
        let _ = self.heard.try_set(Some(cursor));
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
        ssr_memo(move |last: Option<&MembershipView>| {
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
