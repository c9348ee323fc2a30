import type { Metadata } from "next";
import { VerifyEmail } from "@/components/link-pages";

export const metadata: Metadata = { title: "Your address" };

export default function Page() {
  return <VerifyEmail />;
}
