"use client";

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { client } from "./api-client";
import {
  type TaskFilter,
  type TaskOrder,
  TasksDocument,
  type TasksQuery,
  type TasksQueryVariables,
} from "./graphql/tasks";
import { revision } from "./tasks";

const ROWS = 50;
/** Changes that come so soon after each other are answered with one look, in milliseconds. */
const BREATH = 250;

async function fresh(variables: TasksQueryVariables): Promise<TasksQuery | undefined> {
  return (await client.query(TasksDocument, variables, { requestPolicy: "network-only" }).toPromise()).data;
}

/**
 * The pages of a list, each known by the cursor that it begins behind. The rows of a page are in the cache, where edits reach
 * them; which rows it has is asked for again, page after page, when lists changed, and shown when all of that is there.
 */
export function usePages(filter: TaskFilter, orderBy: TaskOrder) {
  const variablesOf = useCallback(
    (after: string | null): TasksQueryVariables => ({ first: ROWS, after, filter, orderBy, counted: after === null }),
    [filter, orderBy],
  );
  const [cursors, setCursors] = useState<readonly (string | null)[]>([null]);
  const shown = useRef(cursors);
  shown.current = cursors;

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    let isAsking = false;
    let askAgain = false;
    const ask = async () => {
      if (isAsking) {
        askAgain = true;
        return;
      }
      isAsking = true;
      const next: (string | null)[] = [];
      let after: string | null = null;
      for (let page = 0; page < shown.current.length; page += 1) {
        const data: TasksQuery | undefined = await fresh(variablesOf(after));
        if (isOver) return;
        // What is shown is as good as it gets, until somebody asks again.
        if (!data) break;
        next.push(after);
        after = data.tasks.pageInfo.endCursor;
        if (!data.tasks.pageInfo.hasNextPage || after === null) {
          setCursors(next);
          break;
        }
        if (page === shown.current.length - 1) setCursors(next);
      }
      isAsking = false;
      if (askAgain) {
        askAgain = false;
        plan();
      }
    };
    const plan = () => {
      clearTimeout(timer);
      timer = setTimeout(() => void ask(), BREATH);
    };
    setCursors([null]);
    // A list that was shown before is shown as it was, and looked at again.
    if (client.readQuery(TasksDocument, variablesOf(null))) plan();
    const stop = revision.subscribe(plan);
    return () => {
      isOver = true;
      clearTimeout(timer);
      stop();
    };
  }, [variablesOf]);

  const more = useCallback((cursor: string) => {
    setCursors((before) => (before.includes(cursor) ? before : [...before, cursor]));
  }, []);
  return useMemo(() => ({ pages: cursors.map(variablesOf), more }), [cursors, variablesOf, more]);
}
