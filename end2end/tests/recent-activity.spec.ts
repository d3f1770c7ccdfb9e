import type { Locator, Page } from "@playwright/test";
import { expect, soon, test } from "../support/fixtures";
import { pathAndQuery, waitUntilHydrated } from "../support/locators";
import { createOrganization } from "../support/organizations";

/** The recent activities, newest first. */
function recentActivity(page: Page): Locator {
  return page.getByRole("list", { name: "Recent activity" }).getByRole("listitem");
}

test("home shows recent activity of all organizations live", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  const lab = await createOrganization("Harbour Lab", ada, ben);
  await ben.visit("/home");
  await expect(recentActivity(ben.page)).toHaveCount(6);
  await expect(recentActivity(ben.page).first()).toContainText("Ben joined as a member");
  const announcement = ben.page.getByRole("status", { name: "Latest activity" });
  await expect(announcement).toBeEmpty();

  await ada.api.updateOrganization(wind, { name: "South Wind" });
  const newest = recentActivity(ben.page).first();
  await soon(newest).toContainText("Ada renamed the organization from North Wind to South Wind");
  await soon(newest).toContainText("just now");
  await soon(announcement).toHaveText(
    "South Wind: Ada renamed the organization from North Wind to South Wind",
  );
  await ada.api.setRole(lab, "Ben", "admin");
  await soon(newest).toContainText("Ada made Ben an admin");
  await expect(announcement).toHaveText("Harbour Lab: Ada made Ben an admin");

  await newest.getByRole("link", { name: "Harbour Lab" }).click();
  await expect.poll(() => pathAndQuery(ben.page)).toBe(`/o/${lab.slug}/activity`);
  expect(ben.pageLoads).toBe(1);
});

test("recent activity of an organization is visible only during membership", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  await ben.visit("/home");
  const part = ben.page.getByRole("region", { name: "Recent activity" });
  await expect(part).toContainText("No activity yet");

  const wind = await createOrganization("North Wind", ada, ben);
  await soon(recentActivity(ben.page).first()).toContainText("Ben joined as a member");
  // Activities with e-mail addresses are for admins only.
  await expect(part).not.toContainText("@");
  await ada.api.removeMember(wind, "Ben");
  await soon(part).toContainText("No activity yet");
});

test("recent activity is fetched at most once a second", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ben.visit("/home");
  let reads = 0;
  ben.page.on("request", (request) => {
    if (new URL(request.url()).pathname === "/me/activities") reads += 1;
  });
  const start = Date.now();
  for (let number = 1; number <= 30; number++) {
    await ada.api.updateOrganization(wind, { name: `Wind ${number}` });
  }
  await soon(recentActivity(ben.page).first()).toContainText("to Wind 30");
  expect(reads).toBeLessThanOrEqual(1 + Math.ceil((Date.now() - start) / 1000));
});

test("recent activity is rendered without JavaScript", async ({
  browserErrors,
  signUp,
  openBrowser,
}) => {
  browserErrors.allow(/tributary\.(js|wasm)/);
  const ada = await signUp("Ada");
  await createOrganization("North Wind", ada);
  await ada.visit("/home");
  await waitUntilHydrated(ada.page);
  await expect(recentActivity(ada.page).first()).toContainText("Ada joined as an admin");
  const page = await openBrowser({ javaScriptEnabled: false });
  await page.context().addCookies(await ada.context.cookies());
  await page.goto("/home");
  await expect(recentActivity(page).first()).toContainText("Ada joined as an admin");
});
