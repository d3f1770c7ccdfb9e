import { holds, holdUpCatchUp, holdUpWorker } from "../support/operator";
import { organization } from "../support/organizations";
import { connectedSince, connection, heading, live } from "../support/screen";
import { expect, soon, test } from "../support/test";

test("while changes don't reach the log, pages say so, and afterwards nothing is lost", async ({
  ownServer,
  person,
}) => {
  const [ada, ben] = [await person("Ada", ownServer.url), await person("Ben", ownServer.url)];
  const wind = await organization("North Wind", ada, ben);
  await ben.page.clock.install({ time: new Date("2026-11-24T08:00:30") });
  await ben.visits(`/o/${wind.slug}/members`);
  await ben.page.clock.setSystemTime(new Date("2026-11-24T09:15:00"));

  const letGo = await holdUpWorker(ownServer.database);
  // Whoever writes is served all the same.
  await ada.api.updateOrganization(wind, { name: "East Wind" });
  await ada.api.setRole(wind, "Ben", "admin");
  await expect(connection(ben.page)).toHaveText("Delayed", { timeout: 20_000 });
  await expect(connectedSince(ben.page)).toHaveText("since 09:15");
  await expect(heading(ben.page)).toHaveText("North Wind");
  // A page that is loaded now says no less, and is no older.
  const tab = await ben.context.newPage();
  await tab.goto(ben.page.url());
  await expect(heading(tab)).toHaveText("East Wind");
  await expect(connection(tab)).toHaveText("Delayed");

  await ben.page.clock.setSystemTime(new Date("2026-11-24T10:30:00"));
  await letGo();
  await soon(heading(ben.page)).toHaveText("East Wind");
  await soon(ben.page.getByRole("button", { name: "Invite people" })).toBeVisible();
  await live(ben.page);
  await live(tab);
  await expect(connectedSince(ben.page)).toHaveText("since 10:30");
});

test("while a page catches up, it says so and doesn't claim to be live", async ({
  faults,
  ownServer,
  person,
}) => {
  faults.expect(/net::ERR_INTERNET_DISCONNECTED/);
  const [ada, ben] = [await person("Ada", ownServer.url), await person("Ben", ownServer.url)];
  const wind = await organization("North Wind", ada, ben);
  await ben.page.clock.install({ time: new Date("2026-11-24T08:00:30") });
  await ben.visits(`/o/${wind.slug}/members`);
  await ben.context.setOffline(true);
  await expect(connection(ben.page)).toHaveText("Offline");
  await ada.api.updateOrganization(wind, { name: "East Wind" });
  await holds(
    ownServer.database,
    "exists (select from activities where kind = 'organization' and changed = '{name}')",
  );
  await ben.page.clock.setSystemTime(new Date("2026-11-24T09:15:00"));

  const letGo = await holdUpCatchUp(ownServer.database);
  await ben.context.setOffline(false);
  await expect(connection(ben.page)).toHaveText("Catching up");
  await expect(connectedSince(ben.page)).toHaveText("since 09:15");
  await expect(heading(ben.page)).toHaveText("North Wind");
  await letGo();
  await live(ben.page);
  await soon(heading(ben.page)).toHaveText("East Wind");
});
