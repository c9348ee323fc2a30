import { store } from "./store";
import type { Patch, Task } from "./tasks";

/** A task that is being edited, and what was written before and could not be saved. */
export interface Editing {
  task: Task;
  draft: Patch;
}

/** What is open for editing, wherever in the list it is by now. */
export const editing = store<ReadonlyMap<string, Editing>>(new Map());

export function open(task: Task, draft: Patch = {}): void {
  editing.set(new Map([...editing.get(), [task.id, { task, draft }]]));
}

export function close({ id }: Task): void {
  editing.set(new Map([...editing.get()].filter(([other]) => other !== id)));
}
