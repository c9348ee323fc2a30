"use client";

import { dismiss, notices } from "@/lib/notices";
import { useStore } from "@/lib/store";

export function Notices() {
  const shown = useStore(notices);
  return (
    <div className="notices" role="log" aria-live="polite" aria-label="Messages">
      {shown.map(({ id, text, isTrouble, action }) => (
        <div key={id} className="notice" data-trouble={isTrouble}>
          <span>{text}</span>
          {action && (
            <button
              type="button"
              onClick={() => {
                dismiss(id);
                action.run();
              }}
            >
              {action.label}
            </button>
          )}
          <button type="button" aria-label="Dismiss" onClick={() => dismiss(id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}
