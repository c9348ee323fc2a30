"use client";

import type { Tag } from "@/lib/tasks";
import { DUES, PRIORITIES, STATES, type View } from "@/lib/view";
import { Dot } from "./dot";

interface Props {
  view: View;
  tags: readonly Tag[] | undefined;
  change: (view: View) => void;
  manage: () => void;
}

const toggled = <T,>(list: readonly T[], one: T): T[] =>
  list.includes(one) ? list.filter((other) => other !== one) : [...list, one];

/** What narrows the list. Whatever is chosen holds together: all of it has to be met. */
export function Filters({ view, tags, change, manage }: Props) {
  const one = <K extends "state" | "due">(field: K, choices: Record<View[K], string>) =>
    (Object.entries(choices) as [View[K], string][]).map(([name, label]) => (
      <button
        key={name}
        type="button"
        className="choice"
        aria-pressed={view[field] === name}
        onClick={() => change({ ...view, [field]: name })}
      >
        {label}
      </button>
    ));
  return (
    <>
      <fieldset>
        <legend>Show</legend>
        {one("state", STATES)}
      </fieldset>
      <fieldset>
        <legend>Due</legend>
        {one("due", DUES)}
      </fieldset>
      <fieldset>
        <legend>Priority</legend>
        {Object.entries(PRIORITIES).map(([name, label]) => (
          <button
            key={name}
            type="button"
            className="choice"
            aria-pressed={view.priorities.includes(name as keyof typeof PRIORITIES)}
            onClick={() => change({ ...view, priorities: toggled(view.priorities, name as keyof typeof PRIORITIES) })}
          >
            <i className="flag" data-priority={name} aria-hidden="true" />
            {label}
          </button>
        ))}
      </fieldset>
      <fieldset>
        <legend>Tags</legend>
        {tags?.map(({ id, name, color }) => (
          <button
            key={id}
            type="button"
            className="choice"
            aria-pressed={view.tags.includes(id)}
            onClick={() => change({ ...view, tags: toggled(view.tags, id) })}
          >
            <Dot color={color} />
            <span className="cut">{name}</span>
          </button>
        ))}
        <button type="button" className="choice soft" onClick={manage}>
          {tags?.length ? "Change tags…" : "Make a tag…"}
        </button>
      </fieldset>
    </>
  );
}
