"use client";

import { type KeyboardEvent, type RefObject, useEffect, useRef } from "react";
import { editing } from "@/lib/editing";
import { sentenceOf } from "@/lib/errors";
import type { TaskFilter, TaskOrder } from "@/lib/graphql/tasks";
import { useStore } from "@/lib/store";
import { listsChanged, type Tag } from "@/lib/tasks";
import { useTasks } from "@/lib/use-tasks";
import { isNarrowed, type View } from "@/lib/view";
import { TaskRow } from "./task-row";

interface Props {
  view: View;
  filter: TaskFilter;
  orderBy: TaskOrder;
  tags: readonly Tag[];
  clear: () => void;
  /** Called when there is an answer to show. */
  there: () => void;
}

/** The tasks of a view, page by page as one comes near the end. */
export function TaskList({ view, filter, orderBy, tags, clear, there }: Props) {
  const { tasks, total, rest, more } = useTasks(filter, orderBy);
  const opened = useStore(editing);
  const shown = new Set(tasks.map(({ id }) => id));
  // What is being edited stays where one can see it, though the list may have no place for it any more.
  const kept = [...opened.values()].map(({ task }) => task).filter(({ id }) => !shown.has(id));
  useEffect(() => {
    if (rest !== "loading") there();
  }, [rest, there]);
  const list = useRef<HTMLElement>(null);
  useFocusKept(list);
  return (
    <section ref={list} aria-label="Tasks" onKeyDown={walk}>
      {total !== undefined && total > 0 && <p className="count">{total === 1 ? "1 task" : `${total} tasks`}</p>}
      <ul className="tasks">
        {[...kept, ...tasks].map((task) => (
          <TaskRow key={task.id} task={task} tags={tags} />
        ))}
      </ul>
      {rest === "none" && tasks.length + kept.length === 0 && <Nothing view={view} clear={clear} />}
      {rest === "loading" && <Skeleton />}
      {rest === "more" && <End key={tasks.length} seen={more} />}
      {typeof rest === "object" && (
        <div className="empty" role="alert">
          <p>{sentenceOf(rest)}</p>
          <button type="button" onClick={listsChanged}>
            Try again
          </button>
        </div>
      )}
    </section>
  );
}

/** Why there is nothing to see. */
function Nothing({ view, clear }: Pick<Props, "view" | "clear">) {
  if (isNarrowed(view)) {
    return (
      <div className="empty">
        <p>Nothing here is like that.</p>
        <button type="button" onClick={clear}>
          Show everything
        </button>
      </div>
    );
  }
  return <p className="empty">{WORDS[view.state]}</p>;
}

const WORDS: Record<View["state"], string> = {
  open: "All done. Enjoy it, or write down what comes next.",
  done: "Nothing is done yet.",
  all: "No tasks yet. The first one goes into the field above.",
};

/** The end of what is loaded. */
function End({ seen }: { seen: () => void }) {
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!end.current) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && seen(), { rootMargin: "800px" });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [seen]);
  return <div ref={end} className="end" />;
}

export function Skeleton() {
  return (
    <div className="skeleton" role="presentation">
      {[72, 54, 63, 40, 58, 47].map((width) => (
        <div key={width} style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}

/** When the row that has the focus goes, as a task does that is done, the row that takes its place has it. */
function useFocusKept(list: RefObject<HTMLElement | null>): void {
  const place = useRef(-1);
  useEffect(() => {
    const rows = () => [...(list.current?.querySelectorAll(".task") ?? [])];
    const note = ({ target }: FocusEvent) => {
      const row = (target as Element).closest(".task");
      place.current = row ? rows().indexOf(row) : -1;
    };
    const forget = () => {
      place.current = -1;
    };
    document.addEventListener("focusin", note);
    document.addEventListener("pointerdown", forget, true);
    return () => {
      document.removeEventListener("focusin", note);
      document.removeEventListener("pointerdown", forget, true);
    };
  }, [list]);
  useEffect(() => {
    if (place.current < 0 || document.activeElement !== document.body) return;
    const titles = [...(list.current?.querySelectorAll<HTMLElement>(".task > .title") ?? [])];
    titles[Math.min(place.current, titles.length - 1)]?.focus();
  });
}

/** Arrow keys go from task to task. */
function walk(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const at = event.target as HTMLElement;
  if (!step || !at.matches(".task > .title, .task > input")) return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>(".task > .title")];
  const here = rows.findIndex((row) => row.parentElement === at.parentElement);
  const next = rows[here + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
