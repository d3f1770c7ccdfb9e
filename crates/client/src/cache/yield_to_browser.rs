//! Splitting long work into several browser tasks.

/// Lets the browser render and handle events before the work continues. Returns at once on the
/// server.
pub(super) async fn yield_to_browser() {
    #[cfg(feature = "hydrate")]
    send_wrapper::SendWrapper::new(gloo_timers::future::TimeoutFuture::new(0)).await;
}
