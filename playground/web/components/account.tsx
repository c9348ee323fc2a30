"use client";

import { useState } from "react";
import { warn } from "@/lib/notices";
import type AccountMenu from "./account-menu";

export const loadMenu = () => import("./account-menu");

/** Whose tasks these are. What is in the menu is loaded when it is first asked for. */
export function Account({ email }: { email: string }) {
  const [Menu, setMenu] = useState<typeof AccountMenu>();
  const open = () =>
    loadMenu().then(
      (menu) => setMenu(() => menu.default),
      () => warn("The menu cannot be loaded while you are offline."),
    );
  const button = (
    <button
      type="button"
      className="quiet account"
      aria-label={`Account of ${email}`}
      aria-haspopup="menu"
      onClick={Menu ? undefined : () => void open()}
    >
      <span className="cut">{email}</span>
      <span aria-hidden="true">▾</span>
    </button>
  );
  return Menu ? <Menu button={button} /> : button;
}
