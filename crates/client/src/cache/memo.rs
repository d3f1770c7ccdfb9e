//! Values derived from queries.

use leptos::prelude::*;

/// Returns a memo of what `compute` returns; tracked. `compute` gets its previous result, if there is
/// one.
///
/// On the server a page is rendered on one thread, so no response can arrive between a read of the query
/// and a read of the memo.
pub fn memo<T>(compute: impl Fn(Option<&T>) -> T + Send + Sync + 'static) -> Signal<T>
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    Memo::new(compute).into()
}
