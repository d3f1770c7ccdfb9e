//! Values derived from queries.

use leptos::prelude::*;

/// Returns a memo of what `compute` returns; tracked. `compute` gets its previous result, if there is
/// one.
///
/// On the server it is computed at every read instead. Several threads render a page there: between
/// the moment a response arrives and the moment memos are notified, a memo would still return the
/// value without the response.
pub fn ssr_memo<T>(compute: impl Fn(Option<&T>) -> T + Send + Sync + 'static) -> Signal<T>
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    if cfg!(feature = "ssr") {
        Signal::derive(move || compute(None))
    } else {
        Memo::new(compute).into()
    }
}
