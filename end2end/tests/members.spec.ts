import type { Locator, Page } from "@playwright/test";
import { organization } from "../support/organizations";
import type { Person } from "../support/person";
import { psql } from "../support/processes";
import { address, live, member } from "../support/screen";
import { expect, soon, test } from "../support/test";

const MANY = 10_000;

/** Adds so many members, called `Member 00001` and so on. */
async function crowd(database: string, organizationId: string, count = MANY): Promise<void> {
  await psql(
    database,
    `with people as (
       insert into users (id, email, name)
       select gen_random_uuid(), gen_random_uuid() || '@example.com', 'Member ' || lpad(n::text, 5, '0')
         from generate_series(1, ${count}) n
       returning id)
     insert into memberships (id, organization_id, user_id, role, display_order)
     select gen_random_uuid(), '${organizationId}', id, 'member', 10 from people`,
  );
}

function table(page: Page, name: string): Locator {
  return page.getByRole("table", { name: `Members of ${name}` });
}

/** The frame in which the table scrolls. */
function frame(page: Page, name: string): Locator {
  return page.getByRole("region", { name: `Members of ${name}` });
}

function names(page: Page, name: string): Locator {
  return table(page, name).getByRole("rowheader");
}

function scrollTo(scrolling: Locator, place: "end" | number): Promise<void> {
  return scrolling.evaluate((element, place) => {
    element.scrollTop = place === "end" ? element.scrollHeight : place;
  }, place);
}

/** Where a row is on the screen, in whole pixels. */
async function place(row: Locator): Promise<number> {
  return Math.round((await row.boundingBox())?.y ?? Number.NaN);
}

async function reads(page: Page, name: string, count: number): Promise<void> {
  await expect(table(page, name)).toHaveAttribute("aria-rowcount", `${count + 1}`);
}

async function trio(person: (name: string) => Promise<Person>) {
  const [ada, ben, cleo] = [await person("Ada"), await person("Ben"), await person("Cleo")];
  const wind = await organization("North Wind", ada, ben, cleo);
  return { ada, ben, cleo, wind };
}

test("members are found by name, by address and by role, and stay found when reloaded", async ({
  person,
}) => {
  const { ada, ben, wind } = await trio(person);
  const { page } = ada;
  await ada.visits(`/o/${wind.slug}/members`);
  const search = page.getByRole("searchbox", { name: "Search" });
  await search.pressSequentially("BEN");
  await expect(names(page, wind.name)).toHaveText([/Ben/]);
  expect(address(page)).toBe(`/o/${wind.slug}/members?q=BEN`);
  await search.fill(ben.email);
  await expect(names(page, wind.name)).toHaveText([/Ben/]);
  await search.fill("nobody at all");
  await expect(page.getByText("Nobody fits.")).toBeVisible();
  await search.fill("");
  await page.getByRole("combobox", { name: "Role", exact: true }).selectOption("Members");
  await expect(names(page, wind.name)).toHaveText([/Ben/, /Cleo/]);

  await search.fill("cleo");
  await expect(names(page, wind.name)).toHaveText([/Cleo/]);
  await page.reload();
  await live(page);
  await expect(names(page, wind.name)).toHaveText([/Cleo/]);
  await expect(search).toHaveValue("cleo");
  await expect(page.getByRole("combobox", { name: "Role", exact: true })).toHaveValue("member");
  await search.fill("");
  await expect(names(page, wind.name)).toHaveText([/Ben/, /Cleo/]);
});

test("somebody else's change shows in what was looked for", async ({ person }) => {
  const { ada, ben, cleo, wind } = await trio(person);
  await cleo.visits(`/o/${wind.slug}/members?role=admin`);
  await expect(names(cleo.page, wind.name)).toHaveText([/Ada/]);
  await ada.api.setRole(wind, ben.name, "admin");
  await soon(names(cleo.page, wind.name)).toHaveText([/Ada/, /Ben/]);
});

