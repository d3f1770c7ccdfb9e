//! The signed-in person, their menu and the caches of the page, as a context for all pages behind
//! sign-in.

pub mod menu_controller;

use std::future::Future;

use leptos::prelude::*;

use self::menu_controller::MenuController;
use client::api;
use client::cache::{Caches, LiveQuery, Menu, live_query, memo};
use contract::view::{Me, MembershipView, UserView};
use contract::{ApiError, Cursor};

/// The session of this page.
#[derive(Clone, Copy)]
pub struct Session {
    /// The signed-in person. Read before anything else: the stream starts at its cursor.
    pub me: LiveQuery<Me>,
    /// The person's memberships as the server has them.
    pub menu: LiveQuery<Menu>,
    /// The person's memberships with their unconfirmed changes, and the ways to change them.
    pub menu_controller: MenuController,
    /// The caches that messages of the stream are applied to.
    pub caches: Caches,
    /// Whether this tab is signing out: the end of its stream is expected then.
    pub signing_out: RwSignal<bool>,
    /// The cursor of the last message from the user stream; none before the first one.
    stream_cursor: RwSignal<Option<Cursor>>,
}

impl Session {
    /// Starts loading the person and the menu, and provides the context to the pages below.
    pub fn provide() -> Self {
        let caches = Caches::provide();
        let me = live_query(|| (), |()| api::me::get());
        let menu = live_query(|| (), move |()| read_after(me, Menu::fetch()));
        let session = Self {
            me,
            menu,
            menu_controller: MenuController::new(menu),
            caches,
            signing_out: RwSignal::new(false),
            stream_cursor: RwSignal::new(None),
        };
        provide_context(session);
        session
    }

    /// Returns the context of this page.
    #[must_use]
    pub fn from_context() -> Self {
        expect_context()
    }

    /// Reads data of a page after the stream's cursor was read, so that no change falls between
    /// the data and the first message.
    ///
    /// # Errors
    /// Those of `read`, and those of reading the signed-in person.
    pub async fn read<T>(
        self,
        read: impl Future<Output = Result<T, ApiError>>,
    ) -> Result<T, ApiError> {
        read_after(self.me, read).await
    }

    /// Returns a cursor that is not newer than anything read after this call, so that another stream
    /// can start there. It is the user stream's last one, or the one that came with the signed-in
    /// person.
    ///
    /// # Errors
    /// Those of reading the signed-in person.
    pub async fn cursor(self) -> Result<Cursor, ApiError> {
        let me = self.me.ready().await?;
        Ok(self.stream_cursor.try_get_untracked().flatten().unwrap_or(me.cursor))
    }

    /// Records the cursor of the last message from the user stream.
    pub fn set_stream_cursor(self, cursor: Cursor) {
        let _ = self.stream_cursor.try_set(Some(cursor));
    }

    /// Shows the answer of a request that changed the person, before the stream delivers the
    /// change. An older version than the shown one is ignored.
    pub fn set_user(self, user: UserView) {
        self.me.update_with(|me| {
            if me.user.version < user.version {
                me.user = user;
            }
        });
    }

    /// Returns a signal of one of the person's memberships. It keeps the last state after the
    /// membership ended, for the views that are about to disappear.
    #[must_use]
    pub fn live_membership(self, membership: MembershipView) -> Signal<MembershipView> {
        memo(move |last: Option<&MembershipView>| {
            let now = self.menu_controller.membership(membership.id);
            now.or_else(|| last.cloned()).unwrap_or_else(|| membership.clone())
        })
    }
}

async fn read_after<T>(
    me: LiveQuery<Me>,
    read: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, ApiError> {
    me.ready().await?;
    read.await
}
