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

/** What a service worker has that a page has not; the libraries for both cannot be used together. */
type Moment = Event & { waitUntil(work: Promise<unknown>): void };
type FetchMoment = Moment & { readonly request: Request; respondWith(answer: Promise<Response>): void };
type PushMoment = Moment & { readonly data: { json(): Readonly<Record<string, unknown>> } | null };
type ClickMoment = Moment & { readonly notification: Notification };
type WindowOfOurs = { navigate(url: URL): Promise<WindowOfOurs | null>; focus(): Promise<unknown> };
type WorkerScope = {
  addEventListener(name: "install" | "activate", act: (event: Moment) => void): void;
  addEventListener(name: "fetch", act: (event: FetchMoment) => void): void;
  addEventListener(name: "push", act: (event: PushMoment) => void): void;
  addEventListener(name: "notificationclick", act: (event: ClickMoment) => void): void;
  skipWaiting(): Promise<void>;
  readonly registration: ServiceWorkerRegistration;
  readonly clients: {
    claim(): Promise<void>;
    matchAll(options: { type: "window" }): Promise<readonly WindowOfOurs[]>;
    openWindow(url: URL): Promise<WindowOfOurs | null>;
  };
};
