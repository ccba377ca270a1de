import type { Plugin, PluginContext, StatsSnapshot } from "taskscope";

/** A plugin in its smallest form: it keeps the view that the tracker gives it, and reads when somebody asks. */
export class StatsReader implements Plugin {
  readonly name = "demo-summary";
  #context: PluginContext | undefined;

  setup(context: PluginContext): void {
    this.#context = context;
  }

  /** Every number of the tracker at this instant. Works on after the tracker has shut down. */
  read(): StatsSnapshot {
    if (this.#context === undefined) throw new TypeError("give the stats reader to a tracker first");
    return this.#context.stats();
  }
}
