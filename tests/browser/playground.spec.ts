import { expect, PASSWORD, Playground, test } from "./playground";
import { startTaskward } from "./servers";

/** Whatever the browser keeps of an origin's pages. */
const STORED = () => JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]);
/** The beginning of every access token, which is a JWT, and of every refresh token. */
const TOKEN = /eyJ[\w-]{10}|twr_[\w-]{10}/;

test("whoever comes makes an account, and every example runs", async ({ playground }) => {
  await playground.screenshot("first");
  await playground.register();
  const tabs = await playground.page.locator(".graphiql-tab-button").allTextContents();
  expect(tabs).toEqual(["WhoAmI", "CreateTask", "OpenTasks", "FinishTask", "Follow", "CatchUp"]);
  for (const name of tabs.filter((name) => name !== "Follow")) {
    const answer = await playground.run(name);
    expect(answer.errors, name).toBeUndefined();
    await expect(playground.result).toContainText("data");
  }
  const { data } = await playground.run("OpenTasks");
  expect(data).toMatchObject({ tasks: { nodes: [{ title: "Water the plants", priority: "HIGH" }] } });
  await playground.screenshot("answer");

  // Creating once more creates nothing, and what is finished has another version by now.
  expect((await playground.run("CreateTask")).errors).toBeUndefined();
  expect((await playground.run("FinishTask")).errors).toMatchObject([{ extensions: { code: "CONFLICT" } }]);
  const { data: whole } = await playground.run("CatchUp");
  expect(whole).toMatchObject({ changes: { nodes: [{ kind: "CREATED" }, { kind: "CREATED" }] } });
});

test("every example runs first", async ({ browser, server, watch: _ }) => {
  for (const name of ["OpenTasks", "FinishTask", "CatchUp"]) {
    const context = await browser.newContext();
    const playground = await Playground.open(context, server);
    await playground.register();
    expect((await playground.run(name)).errors, name).toBeUndefined();
    await context.close();
  }
});

test("a subscription tells what is changed on another page", async ({ playground, context, server }) => {
  await playground.register();
  await playground.tab("Follow");
  await playground.play.click();
  await expect(playground.page.getByRole("button", { name: /Stop/ })).toBeVisible();
  const other = await Playground.open(context, server);
  await expect(other.signedIn).toBeVisible();
  await other.run("CreateTask");
  await expect(playground.result).toContainText("CREATED");
  await playground.screenshot("subscription");
  await other.run("FinishTask");
  await expect(playground.result).toContainText("UPDATED");
  await playground.play.click();
  await expect(playground.page.getByRole("button", { name: /Execute/ })).toBeVisible();
});

test("a reload stays signed in, and signing out counts for all tabs", async ({ playground, context, server }) => {
  const email = await playground.register();
  await playground.page.reload();
  await expect(playground.page.getByText(email)).toBeVisible();
  const other = await Playground.open(context, server);
  await expect(other.page.getByText(email)).toBeVisible();
  await other.page.getByRole("button", { name: "Sign out" }).click();
  await expect(other.signedOut).toBeVisible();
  await expect(playground.signedOut).toBeVisible();
  const asked: string[] = [];
  playground.page.on("request", (request) => asked.push(request.postData() ?? ""));
  await playground.page.reload();
  await playground.isReady();
  await expect(playground.signedOut).toBeVisible();
  expect(asked.filter((body) => body.includes("refresh"))).toEqual([]);

  // Signing in is told as well.
  await other.register();
  await expect(playground.signedIn).toBeVisible();
});

test("what the server has against it stands beside what was typed, which stays", async ({ playground }) => {
  await playground.fill("nobody", PASSWORD);
  await playground.submit.click();
  await expect(playground.page.getByLabel("Email")).toHaveAccessibleDescription("Email is no email address.");
  await expect(playground.page.getByLabel("Email")).toBeFocused();
  await playground.fill("nobody@example.com", "short");
  await playground.submit.click();
  const password = playground.page.getByLabel("Password");
  await expect(password).toHaveAccessibleDescription("The password is too short: it needs at least 12 characters.");
  await expect(password).toBeFocused();
  await playground.screenshot("error");
  await playground.page.getByRole("button", { name: "Sign in", exact: true }).click();
  await playground.submit.click();
  await expect(playground.alert).toHaveText("Email and password do not match an account.");
  await expect(playground.page.getByLabel("Email")).toHaveValue("nobody@example.com");
});

test("too many tries are said to be, with when to come back", async ({ browser }) => {
  const server = await startTaskward({ RATE_LIMITS: "on" });
  const context = await browser.newContext();
  const playground = await Playground.open(context, server);
  await playground.page.getByRole("button", { name: "Sign in", exact: true }).click();
  await playground.fill("nobody@example.com", PASSWORD);
  await expect(async () => {
    await playground.submit.click();
    await expect(playground.alert).toHaveText(/Try again in \d+ (second|minute)s?\.$/, { timeout: 300 });
  }).toPass();
  await expect(playground.signedOut).toBeVisible();
  await context.close();
  await server.stop();
});

