import type { Metadata } from "next";
import { ResetPassword } from "@/components/link-pages";

export const metadata: Metadata = { title: "A new password" };

export default function Page() {
  return <ResetPassword />;
}
