// Values held against types that are declared in .d.ts files (declarations.ts reads these).

import {
  type Declaration,
  type Field,
  type Module,
  readModule,
  readText,
  type Written,
} from "./declarations.ts";

/** A type where its names mean something. */
export type Here = { readonly type: Written; readonly scope: Scope; readonly name?: string };
export type Scope = { readonly file: string; readonly bound: ReadonlyMap<string, Here> };
/** A field, and the name of the declaration that it stands in. */
export type Known = Here & { readonly optional: boolean; readonly owner: string };
type Found = Declaration & { readonly file: string; readonly name: string };

/** The types of some files. `exceptions` are taken as they come, by declaration and field as in `Status.tags`. */
export class DeclaredTypes {
  private readonly modules = new Map<string, Module>();
  private readonly exceptions: ReadonlyMap<string, string>;

  constructor(exceptions: ReadonlyMap<string, string>) {
    this.exceptions = exceptions;
  }

  /** Reads a text as if it stood in a file. */
  add(file: string, text: string): void {
    this.modules.set(file, readText(text, file));
  }

  /** A type by the name that it has in a file. */
  named(file: string, name: string): Here {
    return { type: { kind: "name", name, args: [] }, scope: { file, bound: new Map() } };
  }

  /** Whether a name stands for something. */
  isKnown(here: Here): boolean {
    return this.meaning(here) !== null;
  }

  /** What a name stands for; null for names of the language. */
  private meaning({ type, scope }: Here): Here | null {
    if (type.kind !== "name") return null;
    const [inner] = type.args;
    if (type.name === "Promise" && inner !== undefined) return { type: inner, scope };
    const bound = scope.bound.get(type.name);
    if (bound !== undefined) return bound;
    const found = this.find(scope.file, type.name);
    if (found === null) return null;
    const args = type.args.map((one): Here => ({ type: one, scope }));
    const pairs = found.parameters.flatMap((name, index): [string, Here][] => {
      const arg = args[index];
      return arg === undefined ? [] : [[name, arg]];
    });
    return { type: found.type, scope: { file: found.file, bound: new Map(pairs) }, name: found.name };
  }