test("headers sort by click and by key, and tell how", async ({ person }) => {
  const { ada, wind } = await trio(person);
  const { page } = ada;
  await ada.visits(`/o/${wind.slug}/members`);
  const header = (name: string) => page.getByRole("columnheader", { name });
  await expect(header("Name")).toHaveAttribute("aria-sort", "ascending");
  await page.getByRole("button", { name: "Name" }).click();
  await expect(header("Name")).toHaveAttribute("aria-sort", "descending");
  await expect(names(page, wind.name)).toHaveText([/Cleo/, /Ben/, /Ada/]);
  await page.getByRole("button", { name: "Joined" }).press("Enter");
  await expect(header("Name")).toHaveAttribute("aria-sort", "none");
  await expect(names(page, wind.name)).toHaveText([/Ada/, /Ben/, /Cleo/]);
  await page.getByRole("button", { name: "Joined" }).press("Enter");
  await expect(names(page, wind.name)).toHaveText([/Cleo/, /Ben/, /Ada/]);
  await page.reload();
  await live(page);
  await expect(header("Joined")).toHaveAttribute("aria-sort", "descending");
  await expect(names(page, wind.name)).toHaveText([/Cleo/, /Ben/, /Ada/]);
});

test("ten thousand members are there at once, and the last one by scrolling", async ({
  database,
  person,
}) => {
  test.setTimeout(120_000);
  const ada = await person("Ada");
  const wind = await organization("North Wind", ada);
  await crowd(database, wind.id);
  const { page } = ada;
  const figures: string[] = [];
  const begun = Date.now();
  const note = (what: string) => figures.push(`${what} after ${Date.now() - begun} ms`);
  const answer = await page.goto(`${ada.url}/o/${wind.slug}/members`);
  const size = (await answer?.body())?.byteLength ?? Number.POSITIVE_INFINITY;
  figures.push(`${size} bytes of HTML`);
  expect(size).toBeLessThan(200_000);
  await expect(member(page, wind.name, "Member 00001")).toBeVisible();
  note("the first rows");
  await live(page);
  note("live");
  await reads(page, wind.name, MANY + 1);
  await scrollTo(frame(page, wind.name), "end");
  await expect(async () => {
    await scrollTo(frame(page, wind.name), "end");
    await expect(member(page, wind.name, "Member 10000")).toBeVisible({ timeout: 100 });
  }).toPass();
  note("all of them");
  await expect(member(page, wind.name, "Member 10000")).toHaveAttribute(
    "aria-rowindex",
    `${MANY + 2}`,
  );
  expect(await table(page, wind.name).getByRole("row").count()).toBeLessThan(60);
  const searched = Date.now();
  await page.getByRole("searchbox", { name: "Search" }).fill("09876");
  await expect(names(page, wind.name)).toHaveText([/Member 09876/]);
  figures.push(`found after ${Date.now() - searched} ms`);
  test.info().annotations.push({ type: "figures", description: figures.join("; ") });
  console.info(figures.join("; "));
});

test("what others change leaves scroll, focus and what is in sight alone", async ({
  database,
  person,
}) => {
  const { ada, ben, wind } = await trio(person);
  await crowd(database, wind.id, 1_000);
  const { page } = ada;
  await ada.visits(`/o/${wind.slug}/members`);
  await reads(page, wind.name, 1_003);
  const row = member(page, wind.name, "Member 00500");
  await expect(async () => {
    await scrollTo(frame(page, wind.name), 500 * 57);
    await expect(row).toBeVisible({ timeout: 200 });
  }).toPass();
  const role = row.getByRole("combobox", { name: "Role of Member 00500" });
  await role.focus();
  const before = await place(row);

  await ada.api.remove(wind, ben.name);
  await reads(page, wind.name, 1_002);
  await expect.poll(() => place(row)).toBe(before);
  await expect(role).toBeFocused();

  // Somebody new, above.
  await ada.api.invite(wind, ben.email);
  await ben.api.accept(wind);
  await reads(page, wind.name, 1_003);
  await expect.poll(() => place(row)).toBe(before);
  await expect(role).toBeFocused();
});
