"use client";

import { lazy, memo, Suspense, useRef, useState } from "react";
import { describe } from "@/lib/dates";
import { warn } from "@/lib/notices";
import { useStore } from "@/lib/store";
import { change, type Patch, remove, type Tag, type Task, takenBack } from "@/lib/tasks";
import { PRIORITIES } from "@/lib/view";
import { Dot } from "./dot";

const TaskEditor = lazy(() => import("./task-editor"));

export const TaskRow = memo(function TaskRow({ task, tags }: { task: Task; tags: readonly Tag[] }) {
  const [isOpen, setIsOpen] = useState(false);
  const [draft, setDraft] = useState<Patch>();
  const title = useRef<HTMLButtonElement>(null);
  const isTakenBack = useStore(takenBack).has(task.id);
  const due = task.dueAt === null ? null : new Date(task.dueAt);

  const close = () => {
    setIsOpen(false);
    setDraft(undefined);
    requestAnimationFrame(() => title.current?.focus());
  };
  const save = async (base: Task, patch: Patch) => {
    close();
    if (Object.keys(patch).length === 0 || (await change(base, patch))) return;
    const again = () => {
      setDraft(patch);
      setIsOpen(true);
    };
    warn("What you wrote is not lost.", { label: "Edit again", run: again });
  };
  if (isOpen) {
    return (
      <li className="task open">
        <Suspense fallback={<p className="soft">Loading…</p>}>
          <TaskEditor task={task} tags={tags} draft={draft} save={save} close={close} />
        </Suspense>
      </li>
    );
  }
  return (
    <li className="task" data-done={task.completed} data-taken-back={isTakenBack} data-id={task.id}>
      <input
        type="checkbox"
        aria-label={`Done: ${task.title}`}
        checked={task.completed}
        onChange={() => void change(task, { completed: !task.completed })}
      />
      <button
        ref={title}
        type="button"
        className="title"
        onClick={() => setIsOpen(true)}
        onKeyDown={(event) => event.key === "Delete" && void remove(task)}
      >
        {task.title}
      </button>
      <span className="marks">
        {task.priority !== "NORMAL" && (
          <span className="mark priority" data-priority={task.priority}>
            {PRIORITIES[task.priority]}
          </span>
        )}
        {due && (
          <time className="mark" dateTime={task.dueAt ?? ""} data-late={!task.completed && due < new Date()}>
            {describe(due)}
          </time>
        )}
        {task.tags.map(({ id, name, color }) => (
          <span key={id} className="mark tag">
            <Dot color={color} />
            {name}
          </span>
        ))}
      </span>
    </li>
  );
});
