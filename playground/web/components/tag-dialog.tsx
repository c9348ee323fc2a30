"use client";

import * as Dialog from "@radix-ui/react-dialog";
import { useState } from "react";
import { addTag, changeTag, removeTag, type Tag } from "@/lib/tasks";

/** Colours that can be told apart on light and dark. */
const COLORS = ["#2b6cb0", "#00838f", "#2f855a", "#b7791f", "#c05621", "#c53030", "#b83280", "#6b46c1", "#718096"];

/** Stands for no colour. */
const GREY = "#718096";

export default function TagDialog({ tags, close }: { tags: readonly Tag[]; close: () => void }) {
  const [problem, setProblem] = useState("");
  const [name, setName] = useState("");
  const [color, setColor] = useState(COLORS[tags.length % COLORS.length] ?? "");

  const make = async () => {
    const wanted = name.trim();
    if (!wanted) return;
    setProblem("");
    setName("");
    setColor(COLORS[(COLORS.indexOf(color) + 1) % COLORS.length] ?? "");
    const refused = await addTag(wanted, color);
    if (!refused) return;
    setProblem(refused);
    setName((typed) => typed || wanted);
  };
  const told = async (done: Promise<string | null>) => setProblem((await done) ?? "");
  return (
    <Dialog.Root open onOpenChange={(open) => open || close()}>
      <Dialog.Portal>
        <Dialog.Overlay className="veil" />
        <Dialog.Content className="dialog" aria-describedby={undefined}>
          <Dialog.Title>Tags</Dialog.Title>
          <ul className="rows">
            {tags.map((tag) => (
              <TagRow key={tag.id} tag={tag} told={told} />
            ))}
          </ul>
          <form
            className="row"
            onSubmit={(event) => {
              event.preventDefault();
              void make();
            }}
          >
            <input
              type="color"
              aria-label="Colour of the new tag"
              value={color}
              onChange={(e) => setColor(e.target.value)}
            />
            <input
              aria-label="New tag"
              placeholder="New tag"
              value={name}
              maxLength={50}
              onChange={(e) => setName(e.target.value)}
            />
            <button type="submit" disabled={!name.trim()}>
              Add
            </button>
          </form>
          <p className="problem" role="alert">
            {problem}
          </p>
          <div className="actions">
            <Dialog.Close className="primary away">Done</Dialog.Close>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function TagRow({ tag, told }: { tag: Tag; told: (done: Promise<string | null>) => void }) {
  // What nobody touched here is as it is, also when somebody changes it elsewhere.
  const [name, setName] = useState<string>();
  const [color, setColor] = useState<string>();
  const [isSure, setIsSure] = useState(false);
  const rename = () => {
    const wanted = name?.trim();
    setName(undefined);
    if (wanted && wanted !== tag.name) told(changeTag({ id: tag.id, name: wanted }));
  };
  const recolor = () => {
    setColor(undefined);
    if (color && color !== tag.color) told(changeTag({ id: tag.id, color }));
  };
  return (
    <li className="row">
      <input
        type="color"
        aria-label={`Colour of ${tag.name}`}
        value={color ?? tag.color ?? GREY}
        onChange={(event) => setColor(event.target.value)}
        onBlur={recolor}
      />
      <input
        aria-label={`Name of ${tag.name}`}
        value={name ?? tag.name}
        maxLength={50}
        onChange={(event) => setName(event.target.value)}
        onBlur={rename}
        onKeyDown={(event) => event.key === "Enter" && rename()}
      />
      <button
        type="button"
        className="danger"
        aria-label={isSure ? `Delete ${tag.name} for good` : `Delete ${tag.name}`}
        onClick={() => (isSure ? told(removeTag(tag.id)) : setIsSure(true))}
        onBlur={() => setIsSure(false)}
      >
        {isSure ? "Really?" : "Delete"}
      </button>
    </li>
  );
}
