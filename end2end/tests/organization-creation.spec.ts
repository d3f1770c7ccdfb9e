import { expect, soon, test } from "../support/fixtures";
import { memberRow, menu, menuEntry, pageHeading } from "../support/locators";
import { unique } from "../support/person";

test("new organization opens at its members page with its creator as admin", async ({ signUp }) => {
  const ada = await signUp("Ada");
  const name = `North Wind ${unique()}`;
  await ada.visit("/home");
  await menu(ada.page).getByRole("button", { name: "New organization" }).click();
  const dialog = ada.page.getByRole("dialog", { name: "New organization" });
  await dialog.getByRole("button", { name: "Create organization" }).click();
  await expect(dialog.getByLabel("Name")).toHaveAccessibleDescription(/Enter a name\./);
  await dialog.getByLabel("Name").fill(name);
  await expect(dialog.getByRole("textbox", { name: "URL" })).toHaveValue(
    name.toLowerCase().replaceAll(" ", "-"),
  );
  await dialog.getByRole("button", { name: "Create organization" }).click();

  await expect(pageHeading(ada.page)).toHaveText(name);
  await expect(memberRow(ada.page, name, "Ada").getByRole("combobox")).toHaveValue("Admin");
  await soon(menuEntry(ada.page, name)).toHaveAttribute("aria-current", "page");
});
