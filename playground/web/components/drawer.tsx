"use client";

import * as Dialog from "@radix-ui/react-dialog";
import type { ReactNode } from "react";

/** What stands beside the list where there is room for it. */
export default function Drawer({ children, close }: { children: ReactNode; close: () => void }) {
  return (
    <Dialog.Root open onOpenChange={(open) => open || close()}>
      <Dialog.Portal>
        <Dialog.Overlay className="veil" />
        <Dialog.Content className="drawer" aria-describedby={undefined}>
          <Dialog.Title className="unseen">Which tasks</Dialog.Title>
          {children}
          <Dialog.Close className="primary">Show them</Dialog.Close>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
