// The reference front end as the tests use it: started as its README says, with Taskward's accounts or Better Auth's.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { test as base, type BrowserContext, expect, type Page } from "@playwright/test";
import { freePort, type Postgres, startPostgres } from "./postgres";
import { BINARY } from "./servers";
import { Watch } from "./watch";

export const PASSWORD = "a long line that only I know";
const HERE = fileURLToPath(new URL("../../playground/web", import.meta.url));
const TRUSTED = join(HERE, "trusted-documents.json");
const SCREENSHOTS = fileURLToPath(new URL("screenshots", import.meta.url));
/** How long an access token of Taskward's own counts in these tests, so that it ends in the middle of things. */
export const LIFE = 12_000;

export type Accounts = "taskward" | "better-auth";

export interface Web {
  url: string;
  accounts: Accounts;
  /** Waits for the mail to an address with a link to that page. */
  linkMailedTo(email: string, page: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts everything with the one command. Where Taskward keeps the accounts, it also runs no documents but the front end's. */
async function startWeb(accounts: Accounts): Promise<Web> {
  const data = mkdtempSync(join(tmpdir(), "taskward-web-"));
  const [port, webPort] = [await freePort(), await freePort()];
  let postgres: Postgres | undefined;
  if (accounts === "better-auth") postgres = await startPostgres();
  const own = { JWT_EXPIRATION: `${LIFE / 1000}s`, TRUSTED_DOCUMENTS: TRUSTED };
  const settings = postgres ? { DATABASE_URL: postgres.url } : own;
  const common = { ACCOUNTS: accounts, DATA_DIR: data, PORT: port, WEB_PORT: webPort, TASKWARD_BIN: BINARY };
  const child = spawn(process.execPath, ["scripts/start.mjs"], {
    cwd: HERE,
    env: { ...process.env, ...common, ...settings, RATE_LIMITS: "off", LOG: "error" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    child.on("exit", () => reject(new Error(said.join("\n"))));
    createInterface(child.stdout).on("line", (line) => {
      said.push(line);
      const found = line.match(/Tasks\s+(http:\S+)/)?.[1];
      if (found) resolve(found);
    });
  });
  const stop = async () => {
    const over = once(child, "exit");
    child.kill("SIGTERM");
    await over;
    await postgres?.stop();
    rmSync(data, { recursive: true, force: true });
  };
  const linkMailedTo = async (email: string, page: string) => {
    let link: string | undefined;
    await expect(() => {
      const outbox = join(data, "outbox");
      const mails = readdirSync(outbox).map((name) => readFileSync(join(outbox, name), "utf8"));
      const mail = mails.find((mail) => mail.includes(email) && mail.includes(`/${page}#token=`));
      link = mail?.match(/http:\S+#token=[\w-]+/)?.[0];
      expect(link).toBeDefined();
    }).toPass();
    return link ?? "";
  };
  return { url, accounts, linkMailedTo, stop };
}

/** The texts that the front end sends, which the server may be told to run nothing but. */
const DOCUMENTS = Object.values(JSON.parse(readFileSync(TRUSTED, "utf8")) as Record<string, string>);

/** A page of the front end. */
export class Tab {
  readonly page: Page;
  readonly web: Web;
  /** The token that the page showed last. */
  token = "";
  /** The operations that the page asked for, by name. */
  readonly asked: string[] = [];

  constructor(page: Page, web: Web) {
    this.page = page;
    this.web = web;
    page.on("request", (request) => {
      this.token = request.headers().authorization ?? this.token;
      if (request.url().endsWith("/graphql") && request.method() === "POST") {
        this.asked.push((request.postDataJSON() as { operationName: string }).operationName);
      } else if (request.url().includes("/api/auth/get-session")) this.asked.push("Refresh");
    });
  }

  static async open(context: BrowserContext, web: Web, path = "/dashboard"): Promise<Tab> {
    const tab = new Tab(await context.newPage(), web);
    await tab.page.goto(`${web.url}${path}`);
    return tab;
  }

  /** The same user in another browser, which is closed with `close`. */
  async elsewhere(email: string): Promise<Tab> {
    const browser = this.page.context().browser();
    if (!browser) throw new Error("the page has no browser");
    const tab = await Tab.open(await browser.newContext(), this.web);
    await tab.signIn(email);
    return tab;
  }

  /** Closes the browser of this page. */
  close(): Promise<void> {
    return this.page.context().close();
  }

  async fill(email: string, password = PASSWORD): Promise<void> {
    await this.page.getByLabel("Email").fill(email);
    await this.page.getByLabel("Password").fill(password);
  }

  /** Makes an account. Whoever is signed in is not asked, unless they were sent. */
  async register(path = "/register", name = `ada${Math.random().toString(36).slice(2)}`): Promise<string> {
    const email = `${name}@example.com`;
    await this.page.goto(`${this.web.url}${path}`);
    await this.fill(email);
    await this.page.getByRole("button", { name: "Register" }).click();
    await expect(this.page.getByLabel("New task")).toBeVisible();
    return email;
  }

  async signIn(email: string, password = PASSWORD): Promise<void> {
    await this.fill(email, password);
    await this.page.getByRole("button", { name: "Sign in" }).click();
    await expect(this.page.getByLabel("New task")).toBeVisible();
  }

  async add(title: string): Promise<void> {
    await this.page.getByLabel("New task").fill(title);
    await this.page.keyboard.press("Enter");
  }

  /** A task's title, which opens it. */
  button(title: string) {
    return this.page.getByRole("button", { name: title, exact: true });
  }

  /** The line of a task. */
  task(title: string) {
    return this.page.locator(".task").filter({ has: this.button(title) });
  }

  /** Opens a task for editing. */
  async edit(title: string): Promise<void> {
    await this.button(title).click();
    await expect(this.page.getByRole("textbox", { name: "Title" })).toBeFocused();
  }

  get save() {
    return this.page.getByRole("button", { name: "Save" });
  }

  async counts(count: number): Promise<void> {
    await expect(this.page.locator(".count")).toHaveText(count === 1 ? "1 task" : `${count} tasks`);
  }

  get titles() {
    return this.page.locator(".task > .title").allTextContents();
  }

  get status() {
    return this.page.locator(".status");
  }

  /** Asks the API past the page, as another program of the same user would. */
  async ask<Data>(name: string, variables: Record<string, unknown> = {}): Promise<Data> {
    const query = DOCUMENTS.find((text) => text.includes(` ${name}(`) || text.includes(` ${name} {`));
    const headers = { "content-type": "application/json", authorization: this.token };
    const body = JSON.stringify({ query, variables });
    const response = await fetch(`${this.web.url}/graphql`, { method: "POST", headers, body });
    const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  }

  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: `${SCREENSHOTS}/web-${name}.png`, animations: "disabled" });
  }
}

/** The scripts that a page has loaded, each with when it was asked for and how many bytes travelled. */
export function scriptsOf(page: Page): Promise<{ at: number; size: number }[]> {
  return page.evaluate(() => {
    const all = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
    const scripts = all.filter(({ name }) => new URL(name).pathname.endsWith(".js"));
    return scripts.map(({ startTime: at, encodedBodySize: size }) => ({ at, size }));
  });
}

/** Has a page note when the first task was there, in milliseconds since it began: `window.there`. */
export function noteTasks(): void {
  new MutationObserver((_, observer) => {
    if (!document.querySelector(".task")) return;
    Object.assign(window, { there: performance.now() });
    observer.disconnect();
  }).observe(document, { childList: true, subtree: true });
}
export const noted = (page: Page): Promise<number> =>
  page.evaluate(() => (window as unknown as { there: number }).there);

interface Fixtures {
  watch: Watch;
  tab: Tab;
}
interface Options {
  accounts: Accounts;
  web: Web;
}

export { expect };
export const test = base.extend<Fixtures, Options>({
  accounts: ["taskward", { option: true, scope: "worker" }],
  web: [
    async ({ accounts }, use) => {
      const web = await startWeb(accounts);
      await use(web);
      await web.stop();
    },
    { scope: "worker", timeout: 180_000 },
  ],
  watch: async ({ context, web }, use) => {
    const watch = new Watch(context);
    await use(watch);
    watch.verify(web.url);
  },
  // Whoever has a page has it watched.
  tab: async ({ context, web, watch: _ }, use) => use(new Tab(await context.newPage(), web)),
});
