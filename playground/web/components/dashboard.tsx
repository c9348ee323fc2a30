"use client";

import { lazy, type RefObject, useCallback, useEffect, useRef, useState } from "react";
import { Provider } from "urql";
import { client } from "@/lib/api-client";
import { current } from "@/lib/auth";
import { question } from "@/lib/conflict";
import { useStore } from "@/lib/store";
import { isOwn, listsChanged } from "@/lib/tasks";
import { useTags } from "@/lib/use-tags";
import { useFilter, useView } from "@/lib/use-view";
import { NOTHING_CHOSEN, ORDERS, type View } from "@/lib/view";
import { Account, loadMenu } from "./account";
import { AddTask } from "./add-task";
import { Boundary } from "./boundary";
import { Filters } from "./filters";
import { Guarded } from "./guarded";
import { Notices } from "./notices";
import { Status } from "./status";
import { Skeleton, TaskList } from "./task-list";
import { loadEditor } from "./task-row";
import { Tools } from "./tools";

const loadDrawer = () => import("./drawer");
const loadTagDialog = () => import("./tag-dialog");
const loadConflictDialog = () => import("./conflict-dialog");
const Drawer = lazy(loadDrawer);
const TagDialog = lazy(loadTagDialog);
const ConflictDialog = lazy(loadConflictDialog);

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

/**
 * Follows what happens, and loads what may be asked for: both when there is something on the screen, and the latter also because
 * it cannot be had any more when one is offline.
 */
function goOn(): () => void {
  let stop = () => {};
  let isOver = false;
  const begin = async () => {
    const { follow } = await import("@/lib/live");
    if (!isOver) stop = follow(({ cursor }) => isOwn(cursor) || listsChanged(), listsChanged);
    await Promise.all([loadEditor(), loadConflictDialog(), loadTagDialog(), loadDrawer(), loadMenu()]);
  };
  // What is missing is asked for again by what needs it.
  begin().catch(() => {});
  return () => {
    isOver = true;
    stop();
  };
}

/** `/` searches, `n` begins a new task: wherever one is but in a field. */
function useShortcuts(search: RefObject<HTMLElement | null>, adding: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const at = event.target as HTMLElement;
      const isTyping = at.closest("input:not([type=checkbox]), textarea, select, [role=dialog], [role=menu]");
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
      const field = { "/": search, n: adding }[event.key];
      if (!field) return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [search, adding]);
}

function Board() {
  const [view, change] = useView();
  const { filter, key } = useFilter(view);
  const [managesTags, setManagesTags] = useState(false);
  const [drawerIsOpen, setDrawerIsOpen] = useState(false);
  const tags = useTags();
  const conflict = useStore(question);
  const search = useRef<HTMLInputElement>(null);
  const adding = useRef<HTMLInputElement>(null);
  useShortcuts(search, adding);
  const [isThere, setIsThere] = useState(false);
  const there = useCallback(() => setIsThere(true), []);
  useEffect(() => (isThere ? goOn() : undefined), [isThere]);

  useEffect(() => {
    // A tag can be deleted elsewhere while one looks at what carries it.
    const isThere = (id: string) => tags?.some((tag) => tag.id === id) ?? true;
    if (!view.tags.every(isThere)) change((view) => ({ ...view, tags: view.tags.filter(isThere) }));
  }, [tags, view.tags, change]);

  const show = (view: View) => change(() => view);
  const manage = () => {
    setDrawerIsOpen(false);
    setManagesTags(true);
  };
  const filters = <Filters view={view} tags={tags} change={show} manage={manage} />;
  const [priority, ...others] = view.priorities;
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
        <AddTask
          field={adding}
          tags={view.tags}
          priority={others.length === 0 ? priority : undefined}
          isShown={view.state !== "done" && view.due === "any" && !view.search && others.length === 0}
        />
        <Tools field={search} view={view} change={change} />
        <TaskList
          key={key}
          view={view}
          filter={filter}
          orderBy={ORDERS[view.order][1]}
          tags={tags ?? []}
          clear={() => show({ ...NOTHING_CHOSEN, order: view.order })}
          there={there}
        />
      </main>
      <Boundary>
        {drawerIsOpen && <Drawer close={() => setDrawerIsOpen(false)}>{filters}</Drawer>}
        {managesTags && <TagDialog tags={tags ?? []} close={() => setManagesTags(false)} />}
        {conflict && <ConflictDialog asked={conflict} tags={tags ?? []} />}
      </Boundary>
      <Notices />
    </div>
  );
}
