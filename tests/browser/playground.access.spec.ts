import AxeBuilder from "@axe-core/playwright";
import { expect, type Playground, test } from "./playground";

/** What axe finds in GraphiQL's own code, and where it may stay. */
const KNOWN = [
  // A tab is a list item with two buttons, of which the second closes it.
  { rule: "nested-interactive", within: /^<li [^>]*class="graphiql-tab/ },
];

async function findings(playground: Playground): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page: playground.page }).analyze();
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return serious.flatMap(({ id, nodes }) => {
    const rest = nodes.filter(({ html }) => !KNOWN.some(({ rule, within }) => rule === id && within.test(html)));
    return rest.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`);
  });
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`nothing is in the way of assistive technology in the ${colorScheme}`, async ({ playground }) => {
    const { page } = playground;
    await page.emulateMedia({ colorScheme });
    await playground.fill("nobody", "short");
    await playground.submit.click();
    await expect(page.getByText("is no email address")).toBeVisible();
    expect(await findings(playground)).toEqual([]);
    await playground.register();
    await playground.run("WhoAmI");
    expect(await findings(playground)).toEqual([]);
    await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
    await expect(page.getByText("Docs", { exact: true })).toBeVisible();
    expect(await findings(playground)).toEqual([]);
  });
}
