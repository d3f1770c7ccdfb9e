//! A browser that is wrong about the network. Some report that there is none beside a server that
//! answers, for example with a VPN or virtual network adapters.
import type { BrowserContext } from "@playwright/test";
import { expect, soon, test } from "../support/fixtures";
import { connectionBadge, menuEntry, pageHeading } from "../support/locators";
import { createOrganization } from "../support/organizations";

/** Makes the pages of the browser believe that there is no network. */
async function reportNoNetwork(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, "onLine", { get: () => false });
  });
}

test("page is live although the browser reports no network", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await reportNoNetwork(ben.context);
  await ben.visit(`/o/${wind.slug}/members`);
  await ada.api.updateOrganization(wind, { name: "South Wind" });
  await soon(pageHeading(ben.page)).toHaveText("South Wind");
});

test("live page stays live when the browser reports that the network is lost", async ({
  signUp,
}) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ben.visit(`/o/${wind.slug}/members`);
  const again = ben.page.waitForRequest((request) => request.url().includes("/me/stream"));
  await ben.page.evaluate(() => window.dispatchEvent(new Event("offline")));
  await again;
  await expect(connectionBadge(ben.page)).toHaveText("Live");
  await ada.api.updateOrganization(wind, { name: "South Wind" });
  await soon(pageHeading(ben.page)).toHaveText("South Wind");
});

test("failed request is repeated although the browser reports no network", async ({
  browserErrors,
  signUp,
}) => {
  browserErrors.allow(/net::ERR_FAILED/);
  const ada = await signUp("Ada");
  const rain = await createOrganization("Soft Rain", ada);
  await reportNoNetwork(ada.context);
  await ada.visit("/home");
  await ada.page.route("**/organizations/**", (route) => route.abort());
  await menuEntry(ada.page, "Soft Rain").click();
  await expect(ada.page).toHaveURL(`${ada.url}/o/${rain.slug}/members`);
  await expect(ada.page.getByRole("main")).toContainText("Can't reach Tributary.");
  await ada.page.unroute("**/organizations/**");
  await expect(pageHeading(ada.page)).toHaveText("Soft Rain");
});
