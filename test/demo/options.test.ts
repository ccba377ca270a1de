import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { Failures } from "../../examples/demo/faults/failures.ts";
import { parseFault } from "../../examples/demo/faults/fault-settings.ts";
import { startDemo } from "./start-demo.ts";

const SLOW = { timeout: 240_000 };

async function takenPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return String((server.address() as AddressInfo).port);
}

test.for(["--port", "--otel-port"])("%s in use is one clear line and exit code 1", SLOW, async (option) => {
  const port = await takenPort();
  const { code, errors } = await startDemo(option, port).end;
  expect(errors).toEqual([
    `demo: port ${port} on 127.0.0.1 is in use; choose another with ${option} (0: any free one)`,
  ]);
  expect(code).toBe(1);
});

test.for([
  [["--port", "80800"], "It takes a whole number from 0 to 65535."],
  [["--seconds", "soon"], "It takes a number from 0.1 to 1000000."],
  [["--concurrency", "0"], "It takes a whole number from 1 to 256."],
  [["--traces", "collector"], "It takes an http or https URL, such as http://127.0.0.1:4318."],
  [["--fault", "fire=1"], "The faults are failures=<share>, leak=<tasks a second>,"],
  [["--fault", "failures=2"], "failures takes a number from 0 to 1."],
  [["--wrong"], "unknown option '--wrong'"],
  [["--packages", "no-such-folder"], "no-such-folder (ENOENT); --packages names another folder"],
  [["--packages", "alerts"], "there are no packages in "],
  [["--host", "203.0.113.1"], "this machine has no address 203.0.113.1; choose another with --host"],
] as const)("%j is refused with what it takes", SLOW, async ([options, message]) => {
  const { code, errors } = await startDemo(...options).end;
  expect(errors).toHaveLength(1);
  expect(errors[0]).toContain(message);
  // What only the machine can tell is no slip in the command.
  expect(code).toBe(["--packages", "--host"].includes(options[0]) ? 1 : 2);
});

test.for(["leak", "leak=", "leak=-1", "leak=many", "leak=NaN", "leak=10001"])(
  "the fault %j is refused",
  (text) => {
    expect(parseFault(text)).toBe("leak takes a number from 0 to 10000.");
  },
);

test("a fault that counts something takes whole numbers", () => {
  expect(parseFault("stuck=2")).toEqual({ stuck: 2 });
  expect(parseFault("stuck=2.5")).toBe("stuck takes a whole number from 0 to 10000.");
});

test("failures strike exactly the given share of each name", () => {
  const failures = new Failures(0.25);
  for (const name of ["a", "b"]) {
    const struck = Array.from({ length: 100 }, () => failures.strikes(name));
    expect(struck.filter(Boolean)).toHaveLength(25);
  }
  const none = new Failures(0);
  expect(Array.from({ length: 100 }, () => none.strikes("a"))).not.toContain(true);
});
