//! Where the stream meets the page: called once, in the header of the frame.

use leptos::prelude::*;

use super::news::News;
use super::session::Session;
use crate::components::{ConnectionBadge, Suspense, Toasts, changing};
use client::cache::ssr_memo;
use client::effect::effect;
use client::realtime::{StreamOptions, StreamStatus, use_user_stream};
use contract::{Cursor, UserId};

/// Follows the stream once it is known who reads it, and from where; shows its state.
#[component]
pub fn Stream(session: Session) -> impl IntoView {
    view! {
        <Suspense>
            {
                // The page's data was read from there on: a cursor that is read later won't do.
                let begin = ssr_memo(move |begun: Option<&Option<(UserId, Cursor)>>| {
                    let begun = begun.copied().flatten();
                    begun.or_else(|| session.me.map(|me| (me.user.id, me.cursor)))
                });
                let following = move |(reader, cursor)| view! { <Following session reader cursor /> };
                changing(move || begin.get().map(following).into_any())
            }
        </Suspense>
    }
    .into_any()
}

#[component]
fn Following(session: Session, reader: UserId, cursor: Cursor) -> impl IntoView {
    tell_news(session, reader);
    let stream = use_user_stream(StreamOptions { user_id: reader, cursor, caches: session.caches });
    effect(move || session.heard(stream.cursor.get()));
    effect(move || {
        let ended = matches!(stream.status.get(), StreamStatus::Ended(_));
        if ended && !session.leaving.get_untracked() {
            // The server leads to signing in, and back here afterwards. It only fails for a page
            // that is being left already.
            drop(window().location().reload());
        }
    });
    view! { <ConnectionBadge status=stream.status since=stream.since /> }.into_any()
}

fn tell_news(session: Session, reader: UserId) {
    let toasts = Toasts::of_page();
    let news = StoredValue::new(News::default());
    effect(move || {
        let know = |menu: &_| news.try_update_value(|news| news.know(menu));
        let _ = session.menu.map_without_suspense(know);
    });
    session.caches.on_message(move |message| {
        let toast = session.menu.map_untracked(|menu| {
            news.try_update_value(|news| news.tell(message, reader, menu)).flatten()
        });
        if let Some(toast) = toast.flatten() {
            toasts.show(toast);
        }
    });
}
