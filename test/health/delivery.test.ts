import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ManualClock } from "taskscope/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { Delivery } from "../../src/health/delivery.ts";
import { turn } from "../exporters/http/api-client.ts";
import { Watched } from "./support.ts";

/** Sockets are real, and the machine may be busy. */
const PATIENCE = { timeout: 120_000, interval: 10 };

interface Received {
  readonly path: string | undefined;
  readonly authorization: string | undefined;
  // oxlint-disable-next-line typescript/no-explicit-any -- what it should be is what the tests say
  readonly body: any;
}

/** A server on the loopback that answers with one status after the other, the last one for ever. */
async function receiver(...statuses: number[]): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      received.push({
        path: request.url,
        authorization: request.headers.authorization,
        body: JSON.parse(Buffer.concat(chunks).toString("utf8")),
      });
      response.writeHead((statuses.length > 1 ? statuses.shift() : statuses[0]) ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

function deliver(url: string): { clock: ManualClock; delivery: Delivery; warnings: string[] } {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const diag = { warn: (message: string) => void warnings.push(message) };
  return { clock, warnings, delivery: new Delivery({ url, headers: {} }, clock, diag) };
}

async function arrives(received: readonly unknown[], count: number): Promise<void> {
  await expect.poll(() => received.length, PATIENCE).toBe(count);
  await turn();
}

/** Makes TaskStuck fire. Gives what ends it. */
async function stick(watched: Watched): Promise<() => Promise<void>> {
  const task = watched.tasks.open({ name: "late", type: "work", expectedMs: 1_000 });
  task.start();
  await watched.pass(6);
  return async () => {
    task.complete(undefined);
    await watched.pass(0.25);
  };
}

describe("the webhook", { timeout: 240_000 }, () => {
  test("is told of what fires and what ends, in the shape of Alertmanager's", async () => {
    const { url, received } = await receiver(200);
    const watched = new Watched({
      webhook: { url: `${url}/hook?key=1`, headers: { authorization: "Bearer x" } },
      labels: { job: "shop" },
    });
    const end = await stick(watched);
    await arrives(received, 1);
    const labels = { alertname: "TaskStuck", severity: "warning", job: "shop", task_type: "work" };
    expect(received[0]).toMatchObject({
      path: "/hook?key=1",
      authorization: "Bearer x",
      body: {
        version: "4",
        status: "firing",
        receiver: "taskscope",
        groupLabels: { alertname: "TaskStuck" },
        commonLabels: labels,
        alerts: [
          {
            status: "firing",
            labels,
            endsAt: "0001-01-01T00:00:00Z",
            annotations: {
              summary: "Tasks run for longer than expected",
              description: "Type work: 1 tasks older than expected (threshold 0).",
              runbook_url: expect.stringContaining("/TaskStuck.md") as string,
            },
          },
        ],
      },
    });
    await end();
    await arrives(received, 2);
    const [first, second] = received.map(({ body }) => body.alerts[0]);
    expect(second).toMatchObject({
      status: "resolved",
      startsAt: first.startsAt,
      fingerprint: first.fingerprint,
    });
    expect(Date.parse(second.endsAt as string)).toBeGreaterThan(Date.parse(second.startsAt as string));
  });

  test("that is in trouble is tried again, later and later, and hears all in order", async () => {
    const { url, received } = await receiver(500, 503, 429, 200);
    const { clock, delivery, warnings } = deliver(url);
    delivery.send(1);
    delivery.send(2);
    for (const [tries, delayMs] of [
      [1, 1_000],
      [2, 2_000],
      [3, 4_000],
    ] as const) {
      await arrives(received, tries);
      await expect.poll(() => clock.pending.total, PATIENCE).toBe(1);
      delivery.send(tries + 2);
      await clock.advance(delayMs - 1);
      expect(received).toHaveLength(tries);
      await clock.advance(1);
    }
    await arrives(received, 8);
    expect(received.map(({ body }) => body)).toEqual([1, 1, 1, 1, 2, 3, 4, 5]);
    expect(warnings).toEqual([]);
  });

  test("that is away for long hears the newest hundred messages, and the operator of the others", async () => {
    const { url, received } = await receiver(503, 200);
    const { clock, delivery, warnings } = deliver(url);
    delivery.send(0);
    await arrives(received, 1);
    await expect.poll(() => clock.pending.total, PATIENCE).toBe(1);
    for (let message = 1; message < 150; message += 1) delivery.send(message);
    expect(delivery.dropped).toBe(50);
    expect(warnings).toEqual([`Alerts do not reach ${url}: messages wait that it does not take`]);
    await clock.advance(1_000);
    await arrives(received, 101);
    expect(received.at(-1)?.body).toBe(149);
    expect(received[1]?.body).toBe(50);
    await delivery.close();
    delivery.send("after the end");
    await turn();
    expect(received).toHaveLength(101);
  });

  test("that refuses a message is not asked again; the operator is told, without the secret in its path", async () => {
    const { url, received } = await receiver(404);
    const watched = new Watched({ webhook: { url: `${url}/secret` } });
    const end = await stick(watched);
    await expect
      .poll(() => watched.warnings, PATIENCE)
      .toEqual([`Alerts do not reach ${url}: it answered 404`]);
    await end();
    await arrives(received, 2);
    expect(watched.warnings).toHaveLength(1);
  });

  test("that is not there holds up neither the rules nor the shutdown", async () => {
    const { url } = await receiver(200);
    const watched = new Watched({ webhook: { url: "http://127.0.0.1:1/" }, alertmanager: { url } });
    await stick(watched);
    expect(watched.firing).toEqual(["TaskStuck"]);
    await watched.tasks.shutdown({ drainMs: 0, graceMs: 0 });
    expect(watched.warnings).toEqual([
      expect.stringMatching(/^Alerts do not reach http:\/\/127\.0\.0\.1:1: /),
    ]);
  });
});

describe("an Alertmanager", { timeout: 240_000 }, () => {
  test("is told every minute of what fires, and until when to believe it; of an end at once", async () => {
    const { url, received } = await receiver(200);
    const watched = new Watched({ alertmanager: { url: `${url}/` }, labels: { job: "shop" } });
    const end = await stick(watched);
    await arrives(received, 1);
    await watched.pass(1);
    await arrives(received, 2);
    const [first] = received;
    expect(first?.path).toBe("/api/v2/alerts");
    expect(first?.body).toEqual([
      {
        labels: { alertname: "TaskStuck", severity: "warning", job: "shop", task_type: "work" },
        annotations: expect.objectContaining({ summary: "Tasks run for longer than expected" }) as object,
        startsAt: expect.any(String) as string,
        endsAt: expect.any(String) as string,
      },
    ]);
    const lifeMs = (index: number): number =>
      Date.parse(received[index]?.body[0].endsAt as string) -
      Date.parse(received[index]?.body[0].startsAt as string);
    expect(lifeMs(0)).toBe(240_000);
    expect(lifeMs(1)).toBe(300_000);
    await end();
    await arrives(received, 3);
    expect(received[2]?.body).toHaveLength(1);
    expect(lifeMs(2)).toBe(120_000);
    // An end is told again, for a while: the clock of the other side may be behind.
    await watched.pass(1);
    await arrives(received, 4);
    expect(received[3]?.body).toEqual(received[2]?.body);
    await watched.pass(10);
    await arrives(received, 6);
    await watched.tasks.shutdown({ drainMs: 0, graceMs: 0 });
    expect(received).toHaveLength(6);
  });
});
