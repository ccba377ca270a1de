import type { PluginContext } from "./plugin-context.ts";

/** Undoes a plugin's `setup`. May be asynchronous: shutdown waits for it within a bound of its own. */
export type Teardown = () => void | Promise<void>;

/**
 * How others join a tracker: exporters take numbers out, instrumentations bring tasks in.
 *
 * **Order.** `setup` runs once per tracker, in the order of `plugins`, before the first task; `start` runs after all
 * set-ups, in the same order, and `tracker.ready` waits for it. Hooks run in the order in which they were added;
 * `aroundAttempt` hooks nest, the first one outermost. Hooks may be added after `setup` too, and hear of what happens from
 * then on. Teardowns run in reverse order.
 *
 * **Synchronous or not.** `setup` and all hooks are synchronous and run inside the tracked call: they must be quick. What a
 * hook returns is ignored, but for `onAdmit`; a promise it returns is not waited for.
 *
 * **Throwing.** A throw in `setup` or a rejected `start` is a configuration error: `createTracker`, `use` or `ready`
 * passes it on; plugins that `createTracker` had set up before are taken off again. A throw in a hook or a teardown is caught, counted in `taskscope_plugin_errors_total`, reported through
 * `diag` at most once a minute, and never changes a task: not its value, not its error, not its outcome. An `onAdmit` hook
 * that throws, or gives what is no refusal, lets the task in.
 *
 * **Exactly once.** Whatever an `aroundAttempt` hook does with the function it is given (calls it twice, later, or not
 * at all), the body runs exactly once, synchronously.
 *
 * **Events.** What it subscribes to comes later, outside any task, through a bounded queue (`subscribe`); what its subscriber
 * throws is reported under the name of the subscriber.
 *
 * **Shutdown.** `signal` is aborted and the teardown called when the plugin is removed or the tracker has shut down.
 * Its hooks and subscriptions are taken off first: none runs after that. At shutdown, events that wait are handed over before. Removing it twice does nothing the second time.
 *
 * **Repeated set-up.** One plugin object may be set up by several trackers; it must keep them apart by context.
 */
export interface Plugin {
  /** Short and unique among the plugins of a tracker: it is the `plugin` label of the error counter. */
  readonly name: string;
  setup(context: PluginContext): void | Teardown;
  start?(): Promise<void>;
}
