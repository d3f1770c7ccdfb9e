import { expect, soon, test } from "../support/fixtures";
import {
  connectionBadge,
  memberRow,
  menu,
  menuEntry,
  notifications,
  pageHeading,
  receivedInvitations,
} from "../support/locators";
import { NetworkProxy } from "../support/network-proxy";
import { expectSameAsFreshLoad, whileOffline } from "../support/offline";
import { createOrganization, uniqueSlug } from "../support/organizations";

// The browser reports requests that fail while it is offline.
test.beforeEach(({ browserErrors }) => browserErrors.allow(/net::ERR_INTERNET_DISCONNECTED/));

test("invitations missed offline are shown after reconnecting", async ({ signUp }) => {
  const [ada, ben, cleo] = [await signUp("Ada"), await signUp("Ben"), await signUp("Cleo")];
  const wind = await createOrganization("North Wind", ada, ben);
  const rain = await createOrganization("Soft Rain", cleo);
  await ben.visit("/home");
  await whileOffline(ben, async () => {
    await cleo.api.invite(rain, ben.email);
    await ada.api.invite(wind, cleo.email);
    await cleo.api.acceptInvitation(wind);
  });
  await soon(notifications(ben.page)).toContainText("You were invited to Soft Rain.");
  await expectSameAsFreshLoad(ben);
});

test("name and address changes missed offline are shown after reconnecting", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  const current = uniqueSlug("South Wind");
  await ben.visit(`/o/${wind.slug}/members`);
  await whileOffline(ben, async () => {
    await ada.api.updateOrganization(wind, { name: "East Wind" });
    await ada.api.updateOrganization(wind, { name: "South Wind", slug: current });
  });
  await soon(ben.page).toHaveURL(`${ben.url}/o/${current}/members`);
  await soon(pageHeading(ben.page)).toHaveText("South Wind");
  await expectSameAsFreshLoad(ben);
});

test("role and member changes missed offline are shown after reconnecting", async ({ signUp }) => {
  const [ada, ben, cleo] = [await signUp("Ada"), await signUp("Ben"), await signUp("Cleo")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ben.visit(`/o/${wind.slug}/members`);
  await whileOffline(ben, async () => {
    await ada.api.invite(wind, cleo.email);
    await cleo.api.acceptInvitation(wind);
    await ada.api.setRole(wind, "Ben", "admin");
    await ada.api.invite(wind, "dora@example.com");
  });
  await expectSameAsFreshLoad(ben);
});

test("member removed while offline is led home and sees the reason", async ({
  browserErrors,
  signUp,
}) => {
  // The page also reopens the organization's stream, which is refused now.
  browserErrors.allow(/refused: GET \/organizations\/\S+\/sync\/stream 404/);
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ben.visit(`/o/${wind.slug}/members`);
  await whileOffline(ben, () => ada.api.removeMember(wind, "Ben"));
  await soon(ben.page).toHaveURL(`${ben.url}/home`);
  await soon(notifications(ben.page)).toContainText("You were removed from North Wind.");
  await expectSameAsFreshLoad(ben);
});

test("stream resumes where it was interrupted after connections are reset", async ({
  browserErrors,
  signUp,
  url,
}) => {
  browserErrors.allow(
    /net::ERR_(CONNECTION_(REFUSED|RESET)|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING)/,
  );
  const proxy = await NetworkProxy.start(url);
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben", proxy.url)];
  const wind = await createOrganization("North Wind", ada, ben);
  const rain = await createOrganization("Soft Rain", ada, ben);
  await ben.visit(`/o/${wind.slug}/members`);

  await proxy.disconnect();
  await expect(connectionBadge(ben.page)).not.toHaveText("Live");
  await ada.api.updateOrganization(wind, { name: "South Wind", slug: uniqueSlug("South Wind") });
  await ada.api.setRole(wind, "Ben", "admin");
  await ada.api.removeMember(rain, "Ben");
  await proxy.connect();
  // The page backs off for at most 30 s between attempts.
  await expect(connectionBadge(ben.page)).toHaveText("Live", { timeout: 35_000 });
  await soon(pageHeading(ben.page)).toHaveText("South Wind");
  await expectSameAsFreshLoad(ben);
  await ben.context.close();
  await proxy.disconnect();
});

test("visited pages are shown offline, and updated after reconnecting", async ({
  browserErrors,
  signUp,
}) => {
  browserErrors.allow(/net::ERR_INTERNET_DISCONNECTED/);
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ada.visit(`/o/${wind.slug}/members`);
  await menu(ada.page).getByRole("link", { name: "Home" }).click();
  const recentActivity = ada.page.getByRole("region", { name: "Recent activity" });
  await expect(recentActivity).toContainText("Ben joined as a member");
  // No page shows the members now, but the cache must drop Ben all the same.
  await ben.api.leave(wind);
  await soon(recentActivity).toContainText("Ben left");

  await ada.context.setOffline(true);
  await expect(connectionBadge(ada.page)).toHaveText("Offline");
  await menuEntry(ada.page, "North Wind").click();
  await expect(pageHeading(ada.page)).toHaveText("North Wind");
  await expect(memberRow(ada.page, "North Wind", "Ada")).toBeVisible();
  await expect(memberRow(ada.page, "North Wind", "Ben")).toBeHidden();
  await menu(ada.page).getByRole("link", { name: "Home" }).click();
  await expect(recentActivity).toContainText("Ben left");
  await expect(receivedInvitations(ada.page)).toContainText("No invitations yet.");

  await ada.api.invite(wind, ben.email);
  await ada.context.setOffline(false);
  await soon(recentActivity).toContainText(`Ada invited ${ben.email}`);
  expect(ada.pageLoads).toBe(1);
});

test("page that can't load offline loads after reconnecting", async ({ browserErrors, signUp }) => {
  browserErrors.allow(/net::ERR_INTERNET_DISCONNECTED/);
  const ada = await signUp("Ada");
  const [wind, rain] = [
    await createOrganization("North Wind", ada),
    await createOrganization("Soft Rain", ada),
  ];
  await ada.visit(`/o/${wind.slug}/members`);
  await ada.context.setOffline(true);
  await expect(connectionBadge(ada.page)).toHaveText("Offline");
  // Loaded data stays.
  await expect(memberRow(ada.page, "North Wind", "Ada")).toBeVisible();

  await menuEntry(ada.page, "Soft Rain").click();
  await expect(ada.page).toHaveURL(`${ada.url}/o/${rain.slug}/members`);
  const main = ada.page.getByRole("main");
  const hint = main.getByText("This will load when you're back online.").first();
  await expect(hint).toBeVisible();
  await ada.context.setOffline(false);
  await expect(pageHeading(ada.page)).toHaveText("Soft Rain");
  await expect(memberRow(ada.page, "Soft Rain", "Ada")).toBeVisible();
  await expect(hint).toBeHidden();
  expect(ada.pageLoads).toBe(1);
});
