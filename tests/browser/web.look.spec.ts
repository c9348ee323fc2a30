// What the pages look like, whether a keyboard and a screen reader are enough, and how much has to be loaded.
import { AxeBuilder } from "@axe-core/playwright";
import { expect, noted, noteTasks, scriptsOf, type Tab, test } from "./web";

const DAY = 86_400_000;
/** What the dashboard may load before its tasks are there, in bytes as they travel. */
const BUDGET = 170_000;

const TAGS = { Home: "#2f855a", Work: "#2b6cb0", Garden: "#00838f", Reading: "#6b46c1" };
const TASKS: { title: string; tags?: (keyof typeof TAGS)[]; priority?: string; days?: number; completed?: boolean }[] = [
  { title: "Return the books to the library", tags: ["Reading"], days: 5 },
  { title: "Find a name for the boat" },
  { title: "Plant the tulip bulbs before the frost", tags: ["Garden"], days: 6 },
  { title: "Write the minutes of Thursday's meeting", tags: ["Work"], priority: "HIGH", days: 1 },
  { title: "Sharpen the kitchen knives", tags: ["Home"], priority: "LOW" },
  { title: "Ask Grace about the compiler", tags: ["Work", "Reading"] },
  { title: "Renew the passport", priority: "URGENT", days: -1 },
  { title: "Water the plants", tags: ["Home", "Garden"], days: 0 },
  { title: "Book a table for Friday evening", days: 4 },
  { title: "Mend the gate", tags: ["Garden", "Home"], priority: "LOW" },
];

/** An account as somebody has it. */
async function furnish(tab: Tab): Promise<void> {
  await tab.register("/register", "ada.lovelace");
  await tab.add("Call the dentist");
  await tab.counts(1);
  const ids = new Map<string, string>();
  for (const [name, color] of Object.entries(TAGS)) {
    const made = await tab.ask<{ createTag: { tag: { id: string } } }>("CreateTag", { input: { name, color } });
    ids.set(name, made.createTag.tag.id);
  }
  const tonight = new Date().setHours(23, 59, 0, 0);
  for (const { tags = [], days, ...task } of TASKS) {
    const dueAt = days === undefined ? null : new Date(tonight + days * DAY).toISOString();
    await tab.ask("CreateTask", { input: { ...task, dueAt, tagIds: tags.map((tag) => ids.get(tag)) } });
  }
  await tab.counts(TASKS.length + 1);
  await expect(tab.page.getByRole("navigation").getByRole("button", { name: "Reading" })).toBeVisible();
}

/** Nothing that keeps people out: none of what axe calls serious, and none of the lesser either. */
async function isOpenToAll(tab: Tab, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page: tab.page }).analyze();
  const found = violations.map(({ id, impact, nodes }) => [id, impact, nodes.map(({ html }) => html).slice(0, 3)]);
  expect(found, where).toEqual([]);
}

test("light and dark, desk and phone, are good to look at and open to all", async ({ tab, web }) => {
  const { page } = tab;
  const name = (of: string) => `${of}-${web.accounts}`;
  await page.goto(`${web.url}/register`);
  await expect(page.getByRole("button", { name: "Register" })).toBeVisible();
  await isOpenToAll(tab, "register");
  await furnish(tab);
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await tab.screenshot(name(`dashboard-${scheme}`));
    await isOpenToAll(tab, `dashboard, ${scheme}`);
    await tab.edit("Water the plants");
    await expect(page.getByRole("textbox", { name: "Notes" })).toBeVisible();
    await tab.screenshot(name(`editor-${scheme}`));
    await isOpenToAll(tab, `editor, ${scheme}`);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Change tags…" }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await tab.screenshot(name(`tags-${scheme}`));
    await isOpenToAll(tab, `tags, ${scheme}`);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /^Account of/ }).click();
    await expect(page.getByRole("menuitemradio", { name: "As the system" })).toBeChecked();
    await page.keyboard.press("Escape");
  }
  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("menuitemradio", { name: "Light" }).click();
  await page.keyboard.press("Escape");
  await page.reload();
  await tab.counts(TASKS.length + 1);
  expect(await page.evaluate(() => getComputedStyle(document.body).colorScheme)).toBe("light");

  await page.setViewportSize({ width: 390, height: 780 });
  await tab.screenshot(name("dashboard-phone"));
  await isOpenToAll(tab, "dashboard, phone");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Work" }).click();
  await tab.screenshot(name("filters-phone"));
  await isOpenToAll(tab, "filters, phone");
  await page.getByRole("button", { name: "Show them" }).click();
  await tab.counts(2);
  await page.goto(`${web.url}/settings`);
  await expect(page.getByText(/Chrome on Linux/)).toBeVisible();
  await tab.screenshot(name("settings-phone"));
  await isOpenToAll(tab, "settings, phone");
});

test("a keyboard is enough", async ({ tab }) => {
  const { page } = tab;
  const { keyboard } = page;
  await tab.register();
  await keyboard.press("n");
  for (const title of ["One", "Two", "Three"]) {
    await keyboard.type(title);
    await keyboard.press("Enter");
  }
  await tab.counts(3);
  await tab.page.getByLabel("New task").blur();
  await keyboard.press("/");
  await expect(page.getByLabel("Search tasks")).toBeFocused();
  await keyboard.press("Tab");
  await expect(page.getByLabel("Order")).toBeFocused();
  await keyboard.press("Tab");
  await keyboard.press("Space");
  await tab.counts(2);
  await expect.poll(() => tab.titles).toEqual(["Two", "One"]);
  await tab.button("Two").focus();
  await keyboard.press("ArrowDown");
  await expect(tab.button("One")).toBeFocused();
  await keyboard.press("Enter");
  await expect(page.getByRole("textbox", { name: "Title" })).toBeFocused();
  await keyboard.press("End");
  await keyboard.type(" and a half");
  await keyboard.press("Control+Enter");
  await expect(tab.button("One and a half")).toBeFocused();
  await keyboard.press("ArrowUp");
  await keyboard.press("Delete");
  await tab.counts(1);
  await expect(tab.button("One and a half")).toBeFocused();
  await page.getByRole("button", { name: "Undo" }).focus();
  await keyboard.press("Enter");
  await tab.counts(2);
});

test("little is loaded before the tasks are there", async ({ tab }) => {
  await tab.register();
  await tab.add("Water the plants");
  await tab.counts(1);
  await tab.page.addInitScript(noteTasks);
  await tab.page.reload();
  await expect(tab.task("Water the plants")).toBeVisible();
  const there = await noted(tab.page);
  const sizes = (await scriptsOf(tab.page)).filter(({ at }) => at < there).map(({ size }) => size);
  const size = sizes.reduce((sum, one) => sum + one, 0);
  test.info().annotations.push({ type: "scripts", description: `${size} bytes in ${sizes.length} files` });
  expect(size).toBeLessThan(BUDGET);
});
