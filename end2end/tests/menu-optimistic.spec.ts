import type { Page, Route } from "@playwright/test";
import { expect, test } from "../support/fixtures";
import { menu } from "../support/locators";
import {
  activeList,
  clickInMenu,
  expectOrder,
  organizationNames,
  signUpWithThreeOrganizations,
  startEditing,
} from "../support/menu-editing";
import type { Person } from "../support/person";

/** Delays requests that change memberships until `release` is called. */
async function delayRequests(
  page: Page,
): Promise<{ sent: () => number; release: () => Promise<void> }> {
  const delayed: Route[] = [];
  let free = false;
  await page.route("**/memberships/*", async (route) => {
    if (free) await route.continue();
    else delayed.push(route);
  });
  const release = async () => {
    free = true;
    for (const route of delayed) await route.continue();
  };
  return { sent: () => delayed.length, release };
}

test("change is shown before the response, and its echo has no effect", async ({ signUp }) => {
  const { ada } = await signUpWithThreeOrganizations(signUp);
  const { page } = ada;
  await startEditing(page);
  const requests = await delayRequests(page);
  await clickInMenu(page, "Move Loud Hail up");
  await clickInMenu(page, "Mute Loud Hail");
  await clickInMenu(page, "Move Loud Hail up");
  expect(await organizationNames(activeList(page))).toEqual([
    "Loud Hail",
    "North Wind",
    "Soft Rain",
  ]);
  expect(requests.sent()).toBe(1);

  const seen = await recordOrders(page);
  const answered = page.waitForResponse((it) => it.url().includes("/memberships/"));
  await requests.release();
  await answered;
  await expect.poll(() => isMuted(ada, "Loud Hail")).toBe(true);
  await page.reload();
  await expectOrder([page], ["Loud Hail", "North Wind", "Soft Rain"]);
  expect(await seen()).toEqual(["Loud Hail, North Wind, Soft Rain"]);
});

/** Records every order of the menu that is painted. */
async function recordOrders(page: Page): Promise<() => Promise<string[]>> {
  const orders: string[] = [];
  await page.exposeFunction("noteOrder", (order: string) => {
    if (orders.at(-1) !== order) orders.push(order);
  });
  await page.evaluate(() => {
    const record = () => {
      const handles = [...document.querySelectorAll('button[aria-label^="Reorder "]')];
      const order = handles.map((it) => it.ariaLabel?.replace("Reorder ", "")).join(", ");
      (window as unknown as { noteOrder(it: string): void }).noteOrder(order);
      requestAnimationFrame(record);
    };
    record();
  });
  return async () => orders;
}

async function isMuted(person: Person, name: string): Promise<boolean | undefined> {
  const { items } = await person.api.menu();
  return items.find((it) => it.organization.name === name)?.preferences.muted;
}

test("refused change is reverted, and the reason is shown", async ({ browserErrors, signUp }) => {
  browserErrors.allow(/refused: PATCH \/memberships\/\S+ 503/);
  const { ada } = await signUpWithThreeOrganizations(signUp);
  const { page } = ada;
  await startEditing(page);
  await page.route("**/memberships/*", (route) => route.fulfill({ status: 503, body: "" }));
  await clickInMenu(page, "Move Loud Hail up");
  await expect(menu(page).getByRole("alert")).toContainText("Couldn't move Loud Hail.");
  await expectOrder([page], ["North Wind", "Soft Rain", "Loud Hail"]);
  await clickInMenu(page, "Archive North Wind");
  await expect(menu(page).getByRole("alert")).toContainText("Couldn't archive North Wind.");
  await expectOrder([page], ["North Wind", "Soft Rain", "Loud Hail"]);

  await page.unroute("**/memberships/*");
  await clickInMenu(page, "Mute North Wind");
  await expect(menu(page).getByRole("button", { name: "Unmute North Wind" })).toBeVisible();
  await expect(menu(page).getByRole("alert")).toBeHidden();
});
