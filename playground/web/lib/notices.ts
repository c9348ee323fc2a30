import { store } from "./store";

/** Something that is said at the lower edge for a while, and by screen readers. */
export interface Notice {
  id: number;
  text: string;
  isTrouble: boolean;
  action?: { label: string; run: () => void };
}

const SHOWN = 8000;
const MOST = 3;
let last = 0;

export const notices = store<readonly Notice[]>([]);

export function dismiss(id: number): void {
  notices.set(notices.get().filter((notice) => notice.id !== id));
}

function say(text: string, isTrouble: boolean, action?: Notice["action"]): void {
  const id = ++last;
  notices.set([...notices.get(), { id, text, isTrouble, ...(action ? { action } : {}) }].slice(-MOST));
  setTimeout(() => dismiss(id), SHOWN);
}

/** Something went well. */
export const tell = (text: string, action?: Notice["action"]) => say(text, false, action);

/** Something did not. */
export const warn = (text: string, action?: Notice["action"]) => say(text, true, action);
