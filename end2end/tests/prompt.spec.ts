import { organization } from "../support/organizations";
import { heading } from "../support/screen";
import { expect, test } from "../support/test";

/** How long a change may take from one person's request to another person's screen. */
const PROMPT = 2_000;

test("what one person changes is on another's screen within two seconds", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  await ben.visits(`/o/${wind.slug}/members`);
  const took: number[] = [];
  for (const name of ["East Wind", "South Wind", "West Wind", "Soft Wind", "Last Wind"]) {
    const start = performance.now();
    await ada.api.updateOrganization(wind, { name });
    await expect(heading(ben.page)).toHaveText(name, { timeout: 15_000 });
    took.push(performance.now() - start);
  }
  took.sort((one, other) => one - other);
  // The middle one: a machine that does much else at the same time may be late once.
  expect(took[2]).toBeLessThan(PROMPT);
});
