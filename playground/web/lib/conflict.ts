import { store } from "./store";
import type { Task } from "./tasks";

/** Two versions of a task that cannot both be kept. */
export interface Conflict {
  mine: Task;
  theirs: Task;
  /** In what they differ. */
  fields: string[];
}

/** A conflict that waits for an answer. */
export interface Question extends Conflict {
  answer: (mineCounts: boolean) => void;
}

/** The question that is being asked. */
export const question = store<Question | null>(null);

let last: Promise<unknown> = Promise.resolve();

/** Has the user say whether theirs or mine counts: one question after the other. */
export function askWhich(conflict: Conflict): Promise<boolean> {
  const asked = last.then(
    () =>
      new Promise<boolean>((resolve) => {
        const answer = (mineCounts: boolean) => {
          question.set(null);
          resolve(mineCounts);
        };
        question.set({ ...conflict, answer });
      }),
  );
  last = asked;
  return asked;
}
