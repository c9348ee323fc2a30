// `npm ci && npm test` beside a server that `cargo build` has made; CHROMIUM and TASKWARD_BIN name others.
import { defineConfig } from "@playwright/test";

export default defineConfig({
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
  projects: [{ name: "playground", testMatch: "playground*.spec.ts" }],
});