test("a server that is away is said to be, and found again", async ({ playground, context, watch }) => {
  const email = await playground.register();
  await playground.run("WhoAmI");
  // Monaco's are loaded as they are needed: one for the editors, one for GraphQL, one for JSON.
  await expect.poll(() => playground.page.workers().length).toBe(3);
  await context.setOffline(true);
  await playground.play.click();
  await expect(playground.result).toContainText("The server cannot be reached.");
  await playground.page.getByRole("button", { name: "Renew" }).click();
  await expect(playground.page.getByText("The server cannot be reached. Trying again.")).toBeVisible();
  await expect(playground.page.getByText(email)).toBeVisible();
  await context.setOffline(false);
  await expect(playground.page.getByText("Trying again.")).toBeHidden({ timeout: 15_000 });
  expect((await playground.run("WhoAmI")).errors).toBeUndefined();
  watch.expect(/ERR_INTERNET_DISCONNECTED/);
});

test("what is secret is kept nowhere", async ({ playground, context }) => {
  await playground.register();
  const answer = await playground.run("WhoAmI");
  expect(answer.errors).toBeUndefined();
  const next = "another line that only I know";
  await playground.write(
    "query",
    `mutation Change($next: ChangePasswordInput!) { changePassword(input: $next) { accessToken refreshToken } }`,
  );
  await playground.write("variable", JSON.stringify({ next: { currentPassword: PASSWORD, newPassword: next } }));
  const changed = await playground.answer("Change", () => playground.page.keyboard.press("ControlOrMeta+Enter"));
  expect(changed.errors).toBeUndefined();
  await playground.write(
    "query",
    `mutation Again { changePassword(input: { currentPassword: "${next}", newPassword: "${PASSWORD}" }) { accessToken } }`,
  );
  await expect.poll(() => playground.page.evaluate(STORED)).toContain("mutation Again");
  const stored = await playground.page.evaluate(STORED);
  expect(stored).toContain("mutation Change");
  expect(stored).not.toContain(PASSWORD);
  expect(stored).not.toContain(next);
  expect(stored).not.toMatch(TOKEN);
  const cookies = await context.cookies(`${playground.server.url}/graphql`);
  expect(cookies).toMatchObject([{ name: "taskward_refresh", httpOnly: true, sameSite: "Strict" }]);
  expect(await playground.page.evaluate(() => document.cookie)).toBe("");
});

test("a session that was ended elsewhere ends here, with a reason", async ({ playground, server, watch }) => {
  const email = await playground.register();
  const { login } = await server.ask<{ login: { accessToken: string } }>(
    "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }",
    { input: { email, password: PASSWORD } },
  );
  await server.ask("mutation { logoutEverywhere { ok } }", {}, login.accessToken);
  await playground.tab("WhoAmI");
  await playground.play.click();
  await expect(playground.page.getByText("Your sign-in has ended: sign in again.")).toBeVisible();
  await expect(playground.signedOut).toBeVisible();
  await expect(playground.result).toContainText("UNAUTHENTICATED");
  watch.expect(/401 \(Unauthorized\)/);
});

test("a subscription ends with the session", async ({ playground, server }) => {
  const email = await playground.register();
  await playground.tab("Follow");
  await playground.play.click();
  const { login } = await server.ask<{ login: { accessToken: string } }>(
    "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }",
    { input: { email, password: PASSWORD } },
  );
  const token = login.accessToken;
  await server.ask('mutation { createTask(input: { title: "Wind the clock" }) { cursor } }', {}, token);
  await expect(playground.result).toContainText("clock");
  await server.ask("mutation { logoutEverywhere { ok } }", {}, token);
  await expect(playground.page.getByText("Your sign-in has ended: sign in again.")).toBeVisible();
  await expect(playground.page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await expect(playground.result).toContainText("UNAUTHENTICATED");
});

test("sessions and subscriptions outlive their tokens, and tabs renew them once", async ({ browser }) => {
  const server = await startTaskward({ JWT_EXPIRATION: "12s" });
  const context = await browser.newContext();
  const refreshed: number[] = [];
  context.on("request", (request) => {
    if (request.postData()?.includes("given: refresh")) refreshed.push(Date.now());
  });
  const playground = await Playground.open(context, server);
  const sent: string[] = [];
  let sockets = 0;
  playground.page.on("websocket", (socket) => {
    sockets += 1;
    socket.on("framesent", ({ payload }) => sent.push(String(payload)));
  });
  await playground.register();
  const other = await Playground.open(context, server);
  await expect(other.signedIn).toBeVisible();
  const before = refreshed.length;
  await playground.tab("Follow");
  await playground.play.click();
  await playground.page.waitForTimeout(20_000);
  // Renewed three seconds before the end, by one of the tabs: after 9 and 18 seconds.
  expect(refreshed.length - before).toBeLessThanOrEqual(3);
  expect(sent.filter((frame) => frame.includes('"ping"')).length).toBeGreaterThan(1);
  await other.run("CreateTask");
  await expect(playground.result).toContainText("CREATED");
  expect(sockets).toBe(1);
  await context.close();
  await server.stop();
});

test("it does without locks, which browsers keep for https", async ({ browser, server }) => {
  const context = await browser.newContext();
  await context.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
    Object.defineProperty(Navigator.prototype, "clipboard", { value: undefined });
  });
  const playground = await Playground.open(context, server);
  const email = await playground.register();
  await expect(playground.page.getByRole("button", { name: "Copy token" })).toBeHidden();
  await playground.page.reload();
  await expect(playground.page.getByText(email)).toBeVisible();
  await context.close();
});

