import type { Page } from "@playwright/test";
import { organization } from "../support/organizations";
import type { Person } from "../support/person";
import { address, live, member, memberNames, membersFrame, messages } from "../support/screen";
import { expect, soon, test } from "../support/test";

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
  const names = memberNames(page, wind.name);
  await ada.visits(`/o/${wind.slug}/members`);
  const search = page.getByRole("searchbox", { name: "Search" });
  await search.pressSequentially("BEN");
  await expect(names).toHaveText([/Ben/]);
  expect(address(page)).toBe(`/o/${wind.slug}/members?q=BEN`);
  await search.fill(ben.email);
  await expect(names).toHaveText([/Ben/]);
  await search.fill("nobody at all");
  await expect(page.getByText("No members found.")).toBeVisible();
  await search.fill("");
  await page.getByRole("combobox", { name: "Role", exact: true }).selectOption("Members");
  await expect(names).toHaveText([/Ben/, /Cleo/]);

  await search.fill("cleo");
  await expect(names).toHaveText([/Cleo/]);
  await page.reload();
  await live(page);
  await expect(names).toHaveText([/Cleo/]);
  await expect(search).toHaveValue("cleo");
  await expect(page.getByRole("combobox", { name: "Role", exact: true })).toHaveValue("member");
  await search.fill("");
  await expect(names).toHaveText([/Ben/, /Cleo/]);
});

test("somebody else's change shows in what was looked for", async ({ person }) => {
  const { ada, ben, cleo, wind } = await trio(person);
  await cleo.visits(`/o/${wind.slug}/members?role=admin`);
  await expect(memberNames(cleo.page, wind.name)).toHaveText([/Ada/]);
  await ada.api.setRole(wind, ben.name, "admin");
  await soon(memberNames(cleo.page, wind.name)).toHaveText([/Ada/, /Ben/]);
});

test("headers sort by click and by key, and tell how", async ({ person }) => {
  const { ada, wind } = await trio(person);
  const { page } = ada;
  const names = memberNames(page, wind.name);
  await ada.visits(`/o/${wind.slug}/members`);
  const header = (name: string) => page.getByRole("columnheader", { name });
  await expect(header("Name")).toHaveAttribute("aria-sort", "ascending");
  await page.getByRole("button", { name: "Name" }).click();
  await expect(header("Name")).toHaveAttribute("aria-sort", "descending");
  await expect(names).toHaveText([/Cleo/, /Ben/, /Ada/]);
  await page.getByRole("button", { name: "Joined" }).press("Enter");
  await expect(header("Name")).toHaveAttribute("aria-sort", "none");
  await expect(names).toHaveText([/Ada/, /Ben/, /Cleo/]);
  await page.getByRole("button", { name: "Joined" }).press("Enter");
  await expect(names).toHaveText([/Cleo/, /Ben/, /Ada/]);
  await page.reload();
  await live(page);
  await expect(header("Joined")).toHaveAttribute("aria-sort", "descending");
  await expect(names).toHaveText([/Cleo/, /Ben/, /Ada/]);
});

test("several are selected by key and removed at once, after they are named", async ({
  person,
}) => {
  const { ada, ben, cleo, wind } = await trio(person);
  const { page } = ada;
  await ben.visits("/home");
  await ada.visits(`/o/${wind.slug}/members`);
  const selection = page.getByRole("status", { name: "Selection" });
  const remove = page.getByRole("button", { name: "Remove selected" });
  await expect(selection).toHaveText("No members selected");
  await expect(remove).toBeDisabled();
  for (const name of [ben.name, cleo.name]) {
    await page.getByRole("checkbox", { name: `Select ${name}` }).press("Space");
  }
  await expect(selection).toHaveText("2 selected");
  const all = page.getByRole("checkbox", { name: "Select all shown" });
  await expect(all).toHaveJSProperty("indeterminate", true);
  // Looking for somebody else doesn't change who is selected.
  await page.getByRole("searchbox", { name: "Search" }).fill("Ada");
  await expect(memberNames(page, wind.name)).toHaveCount(1);
  await expect(selection).toHaveText("2 selected");
  await page.getByRole("searchbox", { name: "Search" }).fill("");

  await remove.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Remove 2 members?" });
  await expect(dialog.getByRole("list", { name: "Who" }).getByRole("listitem")).toHaveText([
    ben.name,
    cleo.name,
  ]);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(remove).toBeFocused();
  await remove.press("Enter");
  await dialog.getByRole("button", { name: "Remove 2 members" }).press("Enter");
  await expect(memberNames(page, wind.name)).toHaveText([/Ada/]);
  await expect(messages(page)).toContainText("2 members removed.");
  await expect(selection).toHaveText("No members selected");
  await expect(membersFrame(page, wind.name)).toBeFocused();
  await soon(messages(ben.page)).toContainText("You were removed from North Wind.");
});

