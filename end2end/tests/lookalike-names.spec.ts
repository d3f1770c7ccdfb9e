import { expect, soon, test } from "../support/fixtures";
import { memberRow } from "../support/locators";
import { signUpTeam } from "../support/organizations";

test("names that look alike are marked while they do", async ({ signUp }) => {
  const { ada, ben, wind } = await signUpTeam(signUp);
  await ada.visit(`/o/${wind.slug}/members`);
  const marks = ada.page.getByText("Similar name");
  await expect(memberRow(ada.page, wind.name, "Cleo")).toBeVisible();
  await expect(marks).toHaveCount(0);

  // The first letter is Cyrillic.
  const imitation = "\u0410da";
  await ben.api.renameUser(imitation);
  await soon(marks).toHaveCount(2);
  const row = memberRow(ada.page, wind.name, imitation);
  const mark = row.getByText("Similar name");
  await expect(mark).toHaveAttribute("title", "This name looks like another member's: Ada");
  await ada.page.reload();
  await expect(marks).toHaveCount(2);

  await ben.api.renameUser("Ben");
  await soon(marks).toHaveCount(0);
});
