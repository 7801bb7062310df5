/**
 * The only address of a script that the page ever makes: the service worker's. The page's security policy demands
 * that such an address comes from a policy of this name, and the policy knows no other.
 */
import type { LanguageName } from "./language.ts";

interface TrustedTypePolicyFactory {
  createPolicy(
    name: string,
    rules: { createScriptURL(address: string): string },
  ): { createScriptURL(address: string): string };
}

/** The worker keeps the page of one language, and another address is another worker. */
export function serviceWorkerAddress(language: LanguageName): string {
  const wanted = `/service-worker-${language}.js`;
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypePolicyFactory };
  if (!trustedTypes) return wanted;
  const policy = trustedTypes.createPolicy("madang", {
    createScriptURL: (address) => {
      if (address !== wanted) throw new TypeError("not a script of this page");
      return address;
    },
  });
  return policy.createScriptURL(wanted);
}
