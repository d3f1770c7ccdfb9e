import type { Page } from "@playwright/test";
import { openTabAndBrowser } from "../support/devices";
import { expect, soon, test } from "../support/fixtures";
import { menu, menuEntry, waitUntilHydrated } from "../support/locators";
import {
  archivedList,
  clickInMenu,
  expectOrder,
  signUpWithThreeOrganizations,
  startEditing,
} from "../support/menu-editing";

test("buttons reorder the menu in every tab and browser, and a reload keeps the order", async ({
  signUp,
  openBrowser,
}) => {
  const { ada } = await signUpWithThreeOrganizations(signUp);
  const others = await openTabAndBrowser(ada, openBrowser);
  await expectOrder([ada.page, ...others], ["North Wind", "Soft Rain", "Loud Hail"]);
  await startEditing(ada.page);
  await clickInMenu(ada.page, "Move Loud Hail up");
  await expectOrder([ada.page, ...others], ["North Wind", "Loud Hail", "Soft Rain"]);
  await clickInMenu(ada.page, "Move North Wind down");
  await expectOrder([ada.page, ...others], ["Loud Hail", "North Wind", "Soft Rain"]);
  await clickInMenu(ada.page, "Done editing");
  await ada.page.reload();
  await expectOrder([ada.page], ["Loud Hail", "North Wind", "Soft Rain"]);
});

test("archived organization is collapsed in every tab and browser, and can be restored", async ({
  signUp,
  openBrowser,
}) => {
  const { ada, rain } = await signUpWithThreeOrganizations(signUp);
  const others = await openTabAndBrowser(ada, openBrowser);
  await startEditing(ada.page);
  await clickInMenu(ada.page, "Archive Soft Rain");
  await expectOrder([ada.page, ...others], ["North Wind", "Loud Hail"]);
  for (const page of others) {
    await soon(menuEntry(page, "Soft Rain")).toBeHidden();
    await expect(page.getByRole("region", { name: "Your organizations" })).not.toContainText(
      "Soft Rain",
    );
    await menu(page).getByText("Archived", { exact: true }).click();
    await expect(menuEntry(page, "Soft Rain")).toBeVisible();
  }
  // Archiving keeps the membership.
  await menuEntry(others[0] as Page, "Soft Rain").click();
  await expect(others[0] as Page).toHaveURL(`${ada.url}/o/${rain.slug}/members`);

  await clickInMenu(ada.page, "Restore Soft Rain");
  await expectOrder([ada.page, ...others], ["North Wind", "Soft Rain", "Loud Hail"]);
});

test("muted organization is marked in every tab and browser", async ({ signUp, openBrowser }) => {
  const { ada } = await signUpWithThreeOrganizations(signUp);
  const others = await openTabAndBrowser(ada, openBrowser);
  await startEditing(ada.page);
  await clickInMenu(ada.page, "Mute Soft Rain");
  for (const page of others) {
    await soon(menuEntry(page, "Soft Rain")).toHaveAccessibleDescription(/Muted/);
    await expect(menuEntry(page, "North Wind")).toHaveAccessibleDescription("");
  }
  await clickInMenu(ada.page, "Unmute Soft Rain");
  for (const page of others) {
    await soon(menuEntry(page, "Soft Rain")).toHaveAccessibleDescription("");
  }
});

test("menu is edited with the keyboard alone", async ({ signUp }) => {
  const { ada, wind } = await signUpWithThreeOrganizations(signUp);
  const { page } = ada;
  await page.getByRole("button", { name: "Edit organizations" }).focus();
  await page.keyboard.press("Enter");
  const handle = menu(page).getByRole("button", { name: "Reorder North Wind" });
  // A release fetches the chunk of the edit mode now.
  await expect(handle).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(handle).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await expectOrder([page], ["Soft Rain", "Loud Hail", "North Wind"]);
  await expect(handle).toBeFocused();
  await expect(menu(page).getByRole("status")).toHaveText("North Wind moved to position 3 of 3.");
  await page.keyboard.press("Home");
  await expectOrder([page], ["North Wind", "Soft Rain", "Loud Hail"]);
  await expect(handle).toBeFocused();

  const down = menu(page).getByRole("button", { name: "Move North Wind down" });
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await expect(down).toBeFocused();
  for (let presses = 0; presses < 3; presses += 1) {
    await page.keyboard.press("Enter");
    await expect(down).toBeFocused();
  }
  await expectOrder([page], ["Soft Rain", "Loud Hail", "North Wind"]);

  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(menu(page).getByRole("button", { name: "Unmute North Wind" })).toBeFocused();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(menu(page).getByRole("button", { name: "Restore North Wind" })).toBeFocused();
  await expectOrder([page], ["Soft Rain", "Loud Hail"]);
  await page.getByRole("button", { name: "Done editing" }).press("Enter");
  // Edit mode has expanded the archive.
  await menu(page).getByText("Archived", { exact: true }).press("Enter");
  await expect(menuEntry(page, wind.name)).toBeHidden();
  await menu(page).getByText("Archived", { exact: true }).press("Enter");
  await expect(menuEntry(page, wind.name)).toBeVisible();
  await menuEntry(page, wind.name).press("Enter");
  await expect(page).toHaveURL(`${ada.url}/o/${wind.slug}/members`);
});

/** Drags an organization by its handle to the handle of another, and `past` pixels further. */
async function drag(page: Page, name: string, over: string, past = 6): Promise<void> {
  const middle = async (of: string) => {
    const box = await menu(page)
      .getByRole("button", { name: `Reorder ${of}` })
      .boundingBox();
    if (!box) throw new Error(`${of} has no visible handle.`);
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  };
  const [from, to] = [await middle(name), await middle(over)];
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 8 });
  await page.mouse.move(to.x, to.y + past, { steps: 2 });
}

test("dragging reorders the menu, and Escape cancels the drag", async ({ signUp }) => {
  const { ada } = await signUpWithThreeOrganizations(signUp);
  const { page } = ada;
  await startEditing(page);
  await drag(page, "North Wind", "Loud Hail");
  await page.mouse.up();
  await expectOrder([page], ["Soft Rain", "Loud Hail", "North Wind"]);
  await drag(page, "North Wind", "Loud Hail", -6);
  await page.keyboard.press("Escape");
  await page.mouse.up();
  await expectOrder([page], ["Soft Rain", "Loud Hail", "North Wind"]);
  await drag(page, "North Wind", "Soft Rain", -6);
  await page.mouse.up();
  await expectOrder([page], ["North Wind", "Soft Rain", "Loud Hail"]);
  await page.reload();
  await expectOrder([page], ["North Wind", "Soft Rain", "Loud Hail"]);
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true });

  test("menu drawer stays open during editing", async ({ signUp }) => {
    const { ada } = await signUpWithThreeOrganizations(signUp);
    const { page } = ada;
    await waitUntilHydrated(page);
    await page.getByRole("button", { name: "Menu" }).click();
    await startEditing(page);
    await clickInMenu(page, "Archive Soft Rain");
    await clickInMenu(page, "Move Loud Hail up");
    await expectOrder([page], ["Loud Hail", "North Wind"]);
    await expect(archivedList(page)).toContainText("Soft Rain");
    await clickInMenu(page, "Done editing");
    await expect(menuEntry(page, "North Wind")).toBeVisible();
  });
});
