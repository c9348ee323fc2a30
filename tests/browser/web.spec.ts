import { expect, LIFE, PASSWORD, Tab, test } from "./web";

/** What a browser says of answers that the tests are about. */
const REFUSED = /Failed to load resource: the server responded with a status of 4\d\d/;
const CUT = /Failed to load resource: net::ERR_INTERNET_DISCONNECTED|WebSocket connection to/;

test("from the first visit to the deleted account", async ({ tab, context, web, watch }) => {
  test.setTimeout(240_000);
  const { page } = tab;
  await page.goto(web.url);
  await expect(page).toHaveURL(/\/login\?reason=needed&next=%2Fdashboard$/);
  await expect(page.getByText("Sign in to see your tasks.")).toBeVisible();
  await page.getByRole("link", { name: "Make an account" }).click();
  await expect(page.getByRole("heading", { name: "Make an account" })).toBeVisible();
  const email = await tab.register();

  await test.step("thirty tasks, filtered, searched, ordered", async () => {
    await expect(page.getByText("All done.")).toBeVisible();
    for (let number = 1; number <= 30; number += 1) await tab.add(`Errand ${number}`);
    await tab.counts(30);
    expect(await tab.titles).toHaveLength(30);
    await tab.edit("Errand 7");
    await page.getByLabel("Priority").last().selectOption("URGENT");
    await page.getByLabel("Due").fill("2020-02-29");
    await tab.save.click();
    await expect(tab.task("Errand 7").getByText("29 Feb 2020")).toBeVisible();
    const side = page.getByRole("navigation");
    await side.getByRole("button", { name: "Urgent" }).click();
    await tab.counts(1);
    await side.getByRole("button", { name: "Urgent" }).click();
    await side.getByRole("button", { name: "Overdue" }).click();
    await tab.counts(1);
    await side.getByRole("button", { name: "Any time" }).click();
    await page.getByLabel("Search tasks").fill("errand 2");
    await tab.counts(11);
    await page.getByLabel("Search tasks").fill("nothing like it");
    await expect(page.getByText("Nothing here is like that.")).toBeVisible();
    await page.getByRole("button", { name: "Show everything" }).click();
    await tab.counts(30);
    await page.getByLabel("Order").selectOption("title");
    await expect(page).toHaveURL(/\?order=title$/);
    await expect.poll(async () => (await tab.titles).slice(0, 2)).toEqual(["Errand 1", "Errand 10"]);
    await tab.task("Errand 1").getByRole("checkbox").click();
    await tab.counts(29);
    await side.getByRole("button", { name: "Done" }).click();
    await tab.counts(1);
    await page.goBack();
    await tab.counts(29);
    await page.getByLabel("Order").selectOption("newest");
  });

  const second = await Tab.open(context, web);
  await test.step("a second tab sees what happens", async () => {
    await second.counts(29);
    await tab.add("Seen at once");
    await expect(second.task("Seen at once")).toBeVisible();
    await second.task("Seen at once").getByRole("checkbox").click();
    await expect(tab.task("Seen at once")).toBeHidden();
    await tab.counts(29);
  });

  await test.step("the token ends, and both tabs go on", async () => {
    const asked = () => [...tab.asked, ...second.asked].filter((name) => name === "Refresh").length;
    const before = asked();
    const begun = Date.now();
    if (web.accounts === "taskward") await page.waitForTimeout(LIFE * 1.5);
    else await tab.ask("LogoutEverywhere");
    await Promise.all([tab.add("After the token, here"), second.add("After the token, there")]);
    for (const one of [tab, second]) {
      await expect(one.task("After the token, here")).toBeVisible();
      await expect(one.task("After the token, there")).toBeVisible();
      await one.counts(31);
    }
    // One renewal does for both tabs, each time that a token is near its end.
    const periods = web.accounts === "taskward" ? Math.ceil((Date.now() - begun) / (LIFE * 0.75)) : 1;
    expect(asked() - before).toBeGreaterThan(0);
    expect(asked() - before).toBeLessThanOrEqual(periods);
    watch.expect(REFUSED);
  });

  await test.step("a conflict is shown, and one chooses", async () => {
    await tab.edit("Errand 30");
    await page.getByRole("textbox", { name: "Title" }).fill("Written here");
    await second.edit("Errand 30");
    await second.page.getByRole("textbox", { name: "Title" }).fill("Written there");
    await second.save.click();
    await expect(page.getByText("It was changed elsewhere since you began.")).toBeVisible();
    await tab.save.click();
    const dialog = page.getByRole("dialog", { name: "Changed in two places" });
    await expect(dialog.getByRole("row", { name: "Title" })).toHaveText("TitleWritten hereWritten there");
    await tab.screenshot(`conflict-${web.accounts}`);
    await dialog.getByRole("button", { name: "Keep mine" }).click();
    await expect(second.task("Written here")).toBeVisible();

    // What does not concern the same field needs no question.
    await tab.edit("Errand 29");
    await page.getByRole("textbox", { name: "Notes" }).fill("From here");
    await second.task("Errand 29").getByRole("checkbox").click();
    await expect(page.getByText("It was changed elsewhere since you began.")).toBeVisible();
    // The list has no place for it any more; what one writes stays.
    await tab.counts(30);
    await expect(page.getByRole("textbox", { name: "Notes" })).toBeFocused();
    await tab.save.click();
    await expect(page.getByRole("textbox", { name: "Notes" })).toBeHidden();
    await page.getByRole("navigation").getByRole("button", { name: "Done" }).click();
    await tab.edit("Errand 29");
    await expect(page.getByRole("textbox", { name: "Notes" })).toHaveValue("From here");

    // Nor are others' notes overwritten by those that one has read before.
    await second.page.getByRole("navigation").getByRole("button", { name: "Done" }).click();
    await second.edit("Errand 29");
    await expect(second.page.getByRole("textbox", { name: "Notes" })).toHaveValue("From here");
    await second.page.getByRole("textbox", { name: "Notes" }).fill("From there");
    await second.save.click();
    await expect(page.getByText("It was changed elsewhere since you began.")).toBeVisible();
    await page.getByRole("textbox", { name: "Notes" }).fill("From here again");
    await tab.save.click();
    await expect(dialog.getByRole("row", { name: "Notes" })).toHaveText("NotesFrom here againFrom there");
    await dialog.getByRole("button", { name: "Keep the other" }).click();
    await tab.edit("Errand 29");
    await expect(page.getByRole("textbox", { name: "Notes" })).toHaveValue("From there");
    await page.keyboard.press("Escape");
    watch.expect(REFUSED);
  });

  const third = await tab.elsewhere(email);
  await test.step("signing out everywhere ends the other tab and other browsers, and one comes back to where it was", async () => {
    await second.page.getByRole("navigation").getByRole("button", { name: "Open" }).click();
    await second.page.getByLabel("Order").selectOption("due");
    await page.getByRole("button", { name: /^Account of/ }).click();
    await page.getByRole("menuitem", { name: "Account and security" }).click();
    await expect(page.getByText(/Chrome on Linux/)).toHaveCount(2);
    await tab.screenshot(`settings-${web.accounts}`);
    await page.getByRole("button", { name: "Sign out everywhere" }).click();
    await expect(page.getByText("You are signed out everywhere.")).toBeVisible();
    await expect(second.page.getByText("You are signed out everywhere.")).toBeVisible();
    // Not only when its token would have ended by itself.
    await expect(third.page.getByText("Your sign-in has ended, here or elsewhere.")).toBeVisible({ timeout: 4000 });
    await third.close();
    await second.signIn(email);
    await expect(second.page).toHaveURL(/\/dashboard\?order=due$/);
    await second.counts(30);
  });

  await test.step("the account is deleted, with another password than before", async () => {
    const next = "another line that only I know";
    await second.page.goto(`${web.url}/settings`);
    await second.page.getByLabel("Present password").fill("not this one at all");
    await second.page.getByLabel("New password").fill(next);
    await second.page.getByRole("button", { name: "Change password" }).click();
    await expect(second.page.getByRole("alert").filter({ hasText: /password/i })).toBeVisible();
    await second.page.getByLabel("Present password").fill(PASSWORD);
    await second.page.getByRole("button", { name: "Change password" }).click();
    await expect(second.page.getByText("Changed. You are signed out everywhere else.")).toBeVisible();
    await second.page.getByLabel("Your password").fill(next);
    await second.page.getByRole("button", { name: "Delete account" }).click();
    await expect(second.page.getByText("Your account is deleted, with all that was in it.")).toBeVisible();
    // Nor does a token of before open anything.
    await expect(second.ask("Tasks", { first: 1, counted: false })).rejects.toThrow("UNAUTHENTICATED");
    await second.fill(email, next);
    await second.page.getByRole("button", { name: "Sign in" }).click();
    await expect(second.page.getByRole("alert").filter({ hasText: /password/i })).toBeVisible();
    watch.expect(REFUSED);
  });
});

