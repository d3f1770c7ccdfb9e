// Answers for a page that can't be reached, where the browser would show its own error. Nothing is
// kept, and nothing but pages comes by here: what people see is true, or says that it isn't.

// Without routes a browser asks this worker about all else too, and goes on by itself.
self.addEventListener("install", (event) => {
  const others = ["cors", "no-cors", "same-origin"];
  const routes = others.map((requestMode) => ({ condition: { requestMode }, source: "network" }));
  event.addRoutes?.(routes).catch(() => {});
});

// Pages are asked for while this starts, not after it has.
self.addEventListener("activate", (event) => {
  event.waitUntil(self.registration.navigationPreload?.enable());
});

self.addEventListener("fetch", (event) => {
  const { mode, method } = event.request;
  if (mode === "navigate" && method === "GET") event.respondWith(answer(event));
});

/** The server's. A connection that breaks is no outage, so it is asked twice unless it took long. */
async function answer(event) {
  const begun = Date.now();
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    const atOnce = Date.now() - begun < 5000;
    return atOnce ? fetch(event.request).catch(errorPage) : errorPage();
  }
}

/**
 * The page that says so. server/src/error_page.rs puts it in here; a nonce takes the place of
 * `%nonce%` in it, and in the policy that it comes with.
 */
function errorPage() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const nonce = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const headers = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "%policy%".replaceAll("%nonce%", nonce),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  };
  return new Response("%page%".replaceAll("%nonce%", nonce), { status: 503, headers });
}
