// The main flows, through the controls that people use.
import assert from "node:assert/strict";
import { until } from "../support/processes.mjs";
import { role } from "./screen.mjs";

const badge = role("status", "Connection");
const heading = role("heading", undefined, { level: 1 });
const received = role("region", "Invitations");
const pending = role("region", "Pending invitations");
const notifications = role("status", "Notifications");
const menu = (...path) => [...role("navigation", "Organizations"), ...path.flat()];
const tab = (organization, name) => [
  ...role("navigation", organization),
  ...role("link", new RegExp(`^${name}`)),
];
const memberRow = (name) => role("row", new RegExp(`^(Select )?${name}|\\b${name}\\b`));
const note = (title) => role("article", title);

async function edit(screen, title) {
  await screen.click([...note(title), ...role("button", `Edit ${title}`)]);
  await screen.sees(role("article", `Edit ${title}`));
}

export const flows = {
  async "signing in and out"(people) {
    const [ada] = await people.create("Ada");
    await people.createOrganization("North Wind", ada);
    const screen = await ada.signIn();
    await screen.sees(role("banner"), /Ada/);
    await screen.sees(menu(role("link", "North Wind")));

    await screen.click(role("button", "Sign out"));
    await screen.isAt("/sign-in");
    await screen.waitUntilHydrated();
    await screen.back();
    await screen.isAt(/^\/sign-in/);
    await screen.seesNo(menu());
    await screen.load("/home");
    await screen.isAt(/^\/sign-in/);
  },

  async "live change"(people) {
    const [ada, ben] = await people.create("Ada", "Ben");
    const wind = await people.createOrganization("North Wind", ada, ben);
    await Promise.all([
      ada.signIn(`/o/${wind.slug}/settings`),
      ben.signIn(`/o/${wind.slug}/members`),
    ]);
    const general = role("region", "General");
    await ada.screen.fill([...general, ...role("textbox", "Name")], "South Wind");
    await ada.screen.click([...general, ...role("button", "Save changes")]);
    for (const { screen } of [ada, ben]) {
      await screen.sees(heading, "South Wind");
      await screen.sees(menu(role("link", "South Wind")));
    }
  },

  async "role change"(people) {
    const [ada, ben] = await people.create("Ada", "Ben");
    const wind = await people.createOrganization("North Wind", ada, ben);
    const members = `/o/${wind.slug}/members`;
    await Promise.all([ada.signIn(members), ben.signIn(members)]);
    await ben.screen.sees(tab("North Wind", "Members"));
    await ben.screen.seesNo(tab("North Wind", "Settings"));

    const roleOfBen = role("combobox", "Role of Ben");
    await ada.screen.choose(roleOfBen, "Admin");
    await ben.screen.sees(tab("North Wind", "Settings"));
    await ben.screen.sees(role("button", "Invite people"));
    await ben.screen.sees(notifications, /You are now an admin of North Wind\./);

    await ada.screen.choose(roleOfBen, "Member");
    await ben.screen.seesNo(tab("North Wind", "Settings"));
    await ben.screen.seesNo(role("button", "Invite people"));
  },

  async invitation(people) {
    const [ada, ben] = await people.create("Ada", "Ben");
    const wind = await people.createOrganization("North Wind", ada);
    await Promise.all([ada.signIn(`/o/${wind.slug}/members`), ben.signIn()]);
    await ada.screen.click(role("button", "Invite people"));
    const dialog = role("dialog", "Invite people to North Wind");
    await ada.screen.fill([...dialog, ...role("textbox", "Email addresses")], ben.email);
    await ada.screen.click([...dialog, ...role("button", "Send invitations")]);
    await ada.screen.sees([...dialog, ...role("list", "Results")], /Invited/);
    await ben.screen.sees(received, /Ada invited you as a member/);
    await ada.screen.click([...dialog, ...role("button", "Done")]);
    await ada.screen.seesNo(dialog);
    await ada.screen.sees(pending, new RegExp(ben.email));

    const accept = role("button", "Accept invitation to North Wind");
    await ben.screen.click([...received, ...accept]);
    await ben.screen.sees(menu(role("link", "North Wind")));
    await ada.screen.sees(memberRow("Ben"));
    await ada.screen.sees(pending, /No pending invitations\./);
    await ben.screen.sees(received, /No invitations yet\./);
  },

  async "notes with a conflict"(people) {
    const [ada, ben] = await people.create("Ada", "Ben");
    const wind = await people.createOrganization("North Wind", ada, ben);
    const notes = `/o/${wind.slug}/notes`;
    await Promise.all([ada.signIn(notes), ben.signIn(notes)]);
    await ada.screen.click(role("button", "Write the first note"));
    const form = role("form", "New note");
    await ada.screen.fill([...form, ...role("textbox", "Title")], "Plan");
    await ada.screen.fill([...form, ...role("textbox", "Text")], "One");
    await ada.screen.click([...form, ...role("button", "Add note")]);
    await ben.screen.sees(note("Plan"), /One/);

    const editor = role("article", "Edit Plan");
    const text = [...editor, ...role("textbox", "Text")];
    const save = [...editor, ...role("button", "Save")];
    await edit(ada.screen, "Plan");
    await ada.screen.fill(text, "Mine");
    await edit(ben.screen, "Plan");
    await ben.screen.fill(text, "Theirs");
    await ben.screen.click(save);
    await ada.screen.sees([...editor, ...role("status")], /you choose between both versions/);
    await ada.screen.click(save);
    await ada.screen.sees(role("article", "Your version"), /Mine/);
    await ada.screen.sees(role("article", "Their version"), /Theirs/);
    await ada.screen.click(role("button", "Keep mine"));
    for (const { screen } of [ada, ben]) await screen.sees(note("Plan"), /Mine/);
  },

  async "two tabs"(people, server) {
    const [ada, ben] = await people.create("Ada", "Ben");
    const wind = await people.createOrganization("North Wind", ada, ben);
    const streams = async () => (await server.report()).streams;
    await until("no browser of an earlier flow is connected", 20, async () => !(await streams()));
    const first = await ada.signIn();
    const second = await ada.visitInTab("/home");
    assert.equal(await streams(), 1, "both tabs share a stream");
    const rename = (name) => ben.api.request("PATCH", "/me", { name });
    const activity = role("region", "Recent activity");
    await rename("Benedict");
    for (const screen of [first, second]) await screen.sees(activity, /Benedict/);

    await ada.closeTab(first);
    await ada.api.request("PATCH", `/organizations/${wind.id}`, { name: "South Wind" });
    await second.sees(menu(role("link", "South Wind")));
    await second.waitUntilLive();

    const third = await ada.visitInTab("/account");
    assert.equal(await streams(), 1, "both tabs share a stream");
    people.allowErrors(/refused: GET \/me(\/\w+)? 401/);
    await third.click(role("button", "Sign out"));
    for (const screen of [second, third]) await screen.isAt(/^\/sign-in/);
  },

  async "offline and back"(people) {
    const [ada, ben] = await people.create("Ada", "Ben");
    const wind = await people.createOrganization("North Wind", ada, ben);
    await ben.signIn(`/o/${wind.slug}/members`);
    await ben.screen.click(menu(role("link", "Home")));
    await ben.screen.sees(heading, "Home");

    await ben.proxy.disconnect();
    await ben.screen.sees(badge, /^(Connecting|Offline)$/);
    // What was loaded is still there.
    await ben.screen.click(menu(role("link", "North Wind")));
    await ben.screen.sees(heading, "North Wind");
    await ben.screen.sees(memberRow("Ada"));
    const path = `/organizations/${wind.id}`;
    await ada.api.request("PATCH", path, { name: "South Wind" });
    const { items } = await ada.api.request("GET", `${path}/members?limit=100`);
    const { id } = items.find(({ user }) => user.name === "Ben");
    await ada.api.request("PATCH", `/memberships/${id}`, { role: "admin" });

    await ben.proxy.connect();
    // The page backs off for at most 30 s between attempts.
    await ben.screen.waitUntilLive(40);
    await ben.screen.sees(heading, "South Wind");
    await ben.screen.sees(tab("South Wind", "Settings"));
  },

  async "leaving a page while its code loads"(people) {
    const [ada] = await people.create("Ada");
    await ada.signIn();
    const requests = ada.proxy.stall("/pkg/tributary.js");
    await ada.screen.load("/account");
    await until("the page asks for its code", 10, () => requests() > 0);
    ada.proxy.resume();
    await ada.screen.visit("/home");
    await ada.screen.sees(heading, "Home");
  },
};
