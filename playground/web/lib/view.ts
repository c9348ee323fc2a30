// Which tasks are shown, and in which order. It stands in the address, so that it can be kept, sent and come back to.
import { dayAfter } from "./dates";
import type { TaskFilter, TaskOrder, TaskPriority } from "./graphql/tasks";

export const STATES = { open: "Open", done: "Done", all: "All" } as const;
export const DUES = { any: "Any time", overdue: "Overdue", today: "Today", week: "Next 7 days" } as const;
export const ORDERS = {
  newest: ["Newest first", { field: "CREATED_AT", direction: "DESC" }],
  due: ["Due date", { field: "DUE_AT", direction: "ASC" }],
  priority: ["Priority", { field: "PRIORITY", direction: "DESC" }],
  title: ["Title", { field: "TITLE", direction: "ASC" }],
  changed: ["Last changed", { field: "UPDATED_AT", direction: "DESC" }],
  oldest: ["Oldest first", { field: "CREATED_AT", direction: "ASC" }],
} as const satisfies Record<string, readonly [string, TaskOrder]>;
export const PRIORITIES = { URGENT: "Urgent", HIGH: "High", NORMAL: "Normal", LOW: "Low" } as const;

export interface View {
  state: keyof typeof STATES;
  due: keyof typeof DUES;
  order: keyof typeof ORDERS;
  priorities: TaskPriority[];
  tags: string[];
  search: string;
}

function oneOf<T extends object>(choices: T, text: string | null, usual: keyof T): keyof T {
  return text !== null && Object.hasOwn(choices, text) ? (text as keyof T) : usual;
}

export function viewOf(query: URLSearchParams): View {
  return {
    state: oneOf(STATES, query.get("state"), "open"),
    due: oneOf(DUES, query.get("due"), "any"),
    order: oneOf(ORDERS, query.get("order"), "newest"),
    priorities: query.getAll("priority").filter((one): one is TaskPriority => Object.hasOwn(PRIORITIES, one)),
    tags: query.getAll("tag").filter((one) => /^tag_[0-9a-z]{26}$/.test(one)),
    search: query.get("search") ?? "",
  };
}

/** What one sees at first. */
export const NOTHING_CHOSEN = viewOf(new URLSearchParams());

/** What stands in the address: nothing of what is usual. */
export function queryOf({ state, due, order, priorities, tags, search }: View): string {
  const query = new URLSearchParams();
  if (state !== "open") query.set("state", state);
  if (due !== "any") query.set("due", due);
  if (order !== "newest") query.set("order", order);
  for (const priority of priorities) query.append("priority", priority);
  for (const tag of tags) query.append("tag", tag);
  if (search) query.set("search", search);
  return query.toString();
}

/** What the API is asked for on a day of this place: `2026-12-01`. */
export function filterOf({ state, due, priorities, tags, search }: View, today: string): TaskFilter {
  const midnight = (days: number) => dayAfter(today, days).toISOString();
  const dues: Record<View["due"], TaskFilter> = {
    any: {},
    overdue: { dueBefore: new Date().toISOString() },
    today: { dueAfter: midnight(0), dueBefore: midnight(1) },
    week: { dueAfter: midnight(0), dueBefore: midnight(7) },
  };
  return {
    ...(state === "all" ? {} : { completed: state === "done" }),
    ...dues[due],
    ...(priorities.length > 0 ? { priority: priorities } : {}),
    ...(tags.length > 0 ? { tagIds: tags } : {}),
    ...(search.trim() ? { search: search.trim() } : {}),
  };
}

/** Whether anything narrows the list, so that it can be empty although there are tasks. */
export const isNarrowed = (view: View): boolean =>
  view.due !== "any" || view.priorities.length > 0 || view.tags.length > 0 || view.search.trim() !== "";
