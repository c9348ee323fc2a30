"use client";

import { lazy, memo, useRef } from "react";
import { describe } from "@/lib/dates";
import { close, editing, open } from "@/lib/editing";
import { waitingPatches } from "@/lib/flights";
import { tell, warn } from "@/lib/notices";
import { useStore } from "@/lib/store";
import { addAgain, change, type Patch, patched, remove, type Tag, type Task, takenBack } from "@/lib/tasks";
import { PRIORITIES } from "@/lib/view";
import { Boundary } from "./boundary";
import { Dot } from "./dot";

export const loadEditor = () => import("./task-editor");
const TaskEditor = lazy(loadEditor);

interface Props {
  task: Task;
  tags: readonly Tag[];
}

export const TaskRow = memo(function TaskRow({ task: answered, tags }: Props) {
  const title = useRef<HTMLButtonElement>(null);
  const opened = useStore(editing, (all) => all.get(answered.id));
  const isTakenBack = useStore(takenBack, (all) => all.has(answered.id));
  const waiting = useStore(waitingPatches, (all) => all.get(answered.id));
  const task = waiting ? patched(answered, waiting, tags) : answered;
  const due = task.dueAt === null ? null : new Date(task.dueAt);
  const isLate = due !== null && !task.completed && due < new Date();

  const shut = () => {
    close(task);
    requestAnimationFrame(() => title.current?.focus());
  };
  const editAgain = (base: Task, patch: Patch) => ({ label: "Edit again", run: () => open(base, patch) });
  const save = async (base: Task, patch: Patch) => {
    shut();
    if (Object.keys(patch).length === 0) return;
    const landed = await change(base, patch);
    if (!landed?.problem) return;
    const lost = { label: "Add it again", run: () => void addAgain(patched(base, patch, tags)) };
    warn(landed.problem, landed.isGone ? lost : editAgain(base, patch));
  };
  const leave = (base: Task, patch: Patch) => {
    shut();
    if (Object.keys(patch).length > 0) tell(`“${base.title}” is as it was.`, editAgain(base, patch));
  };
  const toggle = async () => {
    const landed = await change(task, { completed: !task.completed });
    if (landed?.problem) warn(landed.problem);
  };
  if (opened) {
    return (
      <li className="task open">
        <Boundary>
          <TaskEditor task={task} draft={opened.draft} tags={tags} save={save} leave={leave} />
        </Boundary>
      </li>
    );
  }
  return (
    <li className="task" data-done={task.completed} data-taken-back={isTakenBack}>
      <input
        type="checkbox"
        aria-label={`Done: ${task.title}`}
        checked={task.completed}
        onChange={() => void toggle()}
      />
      <button
        ref={title}
        type="button"
        className="title"
        onClick={() => open(task)}
        onKeyDown={(event) => event.key === "Delete" && void remove(task)}
      >
        {task.title}
      </button>
      <span className="marks">
        {task.priority !== "NORMAL" && (
          <span className="mark" data-priority={task.priority}>
            {PRIORITIES[task.priority]}
          </span>
        )}
        {due && (
          <time className="mark" dateTime={due.toISOString()} data-late={isLate}>
            {isLate && <span className="unseen">Overdue: </span>}
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
