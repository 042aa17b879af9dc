// Type declarations of a client library, read from its .d.ts files: interfaces, type aliases and what they import. It is a
// reader of that much of TypeScript as masto's declarations are written in, and it stops loudly at anything else.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A type as it is written. Names mean what the module says in which they stand. */
export type Written =
  | { readonly kind: "literal"; readonly value: string | number | boolean }
  | { readonly kind: "name"; readonly name: string; readonly args: readonly Written[] }
  | { readonly kind: "union" | "intersection"; readonly of: readonly Written[] }
  | { readonly kind: "list" | "keys"; readonly of: Written }
  | { readonly kind: "member"; readonly of: Written; readonly key: Written }
  | { readonly kind: "mapped"; readonly keys: Written; readonly to: Written; readonly optional: boolean }
  | { readonly kind: "object"; readonly fields: ReadonlyMap<string, Field> }
  | { readonly kind: "call"; readonly returns: Written };

export type Field = { readonly type: Written; readonly optional: boolean };

/** An interface or an alias. */
export type Declaration = {
  readonly parameters: readonly string[];
  readonly type: Written;
};

/** What a file declares, and where its other names come from. */
export type Module = {
  readonly declared: ReadonlyMap<string, Declaration>;
  /** Local name → file, and the name there; `*` is the whole file. */
  readonly imported: ReadonlyMap<string, { readonly file: string; readonly name: string }>;
  /** Whole files that are passed on under a name. */
  readonly spaces: ReadonlyMap<string, string>;
  /** Files of which everything is passed on. */
  readonly passedOn: readonly string[];
};

const TOKEN = /"(?:[^"\\]|\\.)*"|[A-Za-z_$][\w$]*|\d+|=>|\.\.\.|[^\s]/g;

/** Reads a file of declarations. */
export function readModule(file: string): Module {
  return readText(readFileSync(file, "utf8"), file);
}

/** Reads declarations as if they stood in a file. */
export function readText(text: string, file: string): Module {
  const source = text
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/^\s*\/\/.*$/gm, "")
    .replaceAll(/'([^'\n]*)'/g, '"$1"');
  return new Reader(source.match(TOKEN) ?? [], file).module();
}

class Reader {
  private at = 0;
  private readonly declared = new Map<string, Declaration>();
  private readonly imported = new Map<string, { file: string; name: string }>();
  private readonly spaces = new Map<string, string>();
  private readonly passedOn: string[] = [];
  private readonly tokens: readonly string[];
  private readonly file: string;

  constructor(tokens: readonly string[], file: string) {
    this.tokens = tokens;
    this.file = file;
  }

  module(): Module {
    while (this.at < this.tokens.length) this.statement();
    const { declared, imported, spaces, passedOn } = this;
    return { declared, imported, spaces, passedOn };
  }

  private statement(): void {
    if (this.skip("import")) return this.importing();
    if (this.skip("export") && (this.sees("{") || (this.sees("type") && this.sees("*", 1))))
      return this.exporting();
    this.skip("declare");
    if (this.skip("interface")) return this.interface();
    this.need("type");
    const name = this.take();
    const parameters = this.parameters();
    this.need("=");
    this.declared.set(name, { parameters, type: this.type() });
    this.need(";");
  }

  private importing(): void {
    this.skip("type");
    const names: [string, string][] = [];
    if (this.skip("*")) {
      this.need("as");
      names.push([this.take(), "*"]);
    } else {
      this.need("{");
      while (!this.skip("}")) {
        this.skip("type");
        const name = this.take();
        names.push([this.skip("as") ? this.take() : name, name]);
        this.skip(",");
      }
    }
    this.need("from");
    const file = this.path();
    for (const [local, name] of names) this.imported.set(local, { file, name });
    this.need(";");
  }

  private exporting(): void {
    if (this.skip("{")) {
      this.need("}");
      this.need(";");
      return;
    }
    this.need("type");
    this.need("*");
    const local = this.skip("as") ? this.take() : null;
    this.need("from");
    const file = this.path();
    if (local === null) this.passedOn.push(file);
    else this.spaces.set(local, file);
    this.need(";");
  }

  private interface(): void {
    const name = this.take();
    const parameters = this.parameters();
    const parents: Written[] = [];
    if (this.skip("extends"))
      do parents.push(this.type());
      while (this.skip(","));
    const own = this.braces();
    const type: Written = parents.length === 0 ? own : { kind: "intersection", of: [...parents, own] };
    this.declared.set(name, { parameters, type });
  }

