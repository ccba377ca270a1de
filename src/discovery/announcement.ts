/** What a process says of itself, for other programs of the same user on the same machine. Never a secret. */
export interface Announcement {
  readonly pid: number;
  /** Where its API is. */
  readonly url: string;
  /** What it runs: the path of its script; empty where it has none. */
  readonly script: string;
  readonly announcedAtMs: number;
}

/** Takes one back from the text of a file; `undefined` for what is none. */
export function parseAnnouncement(text: string): Announcement | undefined {
  const { pid, url, script, announcedAtMs } = fieldsOf(text);
  const isOne =
    typeof pid === "number" &&
    Number.isSafeInteger(pid) &&
    pid > 0 &&
    typeof url === "string" &&
    URL.canParse(url) &&
    /^https?:\/\//.test(url) &&
    typeof script === "string" &&
    typeof announcedAtMs === "number";
  return isOne ? { pid, url, script, announcedAtMs } : undefined;
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(text) ?? {}) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}
