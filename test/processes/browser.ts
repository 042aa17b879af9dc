import { type DefaultTreeAdapterTypes, parse } from "parse5";

type Node = DefaultTreeAdapterTypes.Node;
type Element = DefaultTreeAdapterTypes.Element;

/** What was answered: redirects are not followed. */
export type Page = {
  readonly status: number;
  readonly html: string;
  readonly location: string | null;
  /** What a reader sees of it, white space collapsed. */
  readonly text: string;
};

/** A form of a page as it would be sent when nothing was typed. */
export type PageForm = {
  readonly action: string;
  readonly multipart: boolean;
  readonly fields: readonly (readonly [string, string])[];
};

/** Values by name that replace what the form holds; a list for a name that is sent several times. */
export type Typed = Readonly<Record<string, string | readonly string[]>>;

/** A browser without JavaScript that remembers its cookies, at one address. */
export type Browser = {
  get(path: string): Promise<Page>;
  /** The form of a page with this action; the first of several. */
  form(path: string, action: string): Promise<PageForm>;
  /** Sends a form as it was read, with what was typed; sending it twice sends the same. */
  send(form: PageForm, typed: Typed): Promise<Page>;
  /** Reads the form and sends it. @throws when the answer is no redirect. */
  submit(path: string, action: string, typed: Typed): Promise<Page>;
};

/** Opens a browser at a server's origin. */
export function openBrowser(origin: string): Browser {
  const cookies = new Map<string, string>();
  const ask = async (path: string, init: RequestInit = {}): Promise<Page> => {
    const url = new URL(path, origin);
    const headers = new Headers(init.headers);
    headers.set("accept", "text/html");
    headers.set("cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    if (cookies.size === 0) headers.delete("cookie");
    const response = await fetch(`${origin}${url.pathname}${url.search}`, {
      ...init,
      headers,
      redirect: "manual",
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (name !== undefined && value !== undefined) cookies.set(name, value);
    }
    const html = await response.text();
    const text = textOf(parse(html)).replace(/\s+/g, " ").trim();
    return { status: response.status, html, text, location: response.headers.get("location") };
  };
  const form = async (path: string, action: string): Promise<PageForm> => {
    const page = await ask(path);
    const found = formsOf(page.html).find((one) => one.action.split("?")[0] === action);
    if (found === undefined)
      throw new Error(`No form for ${action} on ${origin}${path} (${page.status}): ${page.text}`);
    return found;
  };
  const send = async (sent: PageForm, typed: Typed): Promise<Page> => {
    const kept = sent.fields.filter(([name]) => !Object.hasOwn(typed, name));
    const fields = [...kept, ...Object.entries(typed).flatMap(([name, value]) => pairs(name, value))];
    const body = sent.multipart ? new FormData() : new URLSearchParams();
    for (const [name, value] of fields) body.append(name, value);
    return await ask(sent.action, { method: "POST", body, headers: { origin } });
  };
  return {
    get: (path) => ask(path),
    form,
    send,
    submit: async (path, action, typed) => {
      const page = await send(await form(path, action), typed);
      if (page.status !== 303) throw new Error(`${action} was answered with ${page.status}: ${page.text}`);
      return page;
    },
  };
}

function pairs(name: string, value: string | readonly string[]): (readonly [string, string])[] {
  return typeof value === "string" ? [[name, value]] : value.map((one) => [name, one]);
}

/** The forms of a page. */
export function formsOf(html: string): readonly PageForm[] {
  return elementsOf(parse(html), "form").map((form) => ({
    action: attribute(form, "action") ?? "",
    multipart: attribute(form, "enctype") === "multipart/form-data",
    fields: fieldsOf(form),
  }));
}

/** What a browser would send of an untouched form; buttons are named by who presses them. */
function fieldsOf(form: Element): readonly (readonly [string, string])[] {
  const named = (element: Element) => attribute(element, "name") ?? "";
  const inputs = elementsOf(form, "input")
    .filter((input) => !["file", "submit"].includes(attribute(input, "type") ?? ""))
    .filter((input) => {
      const ticked = ["checkbox", "radio"].includes(attribute(input, "type") ?? "");
      return !ticked || attribute(input, "checked") !== null;
    })
    .map((input) => [named(input), attribute(input, "value") ?? ""] as const);
  const areas = elementsOf(form, "textarea").map((area) => [named(area), textOf(area)] as const);
  const selects = elementsOf(form, "select").map((select) => {
    const options = elementsOf(select, "option");
    const chosen = options.find((option) => attribute(option, "selected") !== null) ?? options[0];
    return [named(select), chosen === undefined ? "" : (attribute(chosen, "value") ?? "")] as const;
  });
  return [...inputs, ...areas, ...selects].filter(([name]) => name !== "");
}

function elementsOf(node: Node, name: string): readonly Element[] {
  const own = "tagName" in node && node.tagName === name ? [node] : [];
  return "childNodes" in node
    ? [...own, ...node.childNodes.flatMap((child) => elementsOf(child, name))]
    : own;
}

function attribute(element: Element, name: string): string | null {
  return element.attrs.find((one) => one.name === name)?.value ?? null;
}

function textOf(node: Node): string {
  if ("value" in node) return node.value;
  if ("tagName" in node && ["script", "style", "head"].includes(node.tagName)) return "";
  return "childNodes" in node ? node.childNodes.map(textOf).join(" ") : "";
}
