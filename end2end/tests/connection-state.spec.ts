import { waitForCondition } from "../support/database";
import { expect, soon, test } from "../support/fixtures";
import { connectedSince, connectionBadge, pageHeading, waitUntilLive } from "../support/locators";
import { createOrganization } from "../support/organizations";
import { blockCatchUp, blockWorker } from "../support/replication";

// Catch-up from memory needs no database, so it can neither be held up nor find that the log was truncated.
test.use({ serverSettings: { HOT_TAIL_MEGABYTES: "0" } });

test("page shows Delayed while the worker is blocked, and no change is lost", async ({
  ownServer,
  signUp,
}) => {
  const [ada, ben] = [await signUp("Ada", ownServer.url), await signUp("Ben", ownServer.url)];
  const wind = await createOrganization("North Wind", ada, ben);
  await ben.page.clock.install({ time: new Date("2026-11-24T08:00:30") });
  await ben.visit(`/o/${wind.slug}/members`);
  await ben.page.clock.setSystemTime(new Date("2026-11-24T09:15:00"));

  const release = await blockWorker(ownServer.database);
  // Writes still work.
  await ada.api.updateOrganization(wind, { name: "East Wind" });
  await ada.api.setRole(wind, "Ben", "admin");
  await expect(connectionBadge(ben.page)).toHaveText("Delayed", { timeout: 20_000 });
  await expect(connectedSince(ben.page)).toHaveText("since 09:15");
  await expect(pageHeading(ben.page)).toHaveText("North Wind");
  // A page loaded now has the new data and shows the same state.
  const tab = await ben.context.newPage();
  await tab.goto(ben.page.url());
  await expect(pageHeading(tab)).toHaveText("East Wind");
  await expect(connectionBadge(tab)).toHaveText("Delayed");

  await ben.page.clock.setSystemTime(new Date("2026-11-24T10:30:00"));
  await release();
  await soon(pageHeading(ben.page)).toHaveText("East Wind");
  await soon(ben.page.getByRole("button", { name: "Invite people" })).toBeVisible();
  await waitUntilLive(ben.page);
  await waitUntilLive(tab);
  await expect(connectedSince(ben.page)).toHaveText("since 10:30");
});

test("page shows Catching up, not Live, during catch-up", async ({
  browserErrors,
  ownServer,
  signUp,
}) => {
  browserErrors.allow(/net::ERR_INTERNET_DISCONNECTED/);
  const [ada, ben] = [await signUp("Ada", ownServer.url), await signUp("Ben", ownServer.url)];
  const wind = await createOrganization("North Wind", ada, ben);
  await ben.page.clock.install({ time: new Date("2026-11-24T08:00:30") });
  await ben.visit(`/o/${wind.slug}/members`);
  await ben.context.setOffline(true);
  await expect(connectionBadge(ben.page)).toHaveText("Offline");
  await ada.api.updateOrganization(wind, { name: "East Wind" });
  await waitForCondition(
    ownServer.database,
    "exists (select from activities where kind = 'organization' and changed = '{name}')",
  );
  await ben.page.clock.setSystemTime(new Date("2026-11-24T09:15:00"));

  const release = await blockCatchUp(ownServer.database);
  await ben.context.setOffline(false);
  await expect(connectionBadge(ben.page)).toHaveText("Catching up");
  await expect(connectedSince(ben.page)).toHaveText("since 09:15");
  await expect(pageHeading(ben.page)).toHaveText("North Wind");
  await release();
  await waitUntilLive(ben.page);
  await soon(pageHeading(ben.page)).toHaveText("East Wind");
});

test("connection badge shows since when the page is offline or live", async ({ signUp }) => {
  const ada = await signUp("Ada");
  // The badge shows minutes of the browser's clock.
  await ada.page.clock.install({ time: new Date("2026-11-24T08:00:30") });
  await ada.visit("/home");
  await expect(connectedSince(ada.page)).toHaveText("since 08:00");
  await ada.page.clock.setSystemTime(new Date("2026-11-24T09:15:00"));
  await ada.context.setOffline(true);
  await expect(connectionBadge(ada.page)).toHaveText("Offline");
  await expect(connectedSince(ada.page)).toHaveText("since 09:15");
  await ada.page.clock.setSystemTime(new Date("2026-11-24T09:20:00"));
  await ada.context.setOffline(false);
  await expect(connectionBadge(ada.page)).toHaveText("Live");
  await expect(connectedSince(ada.page)).toHaveText("since 09:20");
});
