import type { Outcome, TaskHandle } from "../task/index.ts";
import { Cancellation } from "./cancel-request.ts";
import { cancelTask } from "./cancel.ts";
import type { ManagedTask } from "./managed-task.ts";
import type { TaskRecord } from "./task-record.ts";

/** A member of a group: a task, or a group within it. */
export interface GroupMember {
  readonly name: string;
  /** Alive, or about to be. */
  readonly isLive: boolean;
  /** Whether it comes back when others take it down with them. */
  readonly comesBack: boolean;
  /** Takes it down for good. Settles when nothing of it goes on, or its grace is over. */
  stop(): Promise<void>;
  /** Takes it down so that it can come back. Settles as `stop` does. */
  hold(): Promise<void>;
  /** Brings it back. */
  goOn(): void;
  /** How it ended, or how its members did, by name. */
  outcomes(): Promise<[string, Outcome<unknown>][]>;
}

/** A task as a member. Its restarts are attempts of the one task. */
export class TaskMember implements GroupMember {
  readonly name: string;
  readonly handle: TaskHandle;
  readonly #task: ManagedTask;

  constructor(name: string, handle: TaskHandle, task: ManagedTask) {
    this.name = name;
    this.handle = handle;
    this.#task = task;
  }

  get record(): TaskRecord {
    return this.#task.record;
  }

  get isLive(): boolean {
    return this.#task.record.isLive;
  }

  get comesBack(): boolean {
    return this.#task.policy.restart !== undefined;
  }

  stop(): Promise<void> {
    cancelTask(this.#task.record, "group", undefined);
    return this.#task.whenReleased();
  }

  hold(): Promise<void> {
    const { record } = this.#task;
    return this.#task.hold(new Cancellation(record, "group", undefined));
  }

  goOn(): void {
    this.#task.goOn();
  }

  async outcomes(): Promise<[string, Outcome<unknown>][]> {
    return [[this.name, await this.handle.outcome]];
  }
}
