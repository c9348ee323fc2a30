import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { ResetPassword } from "@/components/link-pages";
import { keepsAccounts } from "@/lib/server/settings";

export const metadata: Metadata = { title: "A new password" };

/** Where Better Auth keeps the accounts there are no such mails. */
export default function Page() {
  if (keepsAccounts() !== "taskward") notFound();
  return <ResetPassword />;
}
