import { CommandError } from "../command-error.ts";
import { exitCodes } from "../exit-codes.ts";

/**
 * Reads where an API is, as people write it: a URL, that of the console too, `host:port`, or a port of this machine. Gives
 * it without a slash at its end. Throws a `CommandError` for what is no address.
 */
export function readApiAddress(text: string): string {
  const given = text.trim();
  // A number alone would be read as an address of IPv4.
  const port = /^:?(\d{1,5}(?:\/.*)?)$/.exec(given)?.[1];
  const full =
    port !== undefined ? `http://127.0.0.1:${port}` : given.includes("://") ? given : `http://${given}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === "")
    throw new CommandError(
      `${JSON.stringify(shortened(given))} is no address: it takes a URL, host:port, or a port of this machine`,
      exitCodes.badUsage,
    );
  // Never the text itself: a password may stand in it.
  if (url.username !== "" || url.password !== "")
    throw new CommandError("an address takes no user and no password; see --token", exitCodes.badUsage);
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

const shortened = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text);