test("a list longer than a page comes as one scrolls, without a row twice", async ({ tab }) => {
  await tab.register();
  await tab.add("The first");
  await tab.counts(1);
  for (let number = 1; number <= 160; number += 1) {
    await tab.ask("CreateTask", { input: { title: `Row ${number}` } });
  }
  await tab.counts(161);
  const shown = await tab.titles;
  expect(shown.length).toBeLessThan(161);
  await expect(async () => {
    await tab.page.mouse.wheel(0, 5000);
    expect(await tab.titles).toHaveLength(161);
  }).toPass();
  const expected = Array.from({ length: 160 }, (_, index) => `Row ${160 - index}`);
  expect(await tab.titles).toEqual([...expected, "The first"]);

  // Rows that move from page to page while one looks are neither lost nor doubled.
  await tab.ask("CreateTask", { input: { title: "Newer" } });
  await tab.counts(162);
  await expect.poll(() => tab.titles).toEqual(["Newer", ...expected, "The first"]);
});

test("offline says so, keeps what is done, and catches up", async ({ tab, context, web, watch }) => {
  const email = await tab.register();
  await tab.add("Water the plants");
  await tab.counts(1);
  // A second browser of the same user, which stays online.
  const other = await tab.elsewhere(email);
  await context.setOffline(true);
  await expect(tab.status).toHaveText("Offline");
  await tab.add("Written in a tunnel");
  await tab.task("Water the plants").getByRole("checkbox").click();
  await tab.task("Water the plants").getByRole("checkbox").click();
  await expect(tab.task("Written in a tunnel")).toBeVisible();
  await expect(tab.status).toHaveText("Offline, 3 changes wait");
  // What was loaded before is there, and what is deleted can be had again.
  await tab.edit("Written in a tunnel");
  await tab.page.keyboard.press("Escape");
  await tab.button("Written in a tunnel").focus();
  await tab.page.keyboard.press("Delete");
  await expect(tab.task("Written in a tunnel")).toBeHidden();
  await tab.screenshot(`offline-${web.accounts}`);
  // The token ends meanwhile.
  if (web.accounts === "taskward") await tab.page.waitForTimeout(LIFE * 1.2);
  await other.ask("CreateTask", { input: { title: "Meanwhile elsewhere" } });
  await context.setOffline(false);
  await expect(tab.status).toHaveText("");
  await expect(tab.task("Meanwhile elsewhere")).toBeVisible();
  await tab.page.getByRole("button", { name: "Undo" }).click();
  await tab.counts(3);
  await expect(tab.task("Water the plants").getByRole("checkbox")).not.toBeChecked();
  await tab.page.reload();
  await tab.counts(3);
  await other.close();
  watch.expect(CUT);
});

