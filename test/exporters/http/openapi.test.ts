import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { httpApi } from "taskscope/http";
import { healthRules } from "taskscope/health";
import { describe, expect, test } from "vitest";
import { makeApi, posted, turn, untilCancelled } from "./api-client.ts";

type Schema = Readonly<Record<string, unknown>>;

interface Parameter {
  readonly name: string;
  readonly in: "query" | "path";
  readonly example?: string | number;
  readonly schema: Schema;
}

interface Operation {
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: { readonly "application/json": { readonly example: unknown } } };
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const made = httpApi();
const document = (await (await made.fetch(new Request("http://localhost/openapi.json"))).json()) as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);

const ajv = new Ajv2020({ strict: false, allErrors: true });
const validators = new Map<Schema, ReturnType<typeof ajv.compile>>();

/** How a body differs from its schema. */
function mismatches(schema: Schema, body: unknown): string[] {
  let validate = validators.get(schema);
  if (validate === undefined)
    validators.set(schema, (validate = ajv.compile({ ...schema, components: document.components })));
  void validate(body);
  return (validate.errors ?? []).map(({ instancePath, message = "" }) => `${instancePath} ${message}`);
}

/** What an answer says that the document does not, or the other way round. */
function mismatchesOf(operation: Operation, status: number, contentType: string, body: unknown): string[] {
  const answer = operation.responses[String(status)];
  if (answer === undefined) return [`status ${status} is not in the document`];
  const content = answer.content[contentType.split(";", 1)[0] ?? ""];
  if (content === undefined) return [`${contentType} of ${status} is not in the document`];
  return mismatches(content.schema, body);
}

/** An API with tasks of every kind. */
async function busyApi(): Promise<ReturnType<typeof makeApi> & { id: number }> {
  const health = healthRules();
  const made = makeApi({ actions: true, health }, { plugins: [health] });
  const { tasks } = made;
  const live = tasks.spawn(
    { name: "user", type: "database", key: "k", attributes: { a: 1, b: "x", c: true } },
    async (context) => {
      context.progress(1, 2);
      context.spawn("child", untilCancelled);
      await untilCancelled(context);
    },
  );
  await tasks.run("done", () => 1);
  await tasks.run({ name: "fails", type: "database" }, () => Promise.reject(new Error("no"))).catch(() => {});
  tasks.open("never-begun").cancel("x");
  await turn();
  return { ...made, id: live.id };
}

describe("the OpenAPI document", () => {
  test("is valid OpenAPI 3.1", async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(
      structuredClone(document) as unknown as Record<string, unknown>,
    );
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(validator.version).toBe("3.1");
  });

  test("has every route, and no other", async () => {
    const { ask } = makeApi({ actions: true });
    for (const { path, method, operation } of operations) {
      const url = path.replace("{id}", "1");
      expect((await ask(url, { method: "DELETE" })).status).toBe(405);
      const [other] = method === "GET" ? ["POST"] : ["GET"];
      const isTaskPath = path === "/tasks/cancel";
      if (!isTaskPath) expect((await ask(url, { method: other ?? "" })).status, `${other} ${path}`).toBe(405);
      expect(operation.responses["200"]).toBeDefined();
    }
    expect(operations.map(({ path }) => path)).toEqual([
      "/tasks",
      "/tasks/tree",
      "/tasks/{id}",
      "/tasks/{id}/cancel",
      "/tasks/cancel",
      "/stats",
      "/series",
      "/alerts",
      "/health",
      "/ready",
      "/metrics",
      "/events",
      "/console.json",
      "/openapi.json",
    ]);
  });

  test("asks for a token where there is one", async () => {
    const token = "correct-horse-battery-staple";
    const response = await httpApi({ token, basePath: "/ops" }).fetch(
      new Request("http://localhost/ops/openapi.json", { headers: { authorization: `Bearer ${token}` } }),
    );
    const guarded = await response.text();
    expect(JSON.parse(guarded)).toMatchObject({
      security: [{ bearer: [] }],
      servers: [{ url: "/ops" }],
      paths: { "/ready": { get: { security: [] } } },
      components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
    });
    expect(guarded).not.toContain(token);
    expect((await new Validator().validate(JSON.parse(guarded) as Record<string, unknown>)).valid).toBe(true);
  });

  test.each(operations)(
    "$method $path answers as it says, with each example",
    async ({ path, method, operation }) => {
      const { ask, id } = await busyApi();
      const url = path.replace("{id}", String(id));
      const examples = operation.parameters.flatMap(({ name, example }) =>
        example === undefined ? [] : [`?${name}=${encodeURIComponent(example)}`],
      );
      const body = operation.requestBody?.content["application/json"].example;
      for (const query of ["", ...examples]) {
        if (path === "/events") {
          const { status } = await ask(`${url}${query}`, { method: "HEAD" });
          expect(status).toBe(200);
          continue;
        }
        const answer = await ask(`${url}${query}`, method === "POST" ? posted(body) : { method });
        expect([query, answer.status]).toEqual([query, 200]);
        const type = answer.headers.get("content-type") ?? "";
        expect(mismatchesOf(operation, answer.status, type, answer.body)).toEqual([]);
      }
    },
  );
});

const anything = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.integer().map(String),
  fc.double().map(String),
  fc.constantFrom(
    "",
    "null",
    "__proto__",
    "-1",
    "1e9",
    "../..",
    "%00",
    "\r\nx: y",
    "id",
    "-id",
    "running",
    "failed,lost",
  ),
);

describe("whatever is asked, every route", { timeout: 240_000 }, () => {
  test.each(operations)(
    "$method $path answers as the document says, and never with 5xx",
    async ({ path, method, operation }) => {
      const { ask, id } = await busyApi();
      const names = [...operation.parameters.map(({ name }) => name), "other", "__proto__"];
      const query = fc.array(fc.tuple(fc.constantFrom(...names), anything), { maxLength: 4 });
      const idText = fc.oneof(fc.constant(String(id)), anything.map(encodeURIComponent));
      const body = fc.oneof(
        fc.json(),
        fc
          .record(
            {
              filter: fc.oneof(
                fc.jsonValue(),
                fc.dictionary(fc.constantFrom("name", "type", "state", "olderThanMs"), fc.jsonValue()),
              ),
              reason: fc.jsonValue(),
            },
            { requiredKeys: [] },
          )
          .map((value) => JSON.stringify(value)),
      );
      await fc.assert(
        fc.asyncProperty(query, idText, body, fc.boolean(), async (pairs, idAsText, text, isJson) => {
          const url = `${path.replace("{id}", idAsText === "" ? "x" : idAsText)}?${new URLSearchParams(pairs).toString()}`;
          const init: RequestInit =
            method === "POST"
              ? {
                  method,
                  body: text,
                  headers: { "content-type": isJson ? "application/json" : "text/plain" },
                }
              : { method: path === "/events" ? "HEAD" : method };
          const answer = await ask(url, init);
          expect(answer.status, url).toBeLessThan(500);
          if (path === "/events") return;
          // A path that climbs is another path.
          if (new URL(`http://x${url}`).pathname.split("/").length !== path.split("/").length) return;
          const type = answer.headers.get("content-type") ?? "";
          if (answer.status !== 405)
            expect(mismatchesOf(operation, answer.status, type, answer.body)).toEqual([]);
        }),
        { numRuns: 150 },
      );
    },
  );
});
