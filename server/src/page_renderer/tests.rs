#![expect(clippy::disallowed_methods, reason = "the routers of tests have no audience")]

use std::sync::atomic::AtomicBool;

use axum::handler::Handler;
use axum::routing::get;
use axum::{Extension, Router, middleware};
use futures::future::join_all;
use http::StatusCode;
use tower::ServiceExt as _;

use super::*;

fn router<T: 'static>(renderer: PageRenderer, page: impl Handler<T, ()>) -> Router {
    let render = middleware::from_fn_with_state(renderer, render_page);
    Router::new().route("/", get(page)).layer(render)
}

async fn load(router: Router) -> StatusCode {
    let request = Request::get("/").body(Body::empty()).unwrap();
    router.oneshot(request).await.unwrap().status()
}

#[tokio::test]
async fn only_some_pages_are_rendered_at_once() {
    static RENDERED: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);
    let page = |_: Extension<ReaderGone>| async {
        MOST.fetch_max(RENDERED.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(5)).await;
        RENDERED.fetch_sub(1, Ordering::SeqCst);
    };
    let renderer =
        PageRenderer { permits: Arc::new(Semaphore::new(3)), ..PageRenderer::start().unwrap() };
    let router = router(renderer, page);
    let statuses = join_all((0..50).map(|_| load(router.clone()))).await;
    assert!(statuses.iter().all(|status| *status == StatusCode::OK), "{statuses:?}");
    assert_eq!(MOST.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn page_whose_reader_is_gone_is_told_and_counts_until_it_has_ended() {
    static STARTED: AtomicBool = AtomicBool::new(false);
    static MAY_END: Semaphore = Semaphore::const_new(0);
    let page = |Extension(ReaderGone(gone)): Extension<ReaderGone>| async move {
        STARTED.store(true, Ordering::SeqCst);
        gone.cancelled().await;
        let _ = MAY_END.acquire().await.unwrap();
    };
    let permits = Arc::new(Semaphore::new(1));
    let renderer = PageRenderer { permits: permits.clone(), ..PageRenderer::start().unwrap() };
    // Its threads end with its last clone, which must not be the reader's.
    let reader = tokio::spawn(load(router(renderer.clone(), page)));
    while !STARTED.load(Ordering::SeqCst) {
        tokio::task::yield_now().await;
    }
    reader.abort();
    assert!(reader.await.unwrap_err().is_cancelled());
    assert_eq!(permits.available_permits(), 0, "the page is still rendered");
    MAY_END.add_permits(1);
    let ended = tokio::time::timeout(Duration::from_secs(20), permits.acquire()).await;
    assert!(ended.is_ok(), "the page has ended");
}
