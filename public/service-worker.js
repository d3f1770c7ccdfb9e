// Answers for a page that can't be reached, where the browser would show its own error. All else
// goes to the server: what people see is true, or says that it isn't.
const kept = "offline";
const page = "/offline.html";
const files = [page, "/offline.js", "/try-again.js", "/favicon.svg", "/pkg/tributary.css"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(kept).then((cache) => cache.addAll(files)));
});

// Pages are asked for while this begins, not after it has.
self.addEventListener("activate", (event) => {
  event.waitUntil(self.registration.navigationPreload?.enable());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate" && request.method === "GET") {
    event.respondWith(reached(event).catch(() => caches.match(page)));
  } else if (files.includes(new URL(request.url).pathname)) {
    event.respondWith(newest(request));
  }
});

async function reached(event) {
  return (await event.preloadResponse) ?? fetch(event.request);
}

/** The server's, which is kept too; the one that was kept where there is none. */
async function newest(request) {
  try {
    const answer = await fetch(request);
    if (answer.ok) {
      const cache = await caches.open(kept);
      await cache.put(request, answer.clone());
    }
    return answer;
  } catch (error) {
    const found = await caches.match(request);
    if (found) return found;
    throw error;
  }
}
