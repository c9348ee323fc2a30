"use client";

import * as Menu from "@radix-ui/react-dropdown-menu";
import Link from "next/link";
import { type ReactElement, useState } from "react";
import { accounts } from "@/lib/accounts";
import { end } from "@/lib/auth";
import { warn } from "@/lib/notices";
import { setTheme, THEMES, type Theme, theme } from "@/lib/theme";
import { unsaved } from "@/lib/unsaved";

/** Signs this browser out, unless there is something that would be lost by it. */
async function signOut(): Promise<void> {
  const count = unsaved();
  if (
    count > 0 &&
    !confirm(`${count === 1 ? "A change is" : `${count} changes are`} not saved yet. Sign out all the same?`)
  ) {
    return;
  }
  try {
    await (await accounts()).signOut();
  } catch {
    warn("You are still signed in: the server cannot be reached.");
    return;
  }
  end("signed-out");
}

/** The menu behind `button`, open from the start. */
export default function AccountMenu({ button }: { button: ReactElement }) {
  const [look, setLook] = useState(theme);
  return (
    <Menu.Root defaultOpen>
      <Menu.Trigger asChild>{button}</Menu.Trigger>
      <Menu.Portal>
        <Menu.Content className="menu" align="end" sideOffset={6}>
          <Menu.Label className="menu-label">Appearance</Menu.Label>
          <Menu.RadioGroup
            value={look}
            onValueChange={(next) => {
              setTheme(next as Theme);
              setLook(next as Theme);
            }}
          >
            {Object.entries(THEMES).map(([name, label]) => (
              <Menu.RadioItem
                key={name}
                value={name}
                className="menu-item"
                onSelect={(event) => event.preventDefault()}
              >
                {label}
                <Menu.ItemIndicator>✓</Menu.ItemIndicator>
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
          <Menu.Separator className="menu-line" />
          <Menu.Item asChild className="menu-item">
            <Link href="/settings">Account and security</Link>
          </Menu.Item>
          <Menu.Item className="menu-item" onSelect={() => void signOut()}>
            Sign out
          </Menu.Item>
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  );
}
