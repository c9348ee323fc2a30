import type { Metadata, Viewport } from "next";
import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { keepsAccounts } from "@/lib/server/settings";
import { COOKIE, isTheme } from "@/lib/theme";
import "./style.css";

export const metadata: Metadata = {
  title: { default: "Taskward", template: "%s · Taskward" },
  description: "Tasks that nobody but you can see.",
};
export const viewport: Viewport = { width: "device-width", initialScale: 1, colorScheme: "light dark" };

export default async function Layout({ children }: { children: ReactNode }) {
  const set = (await cookies()).get(COOKIE)?.value;
  return (
    <html lang="en" data-theme={isTheme(set) ? set : "system"} data-accounts={keepsAccounts()}>
      <body>{children}</body>
    </html>
  );
}
