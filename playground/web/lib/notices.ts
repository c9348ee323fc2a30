import { store } from "./store";

/** Something that is said at the lower edge for a while, and by screen readers. */
export interface Notice {
  id: number;
  text: string;
  isTrouble: boolean;
  action?: { label: string; run: () => void };
}

/** How long it is said, in milliseconds. What went wrong and can be mended stays until it is dismissed. */
const SHOWN = 8000;
const SHOWN_WITH_ACTION = 20_000;
const MOST = 4;
let last = 0;

export const notices = store<readonly Notice[]>([]);

export function dismiss(id: number): void {
  notices.set(notices.get().filter((notice) => notice.id !== id));
}

function say(text: string, isTrouble: boolean, action?: Notice["action"]): void {
  const id = ++last;
  const all = [...notices.get(), { id, text, isTrouble, ...(action ? { action } : {}) }];
  const stays = (notice: Notice) => notice.isTrouble && notice.action !== undefined;
  const over = all.length - MOST;
  const gone = all.filter((notice) => !stays(notice)).slice(0, Math.max(0, over));
  notices.set(all.filter((notice) => !gone.includes(notice)));
  if (isTrouble && action) return;
  setTimeout(() => dismiss(id), action ? SHOWN_WITH_ACTION : SHOWN);
}

/** Something went well. */
export const tell = (text: string, action?: Notice["action"]) => say(text, false, action);

/** Something did not. */
export const warn = (text: string, action?: Notice["action"]) => say(text, true, action);
