import { Cable } from "../support/cable";
import { equalsFreshlyLoaded, misses } from "../support/missing";
import { organization, slug } from "../support/organizations";
import { connectedSince, connection, heading, messages } from "../support/screen";
import { expect, soon, test } from "../support/test";

// What a browser without a network has to say about that.
test.beforeEach(({ faults }) => faults.expect(/net::ERR_INTERNET_DISCONNECTED/));

test("an invitation made and accepted elsewhere is there after being offline", async ({
  person,
}) => {
  const [ada, ben, cleo] = [await person("Ada"), await person("Ben"), await person("Cleo")];
  const wind = await organization("North Wind", ada, ben);
  const rain = await organization("Soft Rain", cleo);
  await ben.visits("/home");
  await misses(ben, async () => {
    await cleo.api.invite(rain, ben.email);
    await ada.api.invite(wind, cleo.email);
    await cleo.api.accept(wind);
  });
  await soon(messages(ben.page)).toContainText("You were invited to Soft Rain.");
  await equalsFreshlyLoaded(ben);
});

test("the badge says since when it is offline, and since when it is live", async ({ person }) => {
  const ada = await person("Ada");
  // Minutes of the browser's clock.
  await ada.page.clock.install({ time: new Date("2026-11-24T08:00:30") });
  await ada.visits("/home");
  await expect(connectedSince(ada.page)).toHaveText("since 08:00");
  await ada.page.clock.setSystemTime(new Date("2026-11-24T09:15:00"));
  await ada.context.setOffline(true);
  await expect(connection(ada.page)).toHaveText("Offline");
  await expect(connectedSince(ada.page)).toHaveText("since 09:15");
  await ada.page.clock.setSystemTime(new Date("2026-11-24T09:20:00"));
  await ada.context.setOffline(false);
  await expect(connection(ada.page)).toHaveText("Live");
  await expect(connectedSince(ada.page)).toHaveText("since 09:20");
});

test("a new name and a new address are there after being offline", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  const current = slug("South Wind");
  await ben.visits(`/o/${wind.slug}/members`);
  await misses(ben, async () => {
    await ada.api.updateOrganization(wind, { name: "East Wind" });
    await ada.api.updateOrganization(wind, { name: "South Wind", slug: current });
  });
  await soon(ben.page).toHaveURL(`${ben.url}/o/${current}/members`);
  await soon(heading(ben.page)).toHaveText("South Wind");
  await equalsFreshlyLoaded(ben);
});

test("a new role and new members are there after being offline", async ({ person }) => {
  const [ada, ben, cleo] = [await person("Ada"), await person("Ben"), await person("Cleo")];
  const wind = await organization("North Wind", ada, ben);
  await ben.visits(`/o/${wind.slug}/members`);
  await misses(ben, async () => {
    await ada.api.invite(wind, cleo.email);
    await cleo.api.accept(wind);
    await ada.api.setRole(wind, "Ben", "admin");
    await ada.api.invite(wind, "dora@example.com");
  });
  await equalsFreshlyLoaded(ben);
});

test("whoever was removed while offline is led home and told why", async ({ faults, person }) => {
  // The stream of the organization is asked for again, too.
  faults.expect(/refused: GET \/organizations\/\S+\/sync\/stream 404/);
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  await ben.visits(`/o/${wind.slug}/members`);
  await misses(ben, () => ada.api.remove(wind, "Ben"));
  await soon(ben.page).toHaveURL(`${ben.url}/home`);
  await soon(messages(ben.page)).toContainText("You were removed from North Wind.");
  await equalsFreshlyLoaded(ben);
});

test("a connection that breaks without a word is taken up again where it broke", async ({
  faults,
  person,
  url,
}) => {
  faults.expect(/net::ERR_(CONNECTION_(REFUSED|RESET)|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING)/);
  const cable = await Cable.to(url);
  const [ada, ben] = [await person("Ada"), await person("Ben", cable.url)];
  const wind = await organization("North Wind", ada, ben);
  const rain = await organization("Soft Rain", ada, ben);
  await ben.visits(`/o/${wind.slug}/members`);

  await cable.pull();
  await expect(connection(ben.page)).not.toHaveText("Live");
  await ada.api.updateOrganization(wind, { name: "South Wind", slug: slug("South Wind") });
  await ada.api.setRole(wind, "Ben", "admin");
  await ada.api.remove(rain, "Ben");
  await cable.plug();
  // The page waits between attempts, half a minute at most.
  await expect(connection(ben.page)).toHaveText("Live", { timeout: 35_000 });
  await soon(heading(ben.page)).toHaveText("South Wind");
  await equalsFreshlyLoaded(ben);
  await ben.context.close();
  await cable.pull();
});
