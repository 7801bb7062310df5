/**
 * The only address of a script that the page ever makes: the service worker's. The page's security policy demands
 * that such an address comes from a policy of this name, and the policy knows no other.
 */
const SERVICE_WORKER = "/service-worker.js";

interface TrustedTypePolicyFactory {
  createPolicy(
    name: string,
    rules: { createScriptURL(address: string): string },
  ): { createScriptURL(address: string): string };
}

export function serviceWorkerAddress(): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypePolicyFactory };
  if (!trustedTypes) return SERVICE_WORKER;
  const policy = trustedTypes.createPolicy("madang", {
    createScriptURL: (address) => {
      if (address !== SERVICE_WORKER) throw new TypeError("not a script of this page");
      return address;
    },
  });
  return policy.createScriptURL(SERVICE_WORKER);
}