  /** `<T, U extends X = Y>`: what they must be does not matter to a reader. */
  private parameters(): string[] {
    const names: string[] = [];
    if (!this.skip("<")) return names;
    while (!this.skip(">")) {
      names.push(this.take());
      if (this.skip("extends")) this.type();
      if (this.skip("=")) this.type();
      this.skip(",");
    }
    return names;
  }

  private type(): Written {
    this.skip("|");
    const of = [this.intersection()];
    while (this.skip("|")) of.push(this.intersection());
    return only(of) ?? { kind: "union", of };
  }

  private intersection(): Written {
    const of = [this.postfix()];
    while (this.skip("&")) of.push(this.postfix());
    return only(of) ?? { kind: "intersection", of };
  }

  private postfix(): Written {
    if (this.skip("readonly")) return this.postfix();
    if (this.skip("keyof")) return { kind: "keys", of: this.postfix() };
    let type = this.primary();
    while (this.skip("[")) {
      if (this.skip("]")) type = { kind: "list", of: type };
      else {
        type = { kind: "member", of: type, key: this.type() };
        this.need("]");
      }
    }
    return type;
  }

  private primary(): Written {
    if (this.sees("{")) return this.braces();
    if (this.skip("(")) {
      const type = this.type();
      this.need(")");
      return type;
    }
    const token = this.take();
    if (token.startsWith('"')) return { kind: "literal", value: JSON.parse(token) as string };
    if (/^\d+$/.test(token)) return { kind: "literal", value: Number(token) };
    if (token === "true" || token === "false") return { kind: "literal", value: token === "true" };
    if (!/^[A-Za-z_$]/.test(token)) throw this.surprise(token);
    let name = token;
    while (this.skip(".")) name += `.${this.take()}`;
    const args: Written[] = [];
    if (this.skip("<"))
      while (!this.skip(">")) {
        args.push(this.type());
        this.skip(",");
      }
    const [of] = args;
    if (name === "Array" && of !== undefined) return { kind: "list", of };
    return { kind: "name", name, args };
  }

  private braces(): Written {
    this.need("{");
    const fields = new Map<string, Field>();
    const answers: Written[] = [];
    let mapped: Written | null = null;
    while (!this.skip("}")) {
      this.skip("readonly");
      if (this.skip("[")) mapped = this.index();
      else if (this.skip("(")) answers.push(this.method());
      else {
        const token = this.take();
        const name = token.startsWith('"') ? (JSON.parse(token) as string) : token;
        if (this.skip("("))
          fields.set(name, { optional: false, type: { kind: "call", returns: this.method() } });
        else {
          const optional = this.skip("?");
          this.need(":");
          fields.set(name, { optional, type: this.type() });
        }
      }
      this.skip(";");
    }
    if (answers.length > 0) return { kind: "call", returns: only(answers) ?? { kind: "union", of: answers } };
    return mapped ?? { kind: "object", fields };
  }

  /** `[key in K]: T`, with the bracket taken. */
  private index(): Written {
    this.take();
    this.need("in");
    const keys = this.type();
    this.need("]");
    const optional = this.skip("?");
    this.need(":");
    return { kind: "mapped", keys, to: this.type(), optional };
  }

  /** `(a: A): R`, with the first parenthesis taken; the `R`. */
  private method(): Written {
    while (!this.skip(")")) {
      this.take();
      this.skip("?");
      this.need(":");
      this.type();
      this.skip(",");
    }
    this.need(":");
    return this.type();
  }

  private path(): string {
    const path = JSON.parse(this.take()) as string;
    return join(dirname(this.file), path.replace(/\.js$/, ".d.ts"));
  }

  private sees(token: string, ahead = 0): boolean {
    return this.tokens[this.at + ahead] === token;
  }

  private skip(token: string): boolean {
    if (!this.sees(token)) return false;
    this.at += 1;
    return true;
  }

  private need(token: string): void {
    if (!this.skip(token)) throw this.surprise(this.tokens[this.at] ?? "the end");
  }

  private take(): string {
    const token = this.tokens[this.at];
    if (token === undefined) throw this.surprise("the end");
    this.at += 1;
    return token;
  }

  private surprise(token: string): Error {
    const before = this.tokens.slice(Math.max(0, this.at - 8), this.at).join(" ");
    return new Error(`${this.file}: ${token} is not understood after: ${before}`);
  }
}

function only<T>(list: readonly T[]): T | null {
  return list.length === 1 ? (list[0] ?? null) : null;
}
