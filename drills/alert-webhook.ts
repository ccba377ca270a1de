import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** One alert as Alertmanager posts it. */
export interface DeliveredAlert {
  readonly status: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Labels that an alert has, among others. */
export type LabelSet = Readonly<Record<string, string>>;

function has(alert: DeliveredAlert, labels: LabelSet): boolean {
  return Object.entries(labels).every(([name, value]) => alert.labels[name] === value);
}

function identityOf({ labels }: DeliveredAlert): string {
  return JSON.stringify(Object.entries(labels).map(String).sort());
}

/** A receiver of Alertmanager's webhook. */
export class AlertWebhook {
  /** Everything that came, in order. */
  readonly delivered: DeliveredAlert[] = [];
  readonly #server: Server;
  readonly #firing = new Map<string, DeliveredAlert>();
  #waiters: (() => void)[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        this.#receive(JSON.parse(Buffer.concat(chunks).toString("utf8")) as { alerts: DeliveredAlert[] });
        response.end();
      });
    });
  }

  /** Listens on the loopback. */
  static async listen(): Promise<AlertWebhook> {
    const webhook = new AlertWebhook();
    await new Promise<void>((resolve) => webhook.#server.listen(0, "127.0.0.1", resolve));
    return webhook;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** The alerts with these labels that came as firing and have not come as resolved. */
  firing(labels: LabelSet): readonly DeliveredAlert[] {
    return [...this.#firing.values()].filter((alert) => has(alert, labels));
  }

  /** Settles as soon as an alert with these labels fires. Rejects with the reason of the signal. */
  async arrival(labels: LabelSet, signal: AbortSignal): Promise<DeliveredAlert> {
    for (;;) {
      const [alert] = this.firing(labels);
      if (alert !== undefined) return alert;
      await this.#news(signal);
    }
  }

  /** Settles as soon as no alert with these labels fires. Rejects with the reason of the signal. */
  async resolution(labels: LabelSet, signal: AbortSignal): Promise<void> {
    while (this.firing(labels).length > 0) await this.#news(signal);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #news(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason as Error);
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiters.push(() => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      });
    });
  }

  #receive({ alerts }: { readonly alerts: readonly DeliveredAlert[] }): void {
    for (const alert of alerts) {
      this.delivered.push(alert);
      if (alert.status === "firing") this.#firing.set(identityOf(alert), alert);
      else this.#firing.delete(identityOf(alert));
    }
    for (const wake of this.#waiters.splice(0)) wake();
  }
}
