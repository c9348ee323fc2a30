// The playground as the tests use it.
import { test as base, type BrowserContext, expect, type Page } from "@playwright/test";
import { type Server, startTaskward } from "./servers";
import { Watch } from "./watch";

export const PASSWORD = "a long line that only I know";

interface Answer {
  data?: Record<string, unknown> | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

export class Playground {
  readonly page: Page;
  readonly server: Server;

  constructor(page: Page, server: Server) {
    this.page = page;
    this.server = server;
  }

  static async open(context: BrowserContext, server: Server): Promise<Playground> {
    const playground = new Playground(await context.newPage(), server);
    await playground.page.goto(`${server.url}/playground`);
    await playground.isReady();
    return playground;
  }

  /** Until the editor is there and the schema is known. */
  async isReady(): Promise<void> {
    await this.page.locator(".graphiql-query-editor .view-line").first().waitFor();
    await expect(this.page.getByRole("button", { name: "Re-fetch GraphQL schema" })).toBeEnabled();
  }

  /** Fills in the form that is there. */
  async fill(email: string, password: string): Promise<void> {
    await this.page.getByLabel("Email").fill(email);
    await this.page.getByLabel("Password").fill(password);
  }

  get submit() {
    return this.page.locator(".account-form button[type=submit]");
  }

  async register(): Promise<string> {
    const other = this.page.getByRole("button", { name: "Make an account" });
    if ((await this.submit.textContent()) === "Sign in") await other.click();
    const email = `ada${Math.random().toString(36).slice(2)}@example.com`;
    await this.fill(email, PASSWORD);
    await this.submit.click();
    await expect(this.signedIn).toBeVisible();
    return email;
  }

  get signedIn() {
    return this.page.getByRole("heading", { name: "Signed in" });
  }

  get signedOut() {
    return this.page.getByRole("heading", { name: /Make an account|Sign in/ });
  }

  get alert() {
    return this.page.locator(".account [role=alert]");
  }

  get result() {
    return this.page.locator(".result-window");
  }

  get play() {
    return this.page.getByRole("button", { name: /Execute|Stop/ });
  }

  async tab(name: string): Promise<void> {
    await this.page.getByRole("tab", { name }).click();
    await expect(this.page.getByRole("tab", { name, selected: true })).toBeVisible();
    await expect(this.page.locator(".graphiql-query-editor .view-lines")).toContainText(name);
  }

  /** What the server says to an operation, which begins by this. */
  async answer(name: string, begin: () => Promise<unknown>): Promise<Answer> {
    const answered = this.page.waitForResponse((response) => {
      const body = response.request().postDataJSON() as { operationName?: string } | null;
      return body?.operationName === name;
    });
    await begin();
    return (await (await answered).json()) as Answer;
  }

  /** Runs the operation of a tab. */
  async run(name: string): Promise<Answer> {
    await this.tab(name);
    return this.answer(name, () => this.play.click());
  }

  /** Writes into an editor in the place of what is there. */
  async write(editor: "query" | "variable", text: string): Promise<void> {
    const place = editor === "query" ? ".graphiql-query-editor" : ".graphiql-editor-tool";
    await this.page.locator(`${place} .monaco-editor:visible`).first().click();
    await this.page.keyboard.press("ControlOrMeta+A");
    await this.page.keyboard.press("Delete");
    await this.page.keyboard.insertText(text);
  }

  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: `screenshots/playground-${name}.png`, animations: "disabled" });
  }
}

/** Tests of the playground: one server for all of them, and a watch over every page. */
export const test = base.extend<{ watch: Watch; playground: Playground }, { server: Server }>({
  server: [
    async ({}, use) => {
      const server = await startTaskward();
      await use(server);
      await server.stop();
    },
    { scope: "worker" },
  ],
  watch: [
    async ({ context, server }, use) => {
      const watch = new Watch(context);
      await use(watch);
      watch.verify(server.url);
    },
    { auto: true },
  ],
  playground: async ({ context, server, watch: _ }, use) => {
    await use(await Playground.open(context, server));
  },
});

export { expect };