test("edits made while away do not pass over another's", async ({ tab, context, watch }) => {
  const email = await tab.register();
  await tab.add("As it was");
  await tab.counts(1);
  const other = await tab.elsewhere(email);
  await context.setOffline(true);
  await expect(tab.status).toHaveText("Offline");
  await tab.edit("As it was");
  await tab.page.getByLabel("Priority").last().selectOption("HIGH");
  await tab.save.click();
  await expect(tab.task("As it was").getByText("High")).toBeVisible();
  await tab.edit("As it was");
  await tab.page.getByRole("textbox", { name: "Title" }).fill("Mine");
  await tab.save.click();
  await expect(tab.task("Mine")).toBeVisible();
  await other.edit("As it was");
  await other.page.getByRole("textbox", { name: "Title" }).fill("Theirs");
  await other.save.click();
  await expect(other.task("Theirs")).toBeVisible();
  await context.setOffline(false);
  const dialog = tab.page.getByRole("dialog", { name: "Changed in two places" });
  await expect(dialog.getByRole("row", { name: "Title" })).toHaveText("TitleMineTheirs");
  await dialog.getByRole("button", { name: "Keep the other" }).click();
  await expect(tab.task("Theirs").getByText("High")).toBeVisible();
  await expect(other.task("Theirs").getByText("High")).toBeVisible();

  // What was written for a task that is gone is not.
  await tab.edit("Theirs");
  await tab.page.getByRole("textbox", { name: "Notes" }).fill("A long thought");
  await other.button("Theirs").focus();
  await other.page.keyboard.press("Delete");
  await expect(other.page.getByText("All done.")).toBeVisible();
  await expect(tab.page.locator(".count")).toBeHidden();
  await tab.save.click();
  await tab.page.getByRole("button", { name: "Add it again" }).click();
  await tab.edit("Theirs");
  await expect(tab.page.getByRole("textbox", { name: "Notes" })).toHaveValue("A long thought");
  await other.close();
  watch.expect(CUT);
});

