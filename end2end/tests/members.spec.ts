import { expect, soon, test } from "../support/fixtures";
import {
  memberNames,
  membersScrollArea,
  notifications,
  pathAndQuery,
  waitUntilLive,
} from "../support/locators";
import { signUpTeam } from "../support/organizations";

test("members are found by name, e-mail address and role, and the URL keeps the filters", async ({
  signUp,
}) => {
  const { ada, ben, wind } = await signUpTeam(signUp);
  const { page } = ada;
  const names = memberNames(page, wind.name);
  await ada.visit(`/o/${wind.slug}/members`);
  const search = page.getByRole("searchbox", { name: "Search" });
  await search.pressSequentially("BEN");
  await expect(names).toHaveText([/Ben/]);
  expect(pathAndQuery(page)).toBe(`/o/${wind.slug}/members?q=BEN`);
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
  await waitUntilLive(page);
  await expect(names).toHaveText([/Cleo/]);
  await expect(search).toHaveValue("cleo");
  await expect(page.getByRole("combobox", { name: "Role", exact: true })).toHaveValue("member");
  await search.fill("");
  await expect(names).toHaveText([/Ben/, /Cleo/]);
});

test("filtered list follows role changes by others", async ({ signUp }) => {
  const { ada, ben, cleo, wind } = await signUpTeam(signUp);
  await cleo.visit(`/o/${wind.slug}/members?role=admin`);
  await expect(memberNames(cleo.page, wind.name)).toHaveText([/Ada/]);
  await ada.api.setRole(wind, ben.name, "admin");
  await soon(memberNames(cleo.page, wind.name)).toHaveText([/Ada/, /Ben/]);
});

test("columns sort by mouse and keyboard, and expose the order", async ({ signUp }) => {
  const { ada, wind } = await signUpTeam(signUp);
  const { page } = ada;
  const names = memberNames(page, wind.name);
  await ada.visit(`/o/${wind.slug}/members`);
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
  await waitUntilLive(page);
  await expect(header("Joined")).toHaveAttribute("aria-sort", "descending");
  await expect(names).toHaveText([/Cleo/, /Ben/, /Ada/]);
});

test("several members are selected by keyboard and removed after confirmation", async ({
  signUp,
}) => {
  const { ada, ben, cleo, wind } = await signUpTeam(signUp);
  const { page } = ada;
  await ben.visit("/home");
  await ada.visit(`/o/${wind.slug}/members`);
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
  // A search doesn't change the selection.
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
  await expect(notifications(page)).toContainText("2 members removed.");
  await expect(selection).toHaveText("No members selected");
  await expect(membersScrollArea(page, wind.name)).toBeFocused();
  await soon(notifications(ben.page)).toContainText("You were removed from North Wind.");
});

test("member that can't be removed stays, and the reason is shown", async ({
  browserErrors,
  signUp,
}) => {
  browserErrors.allow(/refused: DELETE \/memberships\/\S+ 409/);
  const { ada, wind } = await signUpTeam(signUp);
  const { page } = ada;
  await ada.visit(`/o/${wind.slug}/members`);
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
