import type { Page } from "@playwright/test";
import { expect, soon, test } from "../support/fixtures";
import {
  memberRow,
  menuEntry,
  notifications,
  pageHeading,
  receivedInvitations,
} from "../support/locators";
import { expectSameAsFreshLoad } from "../support/offline";
import { createOrganization } from "../support/organizations";
import { RedeliveryProxy } from "../support/redelivery-proxy";

/** Records every heading of the page. */
async function recordHeadings(page: Page): Promise<() => Promise<string[]>> {
  const seen: string[] = [];
  await page.exposeFunction("noteTitle", (title: string) => seen.push(title));
  await pageHeading(page).evaluate((title) => {
    const record = () =>
      (window as unknown as { noteTitle(it: string): void }).noteTitle(title.textContent ?? "");
    new MutationObserver(record).observe(title, {
      childList: true,
      characterData: true,
      subtree: true,
    });
  });
  return async () => seen;
}

test("repeated and late messages change nothing and notify nobody twice", async ({
  signUp,
  url,
}) => {
  const proxy = await RedeliveryProxy.start(url);
  const [ada, ben, cleo] = [
    await signUp("Ada"),
    await signUp("Ben", proxy.url),
    await signUp("Cleo"),
  ];
  const wind = await createOrganization("North Wind", ada, ben);
  const rain = await createOrganization("Soft Rain", ada, ben);
  const hail = await createOrganization("Loud Hail", ada);
  await ben.visit(`/o/${wind.slug}/members`);
  const seen = await recordHeadings(ben.page);

  await ada.api.updateOrganization(wind, { name: "East Wind" });
  await ada.api.updateOrganization(wind, { name: "South Wind" });
  await ada.api.invite(wind, cleo.email);
  await cleo.api.acceptInvitation(wind);
  await soon(memberRow(ben.page, "South Wind", "Cleo")).toBeVisible();
  await ada.api.removeMember(wind, "Cleo");
  await soon(memberRow(ben.page, "South Wind", "Cleo")).toBeHidden();
  await ada.api.removeMember(rain, "Ben");
  await ada.api.invite(hail, ben.email);
  await ada.api.updateOrganization(wind, { name: "West Wind" });
  await soon(pageHeading(ben.page)).toHaveText("West Wind");
  await expect(menuEntry(ben.page, "Soft Rain")).toBeHidden();
  await expect(memberRow(ben.page, "West Wind", "Cleo")).toBeHidden();
  expect(proxy.repeated).toBeGreaterThan(20);

  expect(await seen()).toEqual(["East Wind", "South Wind", "West Wind"]);
  for (const text of ["You were removed from Soft Rain.", "You were invited to Loud Hail."]) {
    await expect(notifications(ben.page).getByText(text)).toHaveCount(1);
  }
  await expectSameAsFreshLoad(ben);
  await notifications(ben.page).getByRole("link", { name: "View invitation" }).click();
  await expect(receivedInvitations(ben.page).getByRole("listitem")).toHaveCount(1);
  await expectSameAsFreshLoad(ben);
  await ben.context.close();
  await proxy.stop();
});
