import type { Exchange, Operation, OperationResult } from "@urql/core";
import { filter, makeSubject, merge, onPush, pipe, share } from "wonka";

/**
 * Sends mutations one at a time, in the order in which they were made, so that no edit overtakes the one before it. How many
 * wait is told to `waiting`.
 */
export const inOrder =
  (waiting: (count: number) => void): Exchange =>
  ({ forward }) =>
  (operations) => {
    const queue: Operation[] = [];
    const turn = makeSubject<Operation>();
    const isMutation = ({ kind }: Operation) => kind === "mutation";
    const shared = pipe(operations, share);
    const others = pipe(
      shared,
      filter((operation) => {
        if (!isMutation(operation)) return true;
        queue.push(operation);
        waiting(queue.length);
        // The cache has to have shown this one before an answer to it can come.
        if (queue.length === 1) queueMicrotask(() => turn.next(operation));
        return false;
      }),
    );
    return pipe(
      forward(merge([others, turn.source])),
      onPush(({ operation }: OperationResult) => {
        if (!isMutation(operation) || queue[0]?.key !== operation.key) return;
        queue.shift();
        waiting(queue.length);
        const next = queue[0];
        if (next) queueMicrotask(() => turn.next(next));
      }),
    );
  };
