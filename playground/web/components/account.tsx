"use client";

import { useState } from "react";
import type AccountMenu from "./account-menu";

/** Whose tasks these are. What is in the menu is loaded when it is first asked for. */
export function Account({ email }: { email: string }) {
  const [Menu, setMenu] = useState<typeof AccountMenu>();
  const open = () => void import("./account-menu").then((menu) => setMenu(() => menu.default));
  const button = (
    <button
      type="button"
      className="quiet account"
      aria-label={`Account of ${email}`}
      aria-haspopup="menu"
      onClick={Menu ? undefined : open}
    >
      <span className="cut">{email}</span>
      <span aria-hidden="true">▾</span>
    </button>
  );
  return Menu ? <Menu button={button} /> : button;
}
