// How fast the dashboard is there, and of what its scripts are made. `npm run measure` prints it.
import type { CDPSession } from "@playwright/test";
import { expect, noted, noteTasks, scriptsOf, type Tab, test } from "./web";

const ROUNDS = 7;
const KILOBITS = 1000 / 8;

interface Network {
  offline: boolean;
  latency: number;
  downloadThroughput: number;
  uploadThroughput: number;
}

/** As the machine is, and as Lighthouse takes a middling phone to be: a quarter of the processor, 1.6 Mbit/s, 150 ms. */
const SETUPS: { name: string; slowdown: number; network: Network }[] = [
  {
    name: "as it is",
    slowdown: 1,
    network: { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 },
  },
  {
    name: "as a phone",
    slowdown: 4,
    network: { offline: false, latency: 150, downloadThroughput: 1600 * KILOBITS, uploadThroughput: 750 * KILOBITS },
  },
];

/** Collects what the browser says of painting and of tasks that block, from the page's beginning. */
function observe(): void {
  const seen = { paint: 0, blocked: 0, shift: 0 };
  Object.assign(window, { seen });
  new PerformanceObserver((list) => {
    for (const { startTime } of list.getEntries()) seen.paint = startTime;
  }).observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.blocked += Math.max(0, duration - 50);
  }).observe({ type: "longtask", buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) seen.shift += (entry as PerformanceEntry & { value: number }).value;
  }).observe({ type: "layout-shift", buffered: true });
}

async function load(tab: Tab, session: CDPSession): Promise<number[]> {
  await session.send("Network.clearBrowserCache");
  await tab.page.reload();
  await expect(tab.task("Task 1")).toBeVisible();
  await tab.page.waitForTimeout(2500);
  const shown = await noted(tab.page);
  const { paint, blocked, shift } = await tab.page.evaluate(
    () => (window as unknown as { seen: { paint: number; blocked: number; shift: number } }).seen,
  );
  return [paint, shown, blocked, shift * 1000];
}

const middle = (numbers: number[]) => numbers.sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0;

test("the dashboard's first load", async ({ tab, context }) => {
  const { page } = tab;
  await tab.register();
  for (let number = 20; number >= 1; number -= 1) await tab.add(`Task ${number}`);
  await tab.counts(20);
  await page.addInitScript(observe);
  await page.addInitScript(noteTasks);
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  for (const { name, slowdown, network } of SETUPS) {
    await session.send("Network.emulateNetworkConditions", network);
    await session.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
    const rounds: number[][] = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await load(tab, session));
    const [paint = 0, shown = 0, blocked = 0, shift = 0] = [0, 1, 2, 3].map((of) => middle(rounds.map((one) => one[of] ?? 0)));
    console.log(
      `${name.padEnd(12)} largest paint ${paint.toFixed(0)} ms, tasks there ${shown.toFixed(0)} ms, ` +
        `blocked ${blocked.toFixed(0)} ms, shift ${(shift / 1000).toFixed(3)}`,
    );
  }

  const there = await noted(page);
  const scripts = await scriptsOf(page);
  const first = scripts.filter((script) => script.at < there);
  const sum = (some: typeof scripts) => `${(some.reduce((all, { size }) => all + size, 0) / 1000).toFixed(1)} kB`;
  console.log(`scripts      ${sum(first)} until the tasks are there, ${sum(scripts)} with what comes by itself`);
});
