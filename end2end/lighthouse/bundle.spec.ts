//! The folder that `make release` ends with; see docs/operations.md.
import { expect, test } from "../support/fixtures";
import { waitUntilHydrated } from "../support/locators";
import { Server } from "../support/server";

test("a release starts from any working directory without settings", async ({ page }) => {
  // The server is started with this environment.
  expect(process.env.LEPTOS_SITE_ROOT).toBeUndefined();
  const server = await Server.start({}, "/");
  try {
    await page.goto(server.url);
    await waitUntilHydrated(page);
  } finally {
    await server.stop();
  }
});
