import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { VerifyEmail } from "@/components/link-pages";
import { keepsAccounts } from "@/lib/server/settings";

export const metadata: Metadata = { title: "Your address" };

/** Where Better Auth keeps the accounts there are no such mails. */
export default function Page() {
  if (keepsAccounts() !== "taskward") notFound();
  return <VerifyEmail />;
}