test("whoever can't be removed stays, and it is told why", async ({ faults, person }) => {
  faults.expect(/refused: DELETE \/memberships\/\S+ 409/);
  const { ada, wind } = await trio(person);
  const { page } = ada;
  await ada.visits(`/o/${wind.slug}/members`);
  await page.getByRole("checkbox", { name: "Select all shown" }).check();
  await page.getByRole("button", { name: "Remove selected" }).click();
  const question = page.getByRole("dialog", { name: "Remove 3 members?" });
  await expect(question).toContainText("This includes you.");
  await question.getByRole("button", { name: "Remove 3 members" }).click();
  const outcome = page.getByRole("dialog", { name: "Couldn't remove 1 member" });
  await expect(outcome.getByRole("listitem")).toContainText(/^Ada: .*admin/);
  await outcome.getByRole("button", { name: "Close" }).click();
  await expect(memberNames(page, wind.name)).toHaveText([/Ada/]);
});

/** Whoever looks once a frame has looked since. */
function nextFrame(page: Page): Promise<void> {
  return page.evaluate(
    () =>
      new Promise<void>((resolve) =>
        requestAnimationFrame(() => requestAnimationFrame(() => resolve())),
      ),
  );
}

test("a role is given by key, and neither its answer nor its echo makes it flicker", async ({
  person,
}) => {
  const { ada, ben, cleo, wind } = await trio(person);
  const { page } = ada;
  await cleo.visits(`/o/${wind.slug}/members`);
  await ada.visits(`/o/${wind.slug}/members`);
  const role = page.getByRole("combobox", { name: `Role of ${ben.name}` });
  await role.focus();
  const seen = await role.evaluateHandle((select: HTMLSelectElement) => {
    const seen: string[] = [];
    const look = () => {
      const now = `${select.selectedOptions[0]?.label}${document.activeElement === select ? "" : ", without the focus"}`;
      if (seen.at(-1) !== now) seen.push(now);
      requestAnimationFrame(look);
    };
    look();
    return seen;
  });
  await page.keyboard.press("ArrowDown");
  await soon(member(cleo.page, wind.name, ben.name)).toContainText("Admin");
  // Changing one's mind before the answer is there: the last choice stands.
  let held = () => {};
  const answered = new Promise<void>((resolve) => {
    held = resolve;
  });
  await page.route(/\/memberships\//, async (route) => {
    await answered;
    await route.continue();
  });
  for (const key of ["ArrowUp", "ArrowDown", "ArrowUp"]) {
    await page.keyboard.press(key);
    await nextFrame(page);
  }
  held();
  await soon(member(cleo.page, wind.name, ben.name)).toContainText("Member");
  await expect(page.getByRole("status", { name: "Member changes" })).toHaveText("");
  expect(await seen.jsonValue()).toEqual(["Member", "Admin", "Member", "Admin", "Member"]);
});

test("a role that can't be given is taken back, and it is told why", async ({ faults, person }) => {
  faults.expect(/refused: PATCH \/memberships\/\S+ 409/);
  const { ada, wind } = await trio(person);
  await ada.visits(`/o/${wind.slug}/members`);
  const role = ada.page.getByRole("combobox", { name: "Role of Ada" });
  await role.selectOption("Member");
  await expect(messages(ada.page)).toContainText(/admin/);
  await expect(role).toHaveValue("Admin");
});