  /** A name as the file itself may use it. */
  private find(file: string, name: string): Found | null {
    const module = this.module(file);
    const own = module.declared.get(name);
    if (own !== undefined) return { ...own, file, name: /\/admin\//.test(file) ? `admin.${name}` : name };
    const [head = "", ...rest] = name.split(".");
    const from = module.imported.get(head);
    if (from === undefined) return null;
    return this.findIn(from.file, (from.name === "*" ? rest : [from.name, ...rest]).join("."));
  }

  /** A name as other files get it from one. */
  private findIn(file: string, name: string): Found | null {
    const module = this.module(file);
    const own = module.declared.get(name);
    if (own !== undefined) return { ...own, file, name: /\/admin\//.test(file) ? `admin.${name}` : name };
    const [head = "", ...rest] = name.split(".");
    const space = module.spaces.get(head);
    if (space !== undefined) return this.findIn(space, rest.join("."));
    for (const other of module.passedOn) {
      const found = this.findIn(other, name);
      if (found !== null) return found;
    }
    return null;
  }

  private module(file: string): Module {
    const known = this.modules.get(file);
    if (known !== undefined) return known;
    const read = readModule(file);
    this.modules.set(file, read);
    return read;
  }

  /** The fields of a thing; null for what is none. */
  fieldsOf(here: Here, owner = ""): Map<string, Known> | null {
    const { type, scope } = here;
    const own = (fields: ReadonlyMap<string, Field>) =>
      new Map([...fields].map(([name, field]): [string, Known] => [name, { ...field, scope, owner }]));
    if (type.kind === "object") return own(type.fields);
    if (type.kind === "intersection") {
      const all = type.of.map((one) => this.fieldsOf({ type: one, scope }, owner));
      return new Map(all.flatMap((fields) => [...(fields ?? [])]));
    }
    if (type.kind === "mapped") {
      const { to, optional } = type;
      const keys = this.literals({ type: type.keys, scope });
      return own(new Map(keys.map((key) => [key, { type: to, optional }])));
    }
    if (type.kind !== "name") return null;
    if (type.name === "Pick" || type.name === "Omit") {
      const [of, keys] = type.args;
      if (of === undefined || keys === undefined) return null;
      const chosen = new Set(this.literals({ type: keys, scope }));
      const fields = this.fieldsOf({ type: of, scope }) ?? new Map<string, Known>();
      const left = [...fields].filter(([name]) => chosen.has(name) === (type.name === "Pick"));
      return new Map(left.map(([name, field]) => [name, owner === "" ? field : { ...field, owner }]));
    }
    const meaning = this.meaning(here);
    return meaning === null ? null : this.fieldsOf(meaning, meaning.name ?? owner);
  }

  /** The texts that a type of texts consists of. */
  private literals(here: Here): string[] {
    return this.choices(here).flatMap(({ type }) =>
      type.kind === "literal" && typeof type.value === "string" ? [type.value] : [],
    );
  }

  /** The members of a union, however it is written; one for what is none. */
  private choices(here: Here): Here[] {
    const { type, scope } = here;
    if (type.kind === "union") return type.of.flatMap((one) => this.choices({ type: one, scope }));
    if (type.kind === "keys") {
      const fields = this.fieldsOf({ type: type.of, scope });
      return [...(fields?.keys() ?? [])].map((value) => ({ type: { kind: "literal", value }, scope }));
    }
    if (type.kind === "member") {
      const fields = this.fieldsOf({ type: type.of, scope });
      return this.literals({ type: type.key, scope }).flatMap((key) => {
        const field = fields?.get(key);
        return field === undefined ? [] : this.choices(field);
      });
    }
    const meaning = this.meaning(here);
    return meaning === null || this.fieldsOf(here) !== null ? [here] : this.choices(meaning);
  }

  /** What is wrong with a value; null when it is of the type. */
  fault(here: Here, value: unknown, path: string): string | null {
    const choices = this.choices(here);
    const faults: string[] = [];
    for (const choice of choices) {
      const fault = this.oneFault(choice, value, path);
      if (fault === null) return null;
      faults.push(fault);
    }
    // The choice that was got furthest with is the one that was meant.
    const told = faults.toSorted((a, b) => (b.split(":")[0] ?? "").length - (a.split(":")[0] ?? "").length);
    return told[0] ?? null;
  }

  private oneFault({ type, scope }: Here, value: unknown, path: string): string | null {
    const wrong = (wanted: string) => `${path}: ${JSON.stringify(value)?.slice(0, 60)} is not ${wanted}`;
    if (type.kind === "literal") return type.value === value ? null : wrong(JSON.stringify(type.value));
    if (type.kind === "list") {
      if (!Array.isArray(value)) return wrong("a list");
      return first(value, (one, index) => this.fault({ type: type.of, scope }, one, `${path}.${index}`));
    }
    if (type.kind === "name" && type.name === "Record") {
      if (!isThing(value)) return wrong("a thing");
      const [keys, of] = type.args;
      // `Record<never, never>` is megalodon's way of saying that nothing is known of a thing.
      if (of === undefined || (keys?.kind === "name" && keys.name === "never")) return null;
      return first(Object.entries(value), ([name, one]) =>
        this.fault({ type: of, scope }, one, `${path}.${name}`),
      );
    }
    const fields = this.fieldsOf({ type, scope });
    if (fields !== null) {
      if (!isThing(value) || Array.isArray(value)) return wrong("a thing");
      return this.thingFault(fields, value, path);
    }
    if (type.kind !== "name") throw new Error(`${path}: ${type.kind} is not understood`);
    return isOf(type.name, value) ? null : wrong(type.name);
  }

  private thingFault(fields: ReadonlyMap<string, Known>, value: object, path: string): string | null {
    return first([...fields], ([name, field]) => {
      const one: unknown = Reflect.get(value, name);
      const isMissing = !Object.hasOwn(value, name);
      if (isMissing && field.optional) return null;
      const fault = isMissing
        ? `${path}.${name}: is missing in ${field.owner}`
        : this.fault(field, one, `${path}.${name}`);
      return this.excused(`${field.owner}.${name}`, fault);
    });
  }

  /** A fault that is none where there is an exception. */
  excused(name: string, fault: string | null): string | null {
    return this.exceptions.has(name) ? null : fault;
  }
}

function first<T>(list: readonly T[], look: (one: T, index: number) => string | null): string | null {
  for (const [index, one] of list.entries()) {
    const fault = look(one, index);
    if (fault !== null) return fault;
  }
  return null;
}

function isOf(name: string, value: unknown): boolean {
  switch (name) {
    case "any":
    case "unknown":
    case "void":
      return true;
    case "null":
      return value === null;
    case "undefined":
      return value === undefined;
    case "string":
    case "number":
    case "boolean":
      return typeof value === name;
    case "never":
      return false;
    default:
      throw new Error(`What ${name} means is not known.`);
  }
}

function isThing(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
