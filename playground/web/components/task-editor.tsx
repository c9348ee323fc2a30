"use client";

import { type FormEvent, type KeyboardEvent, useState } from "react";
import { useQuery } from "urql";
import { dayOf, dueAt, timeOf } from "@/lib/dates";
import { TaskDocument, type TaskPriority } from "@/lib/graphql/tasks";
import { type Detail, type Patch, remove, type Tag, type Task } from "@/lib/tasks";
import { PRIORITIES } from "@/lib/view";
import { Dot } from "./dot";

interface Props {
  task: Task;
  tags: readonly Tag[];
  /** What was written before and could not be saved. */
  draft: Patch | undefined;
  save: (base: Detail, patch: Patch) => void;
  close: () => void;
}

/** A task in its place in the list, with everything that can be said of it. */
export default function TaskEditor({ task, tags, draft, save, close }: Props) {
  const [{ data, fetching }] = useQuery({ query: TaskDocument, variables: { id: task.id } });
  if (data?.task) return <Form base={data.task} tags={tags} draft={draft} save={save} close={close} />;
  if (fetching) return <p className="soft">Loading…</p>;
  return (
    <p className="soft">
      This task cannot be read now.{" "}
      <button type="button" onClick={close}>
        Close
      </button>
    </p>
  );
}

function Form({ base: latest, tags, draft, save, close }: Omit<Props, "task"> & { base: Detail }) {
  // What was seen when the editing began is what it is measured by, whatever happens elsewhere meanwhile.
  const [base] = useState(latest);
  const due = draft?.dueAt === undefined ? base.dueAt : draft.dueAt;
  const [title, setTitle] = useState(draft?.title ?? base.title);
  const [description, setDescription] = useState(draft?.description ?? base.description ?? "");
  const [priority, setPriority] = useState<TaskPriority>(draft?.priority ?? base.priority);
  const [day, setDay] = useState(due ? dayOf(new Date(due)) : "");
  const [time, setTime] = useState(due ? timeOf(new Date(due)) : "");
  const [tagIds, setTagIds] = useState(draft?.tagIds ?? base.tags.map(({ id }) => id));

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
    if (event.key === "Escape") close();
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
          <input type="date" value={day} onChange={(event) => setDay(event.target.value)} />
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
              {name}
            </button>
          ))}
        </fieldset>
      )}
      {latest.version !== base.version && (
        <p className="hint" role="status">
          It was changed elsewhere since you began.
        </p>
      )}
      <div className="actions">
        <button type="submit" className="primary" disabled={!title.trim()}>
          Save
        </button>
        <button type="button" onClick={close}>
          Cancel
        </button>
        <button
          type="button"
          className="danger away"
          onClick={() => {
            close();
            void remove(base);
          }}
        >
          Delete
        </button>
      </div>
    </form>
  );
}