test("what the server refuses is taken back, said, and not lost", async ({ tab, watch }) => {
  await tab.register();
  await tab.add("Fine");
  await tab.counts(1);
  await tab.add("Rings a \u0007 bell");
  await expect(tab.page.getByRole("log")).toContainText("was not added.");
  await expect(tab.page.getByLabel("New task")).toHaveValue("Rings a \u0007 bell");
  await tab.counts(1);
  await tab.edit("Fine");
  await tab.page.getByRole("textbox", { name: "Title" }).fill("Also a \u0007 bell");
  await tab.page.getByRole("textbox", { name: "Notes" }).fill("A long thought");
  await tab.save.click();
  await expect(tab.task("Fine")).toBeVisible();
  await expect(tab.page.getByRole("log")).toContainText("“Fine” was not changed.");
  await tab.page.getByRole("button", { name: "Edit again" }).click();
  await expect(tab.page.getByRole("textbox", { name: "Notes" })).toHaveValue("A long thought");
  await tab.page.getByRole("textbox", { name: "Title" }).fill("Better");
  await tab.save.click();
  await expect(tab.task("Better")).toBeVisible();

  await tab.page.getByRole("button", { name: "Better" }).focus();
  await tab.page.keyboard.press("Delete");
  await expect(tab.task("Better")).toBeHidden();
  await tab.page.getByRole("button", { name: "Undo" }).click();
  await tab.edit("Better");
  await expect(tab.page.getByRole("textbox", { name: "Notes" })).toHaveValue("A long thought");
  watch.expect(REFUSED);
});

