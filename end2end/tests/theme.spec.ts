import type { Page } from "@playwright/test";
import { organization } from "../support/organizations";
import { note } from "../support/screen";
import { expect, soon, test } from "../support/test";

function ground(page: Page): Promise<string> {
  return page.evaluate(() => getComputedStyle(document.body).backgroundColor);
}

test("a theme that is chosen in one tab is in the others at once", async ({ person }) => {
  const ada = await person("Ada");
  await ada.page.emulateMedia({ colorScheme: "light" });
  await ada.visits("/account");
  const light = await ground(ada.page);
  const home = await ada.opensTab("/home");
  const account = await ada.opensTab("/account");
  for (const page of [home, account]) await page.emulateMedia({ colorScheme: "light" });

  await ada.page.getByRole("radio", { name: "Dark" }).check();
  const dark = await ground(ada.page);
  expect(dark).not.toBe(light);
  for (const page of [home, account]) await soon.poll(() => ground(page)).toBe(dark);
  await soon(account.getByRole("radio", { name: "Dark" })).toBeChecked();

  await account.getByRole("radio", { name: "System" }).check();
  for (const page of [home, ada.page]) await soon.poll(() => ground(page)).toBe(light);
  await soon(ada.page.getByRole("radio", { name: "System" })).toBeChecked();
});

test("the system's theme is followed as it changes, unless another is chosen", async ({
  person,
}) => {
  const ada = await person("Ada");
  await ada.page.emulateMedia({ colorScheme: "light" });
  await ada.visits("/account");
  const light = await ground(ada.page);
  await ada.page.emulateMedia({ colorScheme: "dark" });
  const dark = await ground(ada.page);
  expect(dark).not.toBe(light);
  await ada.page.getByRole("radio", { name: "Light" }).check();
  expect(await ground(ada.page)).toBe(light);
});

/** What moves on the page for longer than a blink, or would when touched. */
function moving(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const seconds = (times: string) => Math.max(...times.split(",").map(Number.parseFloat));
    return [...document.querySelectorAll("*")].flatMap((element) =>
      ["", "::before", "::after", "::backdrop"].flatMap((part) => {
        const style = getComputedStyle(element, part);
        const fades = seconds(style.transitionDuration) > 0.01;
        // A mark that is there and then is not, is no motion.
        const stepwise = /^steps?\b/.test(style.animationTimingFunction);
        const plays = style.animationName !== "none" && !stepwise;
        return fades || plays ? [`${element.tagName}.${element.className}${part}`] : [];
      }),
    );
  });
}

test("nothing moves for who wants less motion", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  const moves = new Set<string>();
  for (const reducedMotion of ["no-preference", "reduce"] as const) {
    await ben.page.emulateMedia({ reducedMotion });
    for (const path of ["/home", "/account", `/o/${wind.slug}/members`, `/o/${wind.slug}/notes`]) {
      await ben.visits(path);
      const title = `For ${path}, ${reducedMotion}`;
      await ada.api.createNote(wind, title);
      if (path.endsWith("notes")) await soon(note(ben.page, title)).toBeVisible();
      const found = await moving(ben.page);
      if (reducedMotion === "reduce") expect(found, path).toEqual([]);
      else for (const it of found) moves.add(it);
    }
  }
  // Otherwise the test would find nothing, whatever there is.
  expect(moves.size).toBeGreaterThan(0);
});
