// What the server has not answered yet: it is lost with the page.
import { store } from "./store";

/** Edits that are being sent. */
export const sending = store(0);
/** Edits that wait for the one before, of the same task, to be answered. */
export const held = store(0);

let isLeaving = false;

export const unsaved = (): number => sending.get() + held.get();

/** The page is left for good, and nothing can be saved in it any more. */
export function leave(): void {
  isLeaving = true;
}

const ask = (event: BeforeUnloadEvent) => {
  if (!isLeaving) event.preventDefault();
};

// Only while there is something to lose: browsers keep no page in memory that may ask.
const guard = () => (unsaved() > 0 ? addEventListener("beforeunload", ask) : removeEventListener("beforeunload", ask));
for (const { subscribe } of [sending, held]) subscribe(guard);
