import { AsyncResource } from "node:async_hooks";
import type { TaskOrigin } from "../plugin/index.ts";

/**
 * Remembers the call that it is made in: its async context and its stack. For calls that are made once and start many
 * tasks; it holds what is current there (a request, a span) for as long as it lives, and the stack costs microseconds.
 */
export class CallOrigin implements TaskOrigin {
  readonly #resource = new AsyncResource("taskscope.origin");
  readonly #error = new Error("origin");

  runIn<T>(read: () => T): T {
    return this.#resource.runInAsyncScope(read);
  }

  get stack(): string {
    try {
      // Whatever the process has put in the place of V8's way to write stacks.
      const stack: unknown = this.#error.stack;
      return typeof stack === "string" ? stack : "";
    } catch {
      return "";
    }
  }
}
