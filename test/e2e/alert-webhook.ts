import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** One alert as Alertmanager posts it. */
export interface DeliveredAlert {
  readonly status: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A receiver of Alertmanager's webhook. */
export class AlertWebhook {
  readonly url: string;
  readonly delivered: DeliveredAlert[] = [];
  #waiters: { readonly name: string; readonly resolve: (alert: DeliveredAlert) => void }[] = [];

  private constructor(url: string) {
    this.url = url;
  }

  /** Listens on the loopback until the test ends. */
  static async listen(): Promise<AlertWebhook> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        webhook.#receive(JSON.parse(Buffer.concat(chunks).toString("utf8")) as { alerts: DeliveredAlert[] });
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const webhook = new AlertWebhook(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return webhook;
  }

  /** Settles when an alert of that name has been delivered as firing. */
  firing(name: string): Promise<DeliveredAlert> {
    const found = this.delivered.find((alert) => isFiring(alert, name));
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve) => this.#waiters.push({ name, resolve }));
  }

  #receive({ alerts }: { readonly alerts: readonly DeliveredAlert[] }): void {
    for (const alert of alerts) {
      this.delivered.push(alert);
      this.#waiters = this.#waiters.filter(({ name, resolve }) => {
        if (isFiring(alert, name)) resolve(alert);
        return !isFiring(alert, name);
      });
    }
  }
}

function isFiring(alert: DeliveredAlert, name: string): boolean {
  return alert.status === "firing" && alert.labels["alertname"] === name;
}
