"use client";

import * as Dialog from "@radix-ui/react-dialog";
import type { Question } from "@/lib/conflict";
import { describe } from "@/lib/dates";
import type { Tag, Task } from "@/lib/tasks";
import { PRIORITIES } from "@/lib/view";

const NAMES: Record<string, string> = {
  title: "Title",
  description: "Notes",
  completed: "Done",
  priority: "Priority",
  dueAt: "Due",
  tagIds: "Tags",
};

function shown(field: string, task: Task, names: Map<string, string>): string {
  switch (field) {
    case "completed":
      return task.completed ? "Yes" : "No";
    case "priority":
      return PRIORITIES[task.priority];
    case "dueAt":
      return task.dueAt === null ? "Never" : describe(new Date(task.dueAt));
    case "tagIds":
      return task.tags.map(({ id, name }) => names.get(id) ?? name).join(", ") || "None";
    case "description":
      return task.description || "None";
    default:
      return task.title;
  }
}

/** Shows what was written here and what was written elsewhere, and has one choose. */
export default function ConflictDialog({ asked, tags }: { asked: Question; tags: readonly Tag[] }) {
  const { mine, theirs, fields, answer } = asked;
  const names = new Map(tags.map(({ id, name }) => [id, name]));
  return (
    <Dialog.Root open>
      <Dialog.Portal>
        <Dialog.Overlay className="veil" />
        <Dialog.Content
          className="dialog"
          onEscapeKeyDown={(event) => event.preventDefault()}
          onInteractOutside={(event) => event.preventDefault()}
        >
          <Dialog.Title>Changed in two places</Dialog.Title>
          <Dialog.Description>
            While you edited this task it was changed elsewhere. Which shall count?
          </Dialog.Description>
          <table className="versions">
            <thead>
              <tr>
                <td />
                <th scope="col">Yours</th>
                <th scope="col">Elsewhere</th>
              </tr>
            </thead>
            <tbody>
              {fields.map((field) => (
                <tr key={field}>
                  <th scope="row">{NAMES[field] ?? field}</th>
                  <td>{shown(field, mine, names)}</td>
                  <td>{shown(field, theirs, names)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <div className="actions">
            <button type="button" className="primary" onClick={() => answer(true)}>
              Keep mine
            </button>
            <button type="button" onClick={() => answer(false)}>
              Keep the other
            </button>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
