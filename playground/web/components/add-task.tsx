"use client";

import { type RefObject, useState } from "react";
import type { TaskPriority } from "@/lib/graphql/tasks";
import { tell } from "@/lib/notices";
import { add } from "@/lib/tasks";

interface Props {
  field: RefObject<HTMLInputElement | null>;
  /** What the list is narrowed to, the new task is, too. */
  tags: string[];
  priority: TaskPriority | undefined;
  /** Whether the list shows it then. */
  isShown: boolean;
}

export function AddTask({ field, tags, priority, isShown }: Props) {
  const [title, setTitle] = useState("");
  const submit = async () => {
    const wanted = title.trim();
    if (!wanted) return;
    setTitle("");
    const input = { title: wanted, tagIds: tags, ...(priority ? { priority } : {}) };
    if (!(await add(input))) setTitle((typed) => typed || wanted);
    else if (!isShown) tell(`“${wanted}” is added. It is not among those that are shown.`);
  };
  return (
    <form
      className="add"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <input
        ref={field}
        aria-label="New task"
        placeholder="What is there to do?"
        value={title}
        maxLength={200}
        autoComplete="off"
        enterKeyHint="done"
        onChange={(event) => setTitle(event.target.value)}
      />
      <button type="submit" className="primary" disabled={!title.trim()}>
        Add
      </button>
    </form>
  );
}
