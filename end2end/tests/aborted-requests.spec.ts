import { expect, test } from "../support/fixtures";
import { createOrganization } from "../support/organizations";

test("page loads aborted by the client cause no server error", async ({ ownServer, signUp }) => {
  const ada = await signUp("Ada", ownServer.url);
  const wind = await createOrganization("North Wind", ada);
  const [, cookie = ""] = (await ada.cookieHeader()).split(/: (.*)/);
  const headers = { accept: "text/html", cookie };
  const paths = ["/home", "/account", `/o/${wind.slug}/members`, `/o/${wind.slug}/notes`];
  const outcomes = new Set<string>();
  const reads = async (path: string, leavesAfter: number) => {
    const signal = AbortSignal.timeout(leavesAfter);
    const outcome = fetch(ownServer.url + path, { headers, signal }).then(({ status }) => status);
    outcomes.add(`${await outcome.catch(() => "left")}`);
  };
  for (let round = 0; round < 60; round++) {
    await Promise.all(paths.map((path, place) => reads(path, 5 + 2 * round + 20 * place)));
  }
  for (const path of paths) await reads(path, 30_000);
  expect([...outcomes].sort()).toEqual(["200", "left"]);
  // A panic would fail the test when the fixture stops the server.
});
