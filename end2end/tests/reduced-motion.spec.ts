import type { Page } from "@playwright/test";
import { expect, soon, test } from "../support/fixtures";
import { noteArticle } from "../support/locators";
import { createOrganization } from "../support/organizations";

/** The elements with a transition or an animation longer than 10 ms. */
function animatedElements(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const seconds = (times: string) => Math.max(...times.split(",").map(Number.parseFloat));
    return [...document.querySelectorAll("*")].flatMap((element) =>
      ["", "::before", "::after", "::backdrop"].flatMap((part) => {
        const style = getComputedStyle(element, part);
        const fades = seconds(style.transitionDuration) > 0.01;
        // A highlight that appears and disappears in steps is no motion.
        const stepwise = /^steps?\b/.test(style.animationTimingFunction);
        const plays = style.animationName !== "none" && !stepwise;
        return fades || plays ? [`${element.tagName}.${element.className}${part}`] : [];
      }),
    );
  });
}

test("reduced motion disables transitions and animations", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  const moves = new Set<string>();
  for (const reducedMotion of ["no-preference", "reduce"] as const) {
    await ben.page.emulateMedia({ reducedMotion });
    for (const path of ["/home", "/account", `/o/${wind.slug}/members`, `/o/${wind.slug}/notes`]) {
      await ben.visit(path);
      const title = `For ${path}, ${reducedMotion}`;
      await ada.api.createNote(wind, title);
      if (path.endsWith("notes")) await soon(noteArticle(ben.page, title)).toBeVisible();
      const found = await animatedElements(ben.page);
      if (reducedMotion === "reduce") expect(found, path).toEqual([]);
      else for (const it of found) moves.add(it);
    }
  }
  // Proves that the check finds animations at all.
  expect(moves.size).toBeGreaterThan(0);
});
