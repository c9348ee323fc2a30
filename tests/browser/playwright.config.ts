// `npm ci && npm test` beside a server that `cargo build` has made; CHROMIUM and TASKWARD_BIN name others.
import { defineConfig } from "@playwright/test";
import type { Accounts } from "./web";

export default defineConfig<object, { accounts: Accounts }>({
  testDir: ".",
  outputDir: "test-results",
  reporter: [["list"]],
  forbidOnly: Boolean(process.env.CI),
  // The servers share what processors there are with the browser.
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: {
    headless: true,
    trace: "retain-on-failure",
    viewport: { width: 1280, height: 800 },
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      // Containers run it as root. It asks nobody for updates.
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
    },
  },
  projects: [
    { name: "playground", testMatch: "playground*.spec.ts" },
    { name: "web", testMatch: "web*.spec.ts", use: { accounts: "taskward" } },
    { name: "web-better-auth", testMatch: "web*.spec.ts", use: { accounts: "better-auth" } },
    // Proves nothing: `npm run measure` prints figures.
    { name: "measure", testMatch: "web.measure.ts", timeout: 300_000 },
  ],
});
