import { ApiProblem, quoted } from "./api-problem.ts";
import type { Parameter, ParameterSchema } from "./parameters.ts";

/**
 * Reads a query strictly: what is unknown, given twice or out of bounds is an {@link ApiProblem}. `T` says
 * what the parameters give, those without a default as `undefined` too.
 */
export function readQuery<T extends object>(
  given: URLSearchParams,
  known: Readonly<Record<keyof T & string, Parameter>>,
): T {
  for (const name of given.keys()) {
    if (!Object.hasOwn(known, name))
      throw new ApiProblem(
        "bad_request",
        `Unknown parameter ${quoted(name)}; known here: ${Object.keys(known).join(", ")}`,
      );
    if (given.getAll(name).length > 1)
      throw new ApiProblem("bad_request", `Parameter ${name} is given more than once`);
  }
  return Object.fromEntries(
    Object.entries<Parameter>(known).map(([name, { schema }]) => [
      name,
      readValue(name, given.get(name) ?? undefined, schema),
    ]),
  ) as T;
}

/** Takes one value of a query, a path or a body. */
export function readValue(name: string, given: unknown, schema: ParameterSchema): unknown {
  // `null` is no way to leave out a condition: a filter without it would let through what it should not.
  if (given === undefined) return "default" in schema ? schema.default : undefined;
  switch (schema.type) {
    case "integer":
    case "number":
      return readNumber(name, given, schema);
    case "array":
      return oneOf(name, typeof given === "string" ? given.split(",") : [given], schema.items.enum);
    case "string":
      if ("enum" in schema) return oneOf(name, [given], schema.enum)[0];
      if (typeof given === "string" && given.length <= schema.maxLength) return given;
      throw new ApiProblem(
        "bad_request",
        `${name} takes a string of ${schema.maxLength} characters at the most`,
      );
  }
}

function readNumber(
  name: string,
  given: unknown,
  {
    type,
    minimum,
    maximum = Number.MAX_SAFE_INTEGER,
  }: Extract<ParameterSchema, { readonly type: "integer" | "number" }>,
): number {
  // What `Number` takes beyond this ("", " 1", "0x1", "1e3") is nobody's intention.
  const value =
    typeof given === "string" ? (/^\d{1,16}(\.\d{1,16})?$/.test(given) ? Number(given) : Number.NaN) : given;
  const fits =
    typeof value === "number" &&
    value >= minimum &&
    value <= maximum &&
    (type === "number" || Number.isSafeInteger(value));
  if (fits) return value;
  throw new ApiProblem(
    "bad_request",
    `${name} takes ${type === "integer" ? "a whole number" : "a number"} from ${minimum} to ${maximum}`,
  );
}

function oneOf(name: string, given: readonly unknown[], words: readonly string[]): readonly string[] {
  const isKnown = (word: unknown): word is string => typeof word === "string" && words.includes(word);
  if (given.length > 0 && given.length <= words.length && given.every(isKnown)) return given;
  throw new ApiProblem("bad_request", `${name} takes ${words.join(", ")}`);
}
