// Loads a page that couldn't be shown again, once the server can show it.
const every = 5000;

async function tryAgain() {
  try {
    const answer = await fetch(location.href, { method: "HEAD" });
    if (answer.status < 500) {
      location.reload();
      return;
    }
  } catch {
    // Not even the server is there.
  }
  setTimeout(tryAgain, every);
}

setTimeout(tryAgain, every);
