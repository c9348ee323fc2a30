import type { Metadata } from "next";
import { Settings } from "@/components/settings";

export const metadata: Metadata = { title: "Account and security" };

export default function Page() {
  return <Settings />;
}
