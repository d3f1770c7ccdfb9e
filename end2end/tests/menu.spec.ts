import type { Page, Route } from "@playwright/test";
import type { Organization } from "../support/api";
import {
  archived,
  company,
  edit,
  elsewhere,
  inUse,
  names,
  press,
  shows,
} from "../support/arranging";
import { organization, slug } from "../support/organizations";
import type { Person } from "../support/person";
import { hydrated, menu, menuEntry } from "../support/screen";
import { expect, soon, test } from "../support/test";

/** Keeps the server's answers to changes of memberships back until it is let go. */
async function hold(page: Page): Promise<{ sent: () => number; letGo: () => Promise<void> }> {
  const held: Route[] = [];
  let free = false;
  await page.route("**/memberships/*", async (route) => {
    if (free) await route.continue();
    else held.push(route);
  });
  const letGo = async () => {
    free = true;
    for (const route of held) await route.continue();
  };
  return { sent: () => held.length, letGo };
}

test("what is moved by buttons is moved in every tab and browser, and after a reload", async ({
  person,
  visitor,
}) => {
  const { ada } = await company(person);
  const others = await elsewhere(ada, visitor);
  await shows([ada.page, ...others], ["North Wind", "Soft Rain", "Loud Hail"]);
  await edit(ada.page);
  await press(ada.page, "Move Loud Hail up");
  await shows([ada.page, ...others], ["North Wind", "Loud Hail", "Soft Rain"]);
  await press(ada.page, "Move North Wind down");
  await shows([ada.page, ...others], ["Loud Hail", "North Wind", "Soft Rain"]);
  await press(ada.page, "Done editing");
  await ada.page.reload();
  await shows([ada.page], ["Loud Hail", "North Wind", "Soft Rain"]);
});

test("what is archived goes behind a fold, everywhere, and comes back", async ({
  person,
  visitor,
}) => {
  const { ada, rain } = await company(person);
  const others = await elsewhere(ada, visitor);
  await edit(ada.page);
  await press(ada.page, "Archive Soft Rain");
  await shows([ada.page, ...others], ["North Wind", "Loud Hail"]);
  for (const page of others) {
    await soon(menuEntry(page, "Soft Rain")).toBeHidden();
    await expect(page.getByRole("region", { name: "Your organizations" })).not.toContainText(
      "Soft Rain",
    );
    await menu(page).getByText("Archived", { exact: true }).click();
    await expect(menuEntry(page, "Soft Rain")).toBeVisible();
  }
  // It is still hers.
  await menuEntry(others[0] as Page, "Soft Rain").click();
  await expect(others[0] as Page).toHaveURL(`${ada.url}/o/${rain.slug}/members`);

  await press(ada.page, "Restore Soft Rain");
  await shows([ada.page, ...others], ["North Wind", "Soft Rain", "Loud Hail"]);
});

test("what is muted is marked everywhere", async ({ person, visitor }) => {
  const { ada } = await company(person);
  const others = await elsewhere(ada, visitor);
  await edit(ada.page);
  await press(ada.page, "Mute Soft Rain");
  for (const page of others) {
    await soon(menuEntry(page, "Soft Rain")).toHaveAccessibleDescription(/Muted/);
    await expect(menuEntry(page, "North Wind")).toHaveAccessibleDescription("");
  }
  await press(ada.page, "Unmute Soft Rain");
  for (const page of others) {
    await soon(menuEntry(page, "Soft Rain")).toHaveAccessibleDescription("");
  }
});

test("a change shows before the server has answered, and its echo changes nothing", async ({
  person,
}) => {
  const { ada } = await company(person);
  const { page } = ada;
  await edit(page);
  const answers = await hold(page);
  await press(page, "Move Loud Hail up");
  await press(page, "Mute Loud Hail");
  await press(page, "Move Loud Hail up");
  expect(await names(inUse(page))).toEqual(["Loud Hail", "North Wind", "Soft Rain"]);
  expect(answers.sent()).toBe(1);

  const seen = await watch(page);
  const answered = page.waitForResponse((it) => it.url().includes("/memberships/"));
  await answers.letGo();
  await answered;
  await expect.poll(() => mutedBy(ada, "Loud Hail")).toBe(true);
  await page.reload();
  await shows([page], ["Loud Hail", "North Wind", "Soft Rain"]);
  expect(await seen()).toEqual(["Loud Hail, North Wind, Soft Rain"]);
});

