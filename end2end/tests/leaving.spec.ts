import { openTabAndBrowser } from "../support/devices";
import { expect, soon, test } from "../support/fixtures";
import { memberRow, menuEntry, notifications, pageHeading } from "../support/locators";
import { createOrganization } from "../support/organizations";

test("leaving removes the organization in every tab and browser", async ({
  browserErrors,
  signUp,
  openBrowser,
}) => {
  // The tab that takes over may open the stream before it learns that the user left.
  browserErrors.allow(/refused: GET \S+\/sync\/stream 404/);
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ada.visit(`/o/${wind.slug}/members`);
  await ben.visit(`/o/${wind.slug}/members`);
  const there = await ben.openTab(`/o/${wind.slug}/members`);
  const everywhere = [ben.page, there, ...(await openTabAndBrowser(ben, openBrowser))];
  for (const page of everywhere) await soon(menuEntry(page, "North Wind")).toBeVisible();

  const leave = { name: "Leave North Wind" };
  await ben.page.getByRole("button", leave).click();
  await ben.page.getByRole("dialog").getByRole("button", leave).click();
  for (const page of everywhere) {
    await soon(menuEntry(page, "North Wind")).toBeHidden();
    await soon(pageHeading(page)).toHaveText("Home");
    await soon(notifications(page)).toContainText("You left North Wind.");
  }
  await soon(memberRow(ada.page, "North Wind", "Ben")).toBeHidden();
});

test("member can leave, the only admin can't", async ({ browserErrors, signUp }) => {
  browserErrors.allow(/refused: POST \/organizations\/.*\/leave 409/);
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  const leave = { name: "Leave North Wind" };
  for (const somebody of [ada, ben]) {
    await somebody.visit(`/o/${wind.slug}/members`);
    await somebody.page.getByRole("button", leave).click();
    await somebody.page.getByRole("dialog").getByRole("button", leave).click();
  }
  await expect(ada.page.getByRole("dialog").getByRole("alert")).toContainText(
    "needs at least one admin",
  );
  await expect(ben.page).toHaveURL(`${ben.url}/home`);
  await soon(notifications(ben.page)).toContainText("You left North Wind.");
  await soon(memberRow(ada.page, "North Wind", "Ben")).toBeHidden();
});
