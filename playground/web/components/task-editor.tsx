"use client";

import { type FormEvent, type KeyboardEvent, useState } from "react";
import { useQuery } from "urql";
import { dayOf, dueAt, timeOf } from "@/lib/dates";
import { TaskDocument, type TaskPriority } from "@/lib/graphql/tasks";
import { type Patch, remove, type Tag, type Task } from "@/lib/tasks";
import { PRIORITIES } from "@/lib/view";
import { Dot } from "./dot";

interface Props {
  task: Task;
  /** What was written before and could not be saved. */
  draft: Patch;
  tags: readonly Tag[];
  save: (base: Task, patch: Patch) => void;
  /** Closes without saving. */
  leave: (base: Task, patch: Patch) => void;
}

/** A task in its place in the list, with everything that can be said of it. */
export default function TaskEditor({ task, draft, tags, save, leave }: Props) {
  // What was seen when the editing began is what it is measured by, whatever happens elsewhere meanwhile.
  const [base] = useState(task);
  // Out of the cache, as the list may have no place for it any more.
  const [{ data }] = useQuery({ query: TaskDocument, variables: { id: task.id } });
  const isOutdated = (data?.task ?? task).version !== base.version;
  const due = draft.dueAt === undefined ? base.dueAt : draft.dueAt;
  const [title, setTitle] = useState(draft.title ?? base.title);
  const [description, setDescription] = useState(
    (draft.description === undefined ? base.description : draft.description) ?? "",
  );
  const [priority, setPriority] = useState<TaskPriority>(draft.priority ?? base.priority);
  const [day, setDay] = useState(due ? dayOf(new Date(due)) : "");
  const [time, setTime] = useState(due ? timeOf(new Date(due)) : "");
  const [tagIds, setTagIds] = useState(draft.tagIds ?? base.tags.map(({ id }) => id));

  const patch = (): Patch => {
    const before = base.tags.map(({ id }) => id);
    const next = dueAt(day, time);
    const isSameDue =
      base.dueAt === null
        ? next === null
        : day === dayOf(new Date(base.dueAt)) && time === timeOf(new Date(base.dueAt));
    return {
      ...(title.trim() === base.title ? {} : { title: title.trim() }),
      ...(description === (base.description ?? "") ? {} : { description: description || null }),
      ...(priority === base.priority ? {} : { priority }),
      ...(isSameDue ? {} : { dueAt: next }),
      ...([...tagIds].sort().join() === [...before].sort().join() ? {} : { tagIds }),
    };
  };
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (title.trim()) save(base, patch());
  };
  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape") leave(base, patch());
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
  };
  return (
    <form className="editor" aria-label={`Edit ${base.title}`} onSubmit={submit} onKeyDown={press}>
      <label className="field">
        <span className="unseen">Title</span>
        <input
          // biome-ignore lint/a11y/noAutofocus: a key or a click asked for this field
          autoFocus
          className="large"
          value={title}
          maxLength={200}
          required
          onChange={(e) => setTitle(e.target.value)}
        />
      </label>
      <label className="field">
        <span className="unseen">Notes</span>
        <textarea
          placeholder="Notes"
          rows={Math.min(12, Math.max(2, description.split("\n").length))}
          value={description}
          maxLength={10_000}
          onChange={(event) => setDescription(event.target.value)}
        />
      </label>
      <div className="pair">
        <label>
          <span>Due</span>
          <input type="date" max="9999-12-31" value={day} onChange={(event) => setDay(event.target.value)} />
        </label>
        <label>
          <span>Time</span>
          <input type="time" value={time} disabled={!day} onChange={(event) => setTime(event.target.value)} />
        </label>
        <label>
          <span>Priority</span>
          <select value={priority} onChange={(event) => setPriority(event.target.value as TaskPriority)}>
            {Object.entries(PRIORITIES).map(([name, label]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </div>
      {tags.length > 0 && (
        <fieldset className="chips">
          <legend className="unseen">Tags</legend>
          {tags.map(({ id, name, color }) => (
            <button
              key={id}
              type="button"
              className="chip"
              aria-pressed={tagIds.includes(id)}
              onClick={() => setTagIds(tagIds.includes(id) ? tagIds.filter((other) => other !== id) : [...tagIds, id])}
            >
              <Dot color={color} />
              <span className="cut">{name}</span>
            </button>
          ))}
        </fieldset>
      )}
      {isOutdated && (
        <p className="hint" role="status">
          It was changed elsewhere since you began.
        </p>
      )}
      <div className="actions">
        <button type="submit" className="primary" disabled={!title.trim()}>
          Save
        </button>
        <button type="button" onClick={() => leave(base, patch())}>
          Cancel
        </button>
        <button
          type="button"
          className="danger away"
          onClick={() => {
            leave(base, {});
            void remove(base);
          }}
        >
          Delete
        </button>
      </div>
    </form>
  );
}
