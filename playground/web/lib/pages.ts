import type { AnyVariables, CombinedError, TypedDocumentNode } from "@urql/core";
import { pipe, subscribe } from "wonka";
import { client } from "./api-client";

/** Changes that come so soon after each other are answered with one look, in milliseconds. */
const BREATH = 250;

/** How long it is until a list that could not be asked for is tried again, in milliseconds. */
const PAUSE = 4000;

/** A page of a list, known by the cursor that it begins behind. */
export interface Page<Data> {
  after: string | null;
  data?: Data | undefined;
  /** Why the last question for it has no answer. */
  error?: CombinedError | undefined;
}

interface List<Data, Variables> {
  document: TypedDocumentNode<Data, Variables>;
  variablesOf: (after: string | null) => Variables;
  infoOf: (data: Data) => { hasNextPage: boolean; endCursor: string | null };
  /** Called whenever a page is another than it was. */
  hear: (pages: readonly Page<Data>[]) => void;
}

export interface Pages {
  /** Loads the page behind the last one, if there is one. */
  more: () => void;
  /** Asks again, soon, which rows the pages have. */
  look: () => void;
  stop: () => void;
}

/**
 * Follows the pages of a list. What is in their rows is in the cache, where edits reach it; which rows they have is asked page
 * after page, each behind the end of the one before, and told when all of that is there, so that no row is missed or doubled.
 */
export function followPages<Data, Variables extends AnyVariables>(list: List<Data, Variables>): Pages {
  const { document, variablesOf, infoOf, hear } = list;
  let pages: (Page<Data> & { stop: () => void })[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  let isAsking = false;
  let askAgain = false;

  const watch = (after: string | null, requestPolicy: "cache-first" | "cache-and-network") => {
    const page: (typeof pages)[number] = { after, stop: () => {} };
    const { unsubscribe } = pipe(
      client.query(document, variablesOf(after), { requestPolicy }),
      subscribe(({ data, error }) => {
        page.data = data ?? page.data;
        page.error = error;
        if (pages.includes(page)) hear(pages);
      }),
    );
    page.stop = unsubscribe;
    return page;
  };
  const behind = (data: Data): string | null => {
    const { hasNextPage, endCursor } = infoOf(data);
    return hasNextPage ? endCursor : null;
  };
  const ask = async () => {
    const cursors: (string | null)[] = [];
    let after: string | null = null;
    do {
      const asked = client.query(document, variablesOf(after), { requestPolicy: "network-only" });
      const data: Data | undefined = (await asked.toPromise()).data;
      if (isOver) return;
      if (data === undefined) {
        // Pages may be of different times by now.
        timer = setTimeout(look, PAUSE);
        return;
      }
      cursors.push(after);
      after = behind(data);
    } while (after !== null && cursors.length < pages.length);
    const fresh = cursors.map((cursor) => watch(cursor, "cache-first"));
    for (const { stop } of pages) stop();
    pages = fresh;
    hear(pages);
  };
  const look = () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      if (isAsking) {
        askAgain = true;
        return;
      }
      isAsking = true;
      await ask();
      isAsking = false;
      if (!askAgain || isOver) return;
      askAgain = false;
      look();
    }, BREATH);
  };
  const more = () => {
    const last = pages.at(-1)?.data;
    const after = last === undefined ? null : behind(last);
    if (after === null) return;
    pages = [...pages, watch(after, "cache-first")];
    hear(pages);
  };
  // A list that was shown before is shown as it was, and looked at again.
  pages = [watch(null, "cache-and-network")];
  hear(pages);
  return {
    more,
    look,
    stop() {
      isOver = true;
      clearTimeout(timer);
      for (const { stop } of pages) stop();
    },
  };
}
