// The shapes that both ways to the normal form (normal.ts, fast-path.ts) give values.

/** An IRI with a scheme; relative ones and blank nodes name nothing that anybody could ask for. */
export const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s]*$/;

/** One value is itself, several are a list. */
export function collapsed(values: readonly unknown[]): unknown {
  return values.length === 1 ? values[0] : values;
}

/** True for a host name as in `attributionDomains`. */
export function isHostName(text: string): boolean {
  return /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+$/.test(
    text,
  );
}

/** Writes a text and its `…Map`: of several with one language the first counts; one that has a language is a text too. */
export function withLanguages(
  name: string,
  plain: readonly unknown[],
  tagged: readonly (readonly [language: string, text: string])[],
  result: Record<string, unknown>,
): void {
  const [first] = tagged;
  if (plain.length > 0) result[name] = collapsed(plain);
  else if (first !== undefined) result[name] = first[1];
  if (first === undefined) return;
  const map: Record<string, string> = {};
  for (const [language, text] of tagged) if (!Object.hasOwn(map, language)) map[language] = text;
  result[`${name}Map`] = map;
}
