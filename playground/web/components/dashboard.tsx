"use client";

import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Provider } from "urql";
import { client } from "@/lib/api-client";
import { current } from "@/lib/auth";
import { question } from "@/lib/conflict";
import type { TaskFilter } from "@/lib/graphql/tasks";
import { useStore } from "@/lib/store";
import { isOwn, listsChanged } from "@/lib/tasks";
import { useTags } from "@/lib/use-tags";
import { filterOf, ORDERS, queryOf, type View, viewOf } from "@/lib/view";
import { Account } from "./account";
import { AddTask } from "./add-task";
import { Filters } from "./filters";
import { Guarded } from "./guarded";
import { Notices } from "./notices";
import { Status } from "./status";
import { Skeleton, TaskList } from "./task-list";

const Drawer = lazy(() => import("./drawer"));
const TagDialog = lazy(() => import("./tag-dialog"));
const ConflictDialog = lazy(() => import("./conflict-dialog"));

export function Dashboard() {
  return (
    <Guarded waiting={<Waiting />}>
      <Provider value={client}>
        <Board />
      </Provider>
    </Guarded>
  );
}

function Waiting() {
  return (
    <div className="board">
      <div className="side" />
      <main className="column">
        <h1 className="unseen">Tasks</h1>
        <Skeleton />
      </main>
    </div>
  );
}

/** The view in the address. Going back goes back in it. */
function useView(): [View, (view: View) => void] {
  const [view, setView] = useState(() => viewOf(new URLSearchParams(location.search)));
  useEffect(() => {
    const back = () => setView(viewOf(new URLSearchParams(location.search)));
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, []);
  const change = (next: View) => {
    const query = queryOf(next);
    const address = query ? `?${query}` : location.pathname;
    // Each letter of a search is no place to come back to.
    if (next.search === view.search) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
    setView(next);
  };
  return [view, change];
}

/** Follows what happens. What does it is loaded when there is something that can change. */
function followChanges(): () => void {
  let stop = () => {};
  let isOver = false;
  void import("@/lib/live").then(({ follow }) => {
    if (!isOver) stop = follow(({ cursor }) => isOwn(cursor) || listsChanged(), listsChanged);
  });
  return () => {
    isOver = true;
    stop();
  };
}

function Board() {
  const [view, setView] = useView();
  const [managesTags, setManagesTags] = useState(false);
  const [drawerIsOpen, setDrawerIsOpen] = useState(false);
  const tags = useTags();
  const conflict = useStore(question);
  const search = useRef<HTMLInputElement>(null);
  const adding = useRef<HTMLInputElement>(null);
  const { priorities, order } = view;
  // The same filter is the same object, so that the list does not begin anew with each key that is pressed elsewhere.
  const asked = JSON.stringify(filterOf(view));
  const filter = useMemo((): TaskFilter => JSON.parse(asked), [asked]);
  const orderBy = ORDERS[order][1];

  const [isThere, setIsThere] = useState(false);
  const there = useCallback(() => setIsThere(true), []);
  useEffect(() => (isThere ? followChanges() : undefined), [isThere]);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const at = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || at.closest("input, textarea, select, [role=dialog]"))
        return;
      const field = { "/": search, n: adding }[event.key];
      if (!field) return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);

  const filters = (
    <Filters
      view={view}
      tags={tags}
      change={setView}
      manage={() => {
        setDrawerIsOpen(false);
        setManagesTags(true);
      }}
    />
  );
  return (
    <div className="board">
      <header className="top">
        <button type="button" className="quiet only-narrow" onClick={() => setDrawerIsOpen(true)}>
          <span aria-hidden="true">☰</span> Filter
        </button>
        <span className="brand">Taskward</span>
        <Status />
        <Account email={current()?.user.email ?? ""} />
      </header>
      <nav className="side only-wide" aria-label="Which tasks">
        {filters}
      </nav>
      <main className="column">
        <h1 className="unseen">Tasks</h1>
        <AddTask field={adding} tags={view.tags} priority={priorities.length === 1 ? priorities[0] : undefined} />
        <div className="tools">
          <input
            ref={search}
            type="search"
            aria-label="Search tasks"
            placeholder="Search"
            value={view.search}
            maxLength={200}
            onChange={(event) => setView({ ...view, search: event.target.value })}
          />
          <select
            aria-label="Order"
            value={order}
            onChange={(event) => setView({ ...view, order: event.target.value as View["order"] })}
          >
            {Object.entries(ORDERS).map(([name, [label]]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </div>
        <TaskList
          view={view}
          filter={filter}
          orderBy={orderBy}
          tags={tags ?? []}
          clear={() => setView({ ...viewOf(new URLSearchParams()), order })}
          there={there}
        />
      </main>
      <Suspense>
        {drawerIsOpen && <Drawer close={() => setDrawerIsOpen(false)}>{filters}</Drawer>}
        {managesTags && <TagDialog tags={tags ?? []} close={() => setManagesTags(false)} />}
        {conflict && <ConflictDialog asked={conflict} tags={tags ?? []} />}
      </Suspense>
      <Notices />
    </div>
  );
}
