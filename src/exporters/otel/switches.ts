/** What of a plugin is on. One object, read by all its parts; changed by `configure`. */
export interface Switches {
  spans: boolean;
  metrics: boolean;
}