test("tags have names and colours, and narrow the list", async ({ tab, context, web }) => {
  const { page } = tab;
  await tab.register();
  await tab.add("Dig over the beds");
  await tab.add("Pay the rent");
  await page.getByRole("button", { name: "Make a tag…" }).click();
  const dialog = page.getByRole("dialog", { name: "Tags" });
  for (const name of ["Garden", "Money"]) {
    await dialog.getByLabel("New tag", { exact: true }).fill(name);
    await page.keyboard.press("Enter");
    await expect(dialog.getByLabel(`Name of ${name}`)).toHaveValue(name);
  }
  await dialog.getByLabel("New tag", { exact: true }).fill("garden");
  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("alert")).toHaveText("Another one has this name already.");
  await expect(dialog.getByLabel("New tag", { exact: true })).toHaveValue("garden");
  await expect(dialog.getByRole("listitem")).toHaveCount(2);
  await dialog.getByRole("button", { name: "Done" }).click();
  await tab.edit("Dig over the beds");
  await page.getByRole("group", { name: "Tags" }).last().getByRole("button", { name: "Garden" }).click();
  await page.keyboard.press("Control+Enter");
  await expect(tab.task("Dig over the beds").locator(".tag")).toHaveText("Garden");
  const side = page.getByRole("navigation");
  await side.getByRole("button", { name: "Garden" }).click();
  await tab.counts(1);
  // What is added to a narrowed list belongs to it.
  await tab.add("Prune the roses");
  await tab.counts(2);

  const second = await Tab.open(context, web);
  await expect(second.task("Prune the roses").locator(".tag")).toHaveText("Garden");
  await side.getByRole("button", { name: "Change tags…" }).click();
  await dialog.getByLabel("Name of Garden").fill("Yard");
  await page.keyboard.press("Enter");
  await expect(second.task("Prune the roses").locator(".tag")).toHaveText("Yard");
  await dialog.getByRole("button", { name: "Delete Yard" }).click();
  await dialog.getByRole("button", { name: "Delete Yard for good" }).click();
  await expect(second.task("Prune the roses").locator(".tag")).toBeHidden();
  await second.counts(3);
});

test("another's sign-in in the same browser leaves nothing of the one before", async ({ tab, context, web }) => {
  await tab.register();
  await tab.add("A secret of Ada's");
  await tab.counts(1);
  const other = await Tab.open(context, web, "/register");
  await other.counts(1);
  await other.register("/register?reason=ended");
  await expect(tab.page.getByText("All done.")).toBeVisible();
  await expect(tab.page.getByText("A secret of Ada's")).toBeHidden();
  await other.add("Bob's own");
  await expect(tab.task("Bob's own")).toBeVisible();
});

test("a way back leads nowhere else", async ({ tab, web }) => {
  const email = await tab.register();
  for (const next of ["//evil.example/", "https://evil.example/", "/\\evil.example", "/.//evil.example", "//", "javascript:alert(1)"]) {
    await tab.page.goto(`${web.url}/login?${new URLSearchParams({ reason: "ended", next })}`);
    await tab.signIn(email);
    await expect(tab.page).toHaveURL(`${web.url}/dashboard`);
  }
});

test("a lost password, and an address that is one's own", async ({ tab, web }) => {
  test.skip(web.accounts !== "taskward", "Better Auth mails nothing here");
  const { page } = tab;
  const email = await tab.register();
  await page.goto(`${web.url}/settings`);
  await expect(page.getByText(`${email} is not verified yet.`)).toBeVisible();
  await page.getByRole("button", { name: "Send me a link" }).click();
  await expect(page.getByText("A link is on its way to you.")).toBeVisible();
  await page.goto(await web.linkMailedTo(email, "verify-email"));
  await expect(page.getByText(`${email} is verified.`)).toBeVisible();
  expect(page.url()).not.toContain("token");
  await page.goto(`${web.url}/settings`);
  await expect(page.getByText(email)).toBeVisible();
  await expect(page.getByText("is not verified yet.")).toBeHidden();

  await page.goto(`${web.url}/reset-password`);
  await page.getByLabel("Email").fill(email);
  await page.getByRole("button", { name: "Send me a link" }).click();
  await expect(page.getByText("If there is such an account, a link is on its way to it.")).toBeVisible();
  await page.goto(await web.linkMailedTo(email, "reset-password"));
  await page.getByLabel("New password").fill("another line that only I know");
  await page.getByRole("button", { name: "Set it" }).click();
  await expect(page.getByText("It counts from here on.")).toBeVisible();
  await page.getByRole("link", { name: "Sign in" }).click();
  await tab.signIn(email, "another line that only I know");
});
