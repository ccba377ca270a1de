import type { HookTask } from "./hooks.ts";
import type { Owned } from "./owned.ts";
import type { PluginTrouble } from "./plugin-trouble.ts";

/** The hooks of one kind, in the order of their adding. */
export class HookList<H> {
  /** Whether no hook stands: asked on the hot path before what hooks are given is made. */
  isEmpty = true;
  readonly #name: string;
  readonly #trouble: PluginTrouble;
  #hooks: readonly Owned<H>[] = [];

  /** `name` is what the hook is called in reports. */
  constructor(name: string, trouble: PluginTrouble) {
    this.#name = name;
    this.#trouble = trouble;
  }

  /** The hooks as they stand; the array itself never changes. */
  get all(): readonly Owned<H>[] {
    return this.#hooks;
  }

  /** Gives a function that takes the hook off again. */
  add(owner: Owned<H>["owner"], hook: H): () => void {
    const added = { owner, hook };
    this.#set([...this.#hooks, added]);
    return () => this.#set(this.#hooks.filter((owned) => owned !== added));
  }

  /** Takes off all hooks of a plugin. */
  removeOf(owner: Owned<H>["owner"]): void {
    this.#set(this.#hooks.filter((owned) => owned.owner !== owner));
  }

  /** Calls each hook with the task, and with what there is to say of it. A throw is caught and counted. */
  call<D>(this: HookList<(task: HookTask, detail: D) => void>, task: HookTask, detail: D): void {
    const hooks = this.#hooks;
    for (let index = 0; index < hooks.length; index += 1) {
      const { owner, hook } = hooks[index] as Owned<(task: HookTask, detail: D) => void>;
      try {
        hook(task, detail);
      } catch (error) {
        this.#trouble.caught(owner.plugin.name, this.#name, error);
      }
    }
  }

  /** Does something with one hook. A throw is caught and counted. */
  guard({ owner }: Owned<H>, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#trouble.caught(owner.plugin.name, this.#name, error);
    }
  }

  #set(hooks: readonly Owned<H>[]): void {
    this.#hooks = hooks;
    this.isEmpty = hooks.length === 0;
  }
}
