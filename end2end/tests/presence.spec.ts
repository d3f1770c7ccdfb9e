import { insertPresentMembers } from "../support/bulk-members";
import { expect, test } from "../support/fixtures";
import { organizationTab, presenceList, waitUntilHydrated } from "../support/locators";
import { createOrganization } from "../support/organizations";

/** A departure shows after a grace period of 8 s and some presence rounds. */
const eventually = expect.configure({ timeout: 20_000 });

test("members see each other come and go on every page of the organization", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  const rain = await createOrganization("Soft Rain", ada, ben);
  await ada.visit(`/o/${wind.slug}/members`);
  await ben.visit(`/o/${wind.slug}/notes`);
  await expect(presenceList(ada.page).getByRole("listitem")).toHaveText(["BBen"]);
  await expect(presenceList(ben.page).getByRole("listitem")).toHaveText(["AAda"]);

  // The page doesn't matter, and neither does whether the tab holds the stream.
  await organizationTab(ada.page, "North Wind", "Settings").click();
  await expect(presenceList(ada.page)).toContainText("Ben");
  const second = await ada.openTab(`/o/${wind.slug}/activity`);
  await expect(presenceList(second)).toContainText("Ben");

  await ben.page.goto(`${ben.url}/o/${rain.slug}/members`);
  for (const page of [ada.page, second]) await eventually(presenceList(page)).toBeHidden();
  await waitUntilHydrated(ben.page);
  await expect(presenceList(ben.page)).toBeHidden();
  expect(ada.pageLoads).toBe(2);
});

test("presence list shows new names and drops removed members", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ada.visit(`/o/${wind.slug}/settings`);
  await ben.visit(`/o/${wind.slug}/members`);
  await expect(presenceList(ada.page)).toHaveText("BBen");
  await ben.api.renameUser("Bernhard");
  await expect(presenceList(ada.page)).toHaveText("BBernhard");
  await ada.api.removeMember(wind, "Bernhard");
  await expect(presenceList(ada.page)).toBeHidden();
});

test("presence list shows five people and counts the rest", async ({ database, signUp }) => {
  const ada = await signUp("Ada");
  const wind = await createOrganization("North Wind", ada);
  await ada.visit(`/o/${wind.slug}/members`);
  await insertPresentMembers(database, wind, 8);
  const people = presenceList(ada.page).getByRole("listitem");
  await expect(people).toHaveCount(6);
  await expect(people.first()).toContainText("Crowd 1");
  await expect(people.last()).toContainText("and 3 more");
});

test("presence list is hidden while offline", async ({ browserErrors, signUp }) => {
  browserErrors.allow(/net::ERR_INTERNET_DISCONNECTED/);
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ada.visit(`/o/${wind.slug}/members`);
  await ben.visit(`/o/${wind.slug}/members`);
  await expect(presenceList(ada.page)).toContainText("Ben");
  await ada.context.setOffline(true);
  await expect(presenceList(ada.page)).toBeHidden();
  await ada.context.setOffline(false);
  await expect(presenceList(ada.page)).toContainText("Ben");
});
