import { crowdThatIsHere, organization } from "../support/organizations";
import { hereNow, hydrated, tab } from "../support/screen";
import { expect, test } from "../support/test";

/** Who leaves is expected back for 8 s; then the others have it within some rounds. */
const gone = expect.configure({ timeout: 20_000 });

test("two people see each other come and go, whichever page is open", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  const rain = await organization("Soft Rain", ada, ben);
  await ada.visits(`/o/${wind.slug}/members`);
  await ben.visits(`/o/${wind.slug}/notes`);
  await expect(hereNow(ada.page).getByRole("listitem")).toHaveText(["BBen"]);
  await expect(hereNow(ben.page).getByRole("listitem")).toHaveText(["AAda"]);

  // It is no matter which page, and a tab that follows another one's stream knows too.
  await tab(ada.page, "North Wind", "Settings").click();
  await expect(hereNow(ada.page)).toContainText("Ben");
  const second = await ada.opensTab(`/o/${wind.slug}/activity`);
  await expect(hereNow(second)).toContainText("Ben");

  await ben.page.goto(`${ben.url}/o/${rain.slug}/members`);
  for (const page of [ada.page, second]) await gone(hereNow(page)).toBeHidden();
  await hydrated(ben.page);
  await expect(hereNow(ben.page)).toBeHidden();
  expect(ada.loads).toBe(2);
});

test("a new name shows, and who is removed is here no longer", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  await ada.visits(`/o/${wind.slug}/settings`);
  await ben.visits(`/o/${wind.slug}/members`);
  await expect(hereNow(ada.page)).toHaveText("BBen");
  await ben.api.rename("Bernhard");
  await expect(hereNow(ada.page)).toHaveText("BBernhard");
  await ada.api.remove(wind, "Bernhard");
  await expect(hereNow(ada.page)).toBeHidden();
});

test("of many, five are shown and the others counted", async ({ database, person }) => {
  const ada = await person("Ada");
  const wind = await organization("North Wind", ada);
  await ada.visits(`/o/${wind.slug}/members`);
  await crowdThatIsHere(database, wind, 8);
  const here = hereNow(ada.page).getByRole("listitem");
  await expect(here).toHaveCount(6);
  await expect(here.first()).toContainText("Crowd 1");
  await expect(here.last()).toContainText("and 3 more");
});

test("who lost the network doesn't know who is here", async ({ faults, person }) => {
  faults.expect(/net::ERR_INTERNET_DISCONNECTED/);
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  await ada.visits(`/o/${wind.slug}/members`);
  await ben.visits(`/o/${wind.slug}/members`);
  await expect(hereNow(ada.page)).toContainText("Ben");
  await ada.context.setOffline(true);
  await expect(hereNow(ada.page)).toBeHidden();
  await ada.context.setOffline(false);
  await expect(hereNow(ada.page)).toContainText("Ben");
});
