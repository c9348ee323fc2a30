import { auth } from "@/lib/server/better-auth";
import { keepsAccounts } from "@/lib/server/settings";

async function answer(request: Request): Promise<Response> {
  if (keepsAccounts() !== "better-auth") return new Response(null, { status: 404 });
  return auth().handler(request);
}

export { answer as GET, answer as POST };