/** Every order of the menu that a person could have seen from now on. */
async function watch(page: Page): Promise<() => Promise<string[]>> {
  const orders: string[] = [];
  await page.exposeFunction("noteOrder", (order: string) => {
    if (orders.at(-1) !== order) orders.push(order);
  });
  await page.evaluate(() => {
    const note = () => {
      const handles = [...document.querySelectorAll('button[aria-label^="Reorder "]')];
      const order = handles.map((it) => it.ariaLabel?.replace("Reorder ", "")).join(", ");
      (window as unknown as { noteOrder(it: string): void }).noteOrder(order);
      requestAnimationFrame(note);
    };
    note();
  });
  return async () => orders;
}

async function mutedBy(person: Person, name: string): Promise<boolean | undefined> {
  const { items } = await person.api.menu();
  return items.find((it) => it.organization.name === name)?.preferences.muted;
}

test("what the server refuses is taken back, with the reason", async ({ faults, person }) => {
  faults.expect(/refused: PATCH \/memberships\/\S+ 503/);
  const { ada } = await company(person);
  const { page } = ada;
  await edit(page);
  await page.route("**/memberships/*", (route) => route.fulfill({ status: 503, body: "" }));
  await press(page, "Move Loud Hail up");
  await expect(menu(page).getByRole("alert")).toContainText("Couldn't move Loud Hail.");
  await shows([page], ["North Wind", "Soft Rain", "Loud Hail"]);
  await press(page, "Archive North Wind");
  await expect(menu(page).getByRole("alert")).toContainText("Couldn't archive North Wind.");
  await shows([page], ["North Wind", "Soft Rain", "Loud Hail"]);

  await page.unroute("**/memberships/*");
  await press(page, "Mute North Wind");
  await expect(menu(page).getByRole("button", { name: "Unmute North Wind" })).toBeVisible();
  await expect(menu(page).getByRole("alert")).toBeHidden();
});

test("everything is done with the keyboard alone", async ({ person }) => {
  const { ada, wind } = await company(person);
  const { page } = ada;
  await page.getByRole("button", { name: "Edit organizations" }).focus();
  await page.keyboard.press("Enter");
  const handle = menu(page).getByRole("button", { name: "Reorder North Wind" });
  // A release gets the code for it now.
  await expect(handle).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(handle).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await shows([page], ["Soft Rain", "Loud Hail", "North Wind"]);
  await expect(handle).toBeFocused();
  await expect(menu(page).getByRole("status")).toHaveText("North Wind moved to position 3 of 3.");
  await page.keyboard.press("Home");
  await shows([page], ["North Wind", "Soft Rain", "Loud Hail"]);
  await expect(handle).toBeFocused();

  const down = menu(page).getByRole("button", { name: "Move North Wind down" });
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await expect(down).toBeFocused();
  for (let presses = 0; presses < 3; presses += 1) {
    await page.keyboard.press("Enter");
    await expect(down).toBeFocused();
  }
  await shows([page], ["Soft Rain", "Loud Hail", "North Wind"]);

  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(menu(page).getByRole("button", { name: "Unmute North Wind" })).toBeFocused();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(menu(page).getByRole("button", { name: "Restore North Wind" })).toBeFocused();
  await shows([page], ["Soft Rain", "Loud Hail"]);
  await page.getByRole("button", { name: "Done editing" }).press("Enter");
  // It was unfolded to be edited.
  await menu(page).getByText("Archived", { exact: true }).press("Enter");
  await expect(menuEntry(page, wind.name)).toBeHidden();
  await menu(page).getByText("Archived", { exact: true }).press("Enter");
  await expect(menuEntry(page, wind.name)).toBeVisible();
  await menuEntry(page, wind.name).press("Enter");
  await expect(page).toHaveURL(`${ada.url}/o/${wind.slug}/members`);
});