test("the Headers editor goes before the panel", async ({ playground }) => {
  await playground.register();
  await playground.tab("WhoAmI");
  await playground.page.getByRole("button", { name: "Headers" }).click();
  await playground.page.locator(".graphiql-editor-tool .monaco-editor:visible").click();
  await playground.page.keyboard.insertText('{ "taskward-example": "1", "x-request-id": "from-the-editor" }');
  const asked = playground.page.waitForRequest((request) => (request.postData() ?? "").includes("WhoAmI"));
  await playground.page.keyboard.press("ControlOrMeta+Enter");
  const headers = await (await asked).allHeaders();
  expect(headers["x-request-id"]).toBe("from-the-editor");
  expect(headers.authorization).toMatch(/^Bearer eyJ/);
});

test("it can be used without a mouse", async ({ playground }) => {
  const { keyboard } = playground.page;
  const focused = () => playground.page.evaluate(() => document.activeElement?.getAttribute("name") ?? "");
  const until = async (isThere: () => Promise<boolean>) => {
    for (let presses = 0; presses < 40; presses += 1) {
      if (await isThere()) return;
      await keyboard.press("Tab");
    }
    throw new Error("Tab does not lead there.");
  };
  await until(async () => (await focused()) === "email");
  await keyboard.type(`eve${Math.random().toString(36).slice(2)}@example.com`);
  await keyboard.press("Tab");
  await keyboard.type(PASSWORD);
  await keyboard.press("Enter");
  await expect(playground.signedIn).toBeFocused();
  const isEditor = () => playground.page.evaluate(() => document.activeElement?.ariaLabel === "Operation Editor" || Boolean(document.activeElement?.closest(".graphiql-query-editor .graphiql-editor")));
  await until(isEditor);
  await keyboard.press("Enter");
  const answer = await playground.answer("WhoAmI", () => keyboard.press("ControlOrMeta+Enter"));
  expect(answer.errors).toBeUndefined();
  // Out of the editor again, and on.
  await until(async () => (await playground.page.evaluate(() => document.activeElement?.classList.contains("graphiql-execute-button"))) ?? false);
});

test("the documentation, prettify and history are at hand", async ({ playground }) => {
  const { page } = playground;
  await playground.write("query", "query  Short{me{ id }}");
  await page.getByRole("button", { name: /Prettify/ }).click();
  await expect(page.locator(".graphiql-query-editor .view-line")).toHaveCount(6);
  await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
  await page.getByRole("link", { name: "Query", exact: true }).click();
  await expect(page.getByText("The signed-in user's tasks, newest first unless ordered otherwise.").first()).toBeVisible();
  await playground.screenshot("documentation");
  await page.getByRole("button", { name: "Show Account" }).click();
  await playground.register();
  await playground.answer("Short", () => playground.play.click());
  await page.getByRole("button", { name: "Show History" }).click();
  await expect(page.locator(".graphiql-history")).toContainText("Short");
});

test("it is dark where the system is, unless one chooses", async ({ playground }) => {
  const { page } = playground;
  const paper = () => page.evaluate(() => getComputedStyle(document.querySelector(".graphiql-container") as Element).backgroundColor);
  const ink = () => page.evaluate(() => getComputedStyle(document.querySelector(".graphiql-query-editor .mtk1") as Element).color);
  const light = [await paper(), await ink()];
  await page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(paper).not.toBe(light[0]);
  await expect.poll(ink).not.toBe(light[1]);
  await playground.register();
  await playground.run("WhoAmI");
  await playground.screenshot("dark");
  await page.getByRole("button", { name: "Open settings dialog" }).click();
  await page.getByRole("button", { name: "Light" }).click();
  await expect.poll(paper).toBe(light[0]);
  await expect.poll(ink).toBe(light[1]);
});
