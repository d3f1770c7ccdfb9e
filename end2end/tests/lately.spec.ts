import type { Locator, Page } from "@playwright/test";
import { organization } from "../support/organizations";
import { address, hydrated } from "../support/screen";
import { expect, soon, test } from "../support/test";

/** What happened last, from the newest on. */
function lately(page: Page): Locator {
  return page.getByRole("list", { name: "Recent activity" }).getByRole("listitem");
}

test("home tells at once what somebody did in any of one's organizations", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  const lab = await organization("Harbour Lab", ada, ben);
  await ben.visits("/home");
  await expect(lately(ben.page)).toHaveCount(6);
  await expect(lately(ben.page).first()).toContainText("Ben joined as a member");
  const told = ben.page.getByRole("status", { name: "Latest activity" });
  await expect(told).toBeEmpty();

  await ada.api.updateOrganization(wind, { name: "South Wind" });
  const newest = lately(ben.page).first();
  await soon(newest).toContainText("Ada renamed the organization from North Wind to South Wind");
  await soon(newest).toContainText("just now");
  await soon(told).toHaveText(
    "South Wind: Ada renamed the organization from North Wind to South Wind",
  );
  await ada.api.setRole(lab, "Ben", "admin");
  await soon(newest).toContainText("Ada made Ben an admin");
  await expect(told).toHaveText("Harbour Lab: Ada made Ben an admin");

  await newest.getByRole("link", { name: "Harbour Lab" }).click();
  await expect.poll(() => address(ben.page)).toBe(`/o/${lab.slug}/activity`);
  expect(ben.loads).toBe(1);
});

test("what happened goes with the membership, and is nobody's before there is one", async ({
  person,
}) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  await ben.visits("/home");
  const part = ben.page.getByRole("region", { name: "Recent activity" });
  await expect(part).toContainText("No activity yet");

  const wind = await organization("North Wind", ada, ben);
  await soon(lately(ben.page).first()).toContainText("Ben joined as a member");
  // What is about an address is for admins.
  await expect(part).not.toContainText("@");
  await ada.api.remove(wind, "Ben");
  await soon(part).toContainText("No activity yet");
});

test("much at once is read at most once a second", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  await ben.visits("/home");
  let reads = 0;
  ben.page.on("request", (request) => {
    if (new URL(request.url()).pathname === "/me/activities") reads += 1;
  });
  const start = Date.now();
  for (let number = 1; number <= 30; number++) {
    await ada.api.updateOrganization(wind, { name: `Wind ${number}` });
  }
  await soon(lately(ben.page).first()).toContainText("to Wind 30");
  expect(reads).toBeLessThanOrEqual(1 + Math.ceil((Date.now() - start) / 1000));
});

test("what happened lately can be read before a script runs", async ({
  faults,
  person,
  visitor,
}) => {
  faults.expect(/tributary\.(js|wasm)/);
  const ada = await person("Ada");
  await organization("North Wind", ada);
  await ada.visits("/home");
  await hydrated(ada.page);
  await expect(lately(ada.page).first()).toContainText("Ada joined as an admin");
  const page = await visitor({ javaScriptEnabled: false });
  await page.context().addCookies(await ada.context.cookies());
  await page.goto("/home");
  await expect(lately(page).first()).toContainText("Ada joined as an admin");
});