/** Drags an organization by its handle to that of another one. */
async function drag(page: Page, name: string, over: string, past = 6): Promise<void> {
  const middle = async (of: string) => {
    const box = await menu(page)
      .getByRole("button", { name: `Reorder ${of}` })
      .boundingBox();
    if (!box) throw new Error(`${of} can't be seen.`);
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  };
  const [from, to] = [await middle(name), await middle(over)];
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 8 });
  await page.mouse.move(to.x, to.y + past, { steps: 2 });
}

test("what is dragged goes where it is dropped, and stays when the drag is given up", async ({
  person,
}) => {
  const { ada } = await company(person);
  const { page } = ada;
  await edit(page);
  await drag(page, "North Wind", "Loud Hail");
  await page.mouse.up();
  await shows([page], ["Soft Rain", "Loud Hail", "North Wind"]);
  await drag(page, "North Wind", "Loud Hail", -6);
  await page.keyboard.press("Escape");
  await page.mouse.up();
  await shows([page], ["Soft Rain", "Loud Hail", "North Wind"]);
  await drag(page, "North Wind", "Soft Rain", -6);
  await page.mouse.up();
  await shows([page], ["North Wind", "Soft Rain", "Loud Hail"]);
  await page.reload();
  await shows([page], ["North Wind", "Soft Rain", "Loud Hail"]);
});

test("one among many is found by a part of its name", async ({ person }) => {
  const ada = await person("Ada");
  const organizations: Organization[] = [];
  for (const name of ["North Wind", "Soft Rain", "Loud Hail", "Dew", "Fog", "Frost"]) {
    organizations.push(await organization(name, ada));
  }
  await ada.visits("/home");
  const search = menu(ada.page).getByRole("searchbox", { name: "Search organizations" });
  await expect(search).toBeHidden();
  await organization("West Wind", ada);
  await soon(search).toBeVisible();
  await search.fill("WIND");
  await shows([ada.page], ["North Wind", "West Wind"]);
  await search.fill("nowhere");
  await expect(menu(ada.page).getByRole("status", { name: "Search result" })).toHaveText(
    "No organizations found.",
  );
  await search.fill("");
  await expect(menu(ada.page).getByRole("link")).toHaveCount(8);

  // Case is the browser's own there, and the server's in what it renders.
  await ada.api.createOrganization("élan ΟΔΟΣ", slug("Elan"));
  await search.fill("ÉLAN οδος");
  await shows([ada.page], ["élan ΟΔΟΣ"]);
  await expect(menu(ada.page)).toContainText("ÉΟ");
});

test("without scripts the menu is in order, and its fold opens", async ({
  faults,
  person,
  visitor,
}) => {
  faults.expect(/tributary\.(js|wasm)/);
  const { ada, rain } = await company(person);
  await edit(ada.page);
  await press(ada.page, "Archive Soft Rain");
  await press(ada.page, "Move Loud Hail up");
  await expect
    .poll(async () => (await ada.api.menu()).items[0]?.organization.name)
    .toBe("Loud Hail");
  const page = await visitor({ javaScriptEnabled: false });
  await page.context().addCookies(await ada.context.cookies());
  await page.goto("/home");
  expect(await names(inUse(page))).toEqual(["Loud Hail", "North Wind"]);
  await menu(page).getByText("Archived", { exact: true }).click();
  await menuEntry(page, rain.name).click();
  await expect(page).toHaveURL(`/o/${rain.slug}/members`);
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true });

  test("the drawer stays open while its organizations are arranged", async ({ person }) => {
    const { ada } = await company(person);
    const { page } = ada;
    await hydrated(page);
    await page.getByRole("button", { name: "Menu" }).click();
    await edit(page);
    await press(page, "Archive Soft Rain");
    await press(page, "Move Loud Hail up");
    await shows([page], ["Loud Hail", "North Wind"]);
    await expect(archived(page)).toContainText("Soft Rain");
    await press(page, "Done editing");
    await expect(menuEntry(page, "North Wind")).toBeVisible();
  });
});
