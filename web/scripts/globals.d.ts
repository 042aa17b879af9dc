// What the library of browser types does not know yet.

type TrustedTypePolicy = {
  createHTML(text: string): unknown;
  createScriptURL(url: string): unknown;
};

interface Window {
  trustedTypes?: {
    createPolicy(
      name: string,
      rules: { createHTML(text: string): string; createScriptURL(url: string): string },
    ): TrustedTypePolicy;
  };
}
