"use client";

import type { CombinedError } from "@urql/core";
import { useCallback, useEffect, useRef, useState } from "react";
import { type TaskFilter, type TaskOrder, TasksDocument, type TasksQuery } from "./graphql/tasks";
import { followPages, type Page, type Pages } from "./pages";
import { revision, type Task } from "./tasks";

const ROWS = 50;

interface Tasks {
  tasks: readonly Task[];
  /** How many there are on all pages; undefined until that is known. */
  total: number | undefined;
  /** What is behind those that are there. */
  rest: "loading" | "more" | "none" | CombinedError;
}

const NONE: Tasks = { tasks: [], total: undefined, rest: "loading" };

function all(pages: readonly Page<TasksQuery>[]): Tasks {
  const nodes = pages.flatMap(({ data }) => data?.tasks.nodes ?? []);
  const last = pages.at(-1);
  const more = last?.data?.tasks.pageInfo.hasNextPage ? "more" : "none";
  return {
    // While pages move, a row can be on two of them for a moment.
    tasks: [...new Map(nodes.map((task) => [task.id, task])).values()],
    total: pages[0]?.data?.tasks.totalCount,
    rest: last?.data ? more : (last?.error ?? "loading"),
  };
}

/** The tasks of a view as they change. Give the component that uses it another key for another view. */
export function useTasks(filter: TaskFilter, orderBy: TaskOrder) {
  const [state, setState] = useState(NONE);
  const followed = useRef<Pages>(null);
  useEffect(() => {
    const pages = followPages({
      document: TasksDocument,
      variablesOf: (after) => ({ first: ROWS, after, filter, orderBy, counted: after === null }),
      infoOf: ({ tasks }) => tasks.pageInfo,
      hear: (pages) => setState(all(pages)),
    });
    followed.current = pages;
    const deafen = revision.subscribe(pages.look);
    return () => {
      deafen();
      pages.stop();
    };
  }, [filter, orderBy]);
  const more = useCallback(() => followed.current?.more(), []);
  return { ...state, more };
}
