//! Values that follow queries.

use leptos::prelude::*;

/// What `compute` makes of queries, and again when they change. It is given what it made last, if
/// there is that.
///
/// In the browser it is a memo. On the server it is computed whenever it is read: a page is
/// rendered there by several threads, and between the moment when an answer is there and the moment
/// when memos are told, one would still say what it said without the answer.
pub fn follow<T>(compute: impl Fn(Option<&T>) -> T + Send + Sync + 'static) -> Signal<T>
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    if cfg!(feature = "ssr") {
        Signal::derive(move || compute(None))
    } else {
        Memo::new(compute).into()
    }
}
