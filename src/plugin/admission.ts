import { rejectionReasons } from "../errors/index.ts";
import type { RejectionReason } from "../errors/index.ts";
import type { Owned } from "./owned.ts";
import type { PluginTrouble } from "./plugin-trouble.ts";

/** A managed task that asks to be accepted, as hooks see it. Nothing of it exists yet. */
export interface AdmissionRequest {
  readonly name: string;
  readonly type: string;
}

/** Why a plugin refuses a task. */
export interface Refusal {
  /** The `reason` of the `TaskRejectedError`, and the label of the count. */
  readonly reason: RejectionReason;
  /** The end of the error's message, for people: `the circuit breaker "payments" is open`. */
  readonly because: string;
}

/**
 * Asked before a managed task is made, and before it asks for a slot: what it gives refuses the task, `undefined` lets it
 * in. A task that it lets in may still be refused by another plugin or by a limit: what has to hold once for each task
 * belongs into `onSpawn`.
 */
export type AdmitHook = (request: AdmissionRequest) => Refusal | undefined;

/** Asks the hooks in order, up to the first that refuses. One that throws, or gives what is no refusal, does not refuse. */
export function firstRefusal(
  hooks: readonly Owned<AdmitHook>[],
  request: AdmissionRequest,
  trouble: PluginTrouble,
): Refusal | undefined {
  for (const { owner, hook } of hooks) {
    try {
      const refusal = hook(request);
      if (refusal === undefined) continue;
      const { reason, because } = refusal;
      if (rejectionReasons.includes(reason) && typeof because === "string") return { reason, because };
      throw new TypeError("an onAdmit hook gives undefined, or a known reason and a text");
    } catch (error) {
      trouble.caught(owner.plugin.name, "onAdmit", error);
    }
  }
  return undefined;
}
