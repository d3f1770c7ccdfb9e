//! The folder that `make release` ends with; see docs/operations.md.
import { hydrated } from "../support/screen";
import { Server } from "../support/server";
import { expect, test } from "../support/test";

test("a release starts from any working directory without settings", async ({ page }) => {
  // The server is started with this environment.
  expect(process.env.LEPTOS_SITE_ROOT).toBeUndefined();
  const server = await Server.start({}, "/");
  try {
    await page.goto(server.url);
    await hydrated(page);
  } finally {
    await server.stop();
  }
});
