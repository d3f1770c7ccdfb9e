//! Doing what is long in several tasks.

/// Lets the browser draw and answer before what is next. On the server nobody waits for that.
pub(super) async fn breathe() {
    #[cfg(feature = "hydrate")]
    send_wrapper::SendWrapper::new(gloo_timers::future::TimeoutFuture::new(0)).await;
}
