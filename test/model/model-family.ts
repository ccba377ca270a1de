import { isLive } from "./model-task.ts";
import type { ModelTask } from "./model-task.ts";

/** Whose end reaches whom. */
export class ModelFamily {
  readonly #tasks: readonly ModelTask[];
  #owned = 0;

  constructor(tasks: readonly ModelTask[]) {
    this.#tasks = tasks;
  }

  /** The live tasks that a cancellation of `task` reaches directly. */
  childrenOf(task: ModelTask): readonly ModelTask[] {
    const children = this.#tasks.filter((other) => other.owner === task && isLive(other));
    return children.toSorted((a, b) => a.ownedAt - b.ownedAt);
  }

  /** Puts a task within reach of its parent's end, through observed parents too. */
  join(child: ModelTask): void {
    let member = child;
    for (let owner = child.parent; owner !== undefined && isLive(owner);) {
      if (member.owner !== undefined) return;
      this.#own(member, owner);
      member = owner;
      owner = owner.isManaged ? undefined : owner.enclosing;
    }
  }

  /** At the end of a task its children come within reach of the task above. */
  leave(task: ModelTask): void {
    for (const child of this.childrenOf(task)) this.#own(child, task.owner);
  }

  #own(child: ModelTask, owner: ModelTask | undefined): void {
    child.owner = owner;
    child.ownedAt = this.#owned++;
  }
}
