import { TaskscopeError } from "taskscope";

/** What a plugin is made of may be missing: then there is word of what to install instead. */
export type Optional<T> = { readonly made: T } | { readonly made: undefined; readonly missing: string };

/** Makes a plugin, where the packages that it needs are installed. */
export function ifInstalled<T>(make: () => T): Optional<T> {
  try {
    return { made: make() };
  } catch (error) {
    if (!(error instanceof TaskscopeError && error.code === "TASKSCOPE_MISSING_PACKAGE")) throw error;
    return { made: undefined, missing: error.message };
  }
}
