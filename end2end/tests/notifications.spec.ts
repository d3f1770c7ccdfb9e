import { expect, soon, test } from "../support/fixtures";
import { notifications } from "../support/locators";
import { createOrganization } from "../support/organizations";

test("reason for losing an organization stays until the page is visible", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ben.page.clock.install();
  await ben.visit(`/o/${wind.slug}/members`);
  const hide = (hidden: boolean) =>
    ben.page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    }, hidden);
  await hide(true);
  await ada.api.removeMember(wind, "Ben");
  await soon(ben.page).toHaveURL(`${ben.url}/home`);
  const notification = notifications(ben.page).getByText("You were removed from North Wind.");
  await soon(notification).toBeVisible();
  await ben.page.clock.fastForward("01:00");
  await expect(notification).toBeVisible();
  await hide(false);
  await ben.page.clock.fastForward("00:13");
  await expect(notification).toBeHidden();
});
