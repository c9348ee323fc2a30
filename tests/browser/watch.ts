// What a page must not do, whatever else is tested with it.
import { type BrowserContext, expect, type Page } from "@playwright/test";

/** What pages of a context complained of, and whom they asked for anything. */
export class Watch {
  readonly complaints: string[] = [];
  readonly #hosts = new Set<string>();

  constructor(context: BrowserContext) {
    context.on("page", (page) => this.#look(page));
    // What is drawn in the page itself, as pictures in style sheets are, comes from nowhere.
    context.on("request", (request) => request.url().startsWith("data:") || this.#hosts.add(new URL(request.url()).host));
  }

  #look(page: Page): void {
    page.on("console", (message) => {
      // Violations of the Content-Security-Policy are errors as well.
      if (["error", "warning"].includes(message.type())) this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("websocket", (socket) => this.#hosts.add(new URL(socket.url()).host));
  }

  /** Takes note of complaints that have a reason. */
  expect(reason: RegExp): void {
    const rest = this.complaints.filter((complaint) => !reason.test(complaint));
    this.complaints.splice(0, this.complaints.length, ...rest);
  }

  verify(url: string): void {
    expect(this.complaints).toEqual([]);
    expect([...this.#hosts].filter((host) => host !== new URL(url).host)).toEqual([]);
  }
}
