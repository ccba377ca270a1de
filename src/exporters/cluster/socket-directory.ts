import { randomUUID } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import { join, resolve } from "node:path";
import { InvalidOptionError } from "../../errors/index.ts";

/** What the sockets of collectors are called; other files are left alone. */
const SOCKET_NAME = /^taskscope-[0-9a-f]{12}\.sock$/;

/** How many collectors a member reports to. */
const MAX_COLLECTORS = 8;

/** The longest address of a Unix socket that every system takes, in bytes. */
const MAX_ADDRESS_BYTES = 103;

/** A directory in which collectors put their sockets and members find them. Only its owner may enter it. */
export class SocketDirectory {
  readonly path: string;
  readonly #option: string;

  /** `option` is what the directory is called where it was given. Throws an `InvalidOptionError` where it cannot be one. */
  constructor(option: string, given: unknown) {
    if (typeof given !== "string" || given === "") {
      throw new InvalidOptionError(option, given, "the path of a directory");
    }
    this.path = resolve(given);
    this.#option = option;
    if (process.platform === "win32") {
      throw new InvalidOptionError(option, given, "no directory on Windows, which has no Unix sockets there");
    }
    if (Buffer.byteLength(this.newSocket()) > MAX_ADDRESS_BYTES) {
      throw new InvalidOptionError(
        option,
        given,
        `a shorter path: the address of a socket in it may have ${MAX_ADDRESS_BYTES} bytes`,
      );
    }
  }

  /** A socket that is nobody's yet. */
  newSocket(): string {
    return join(this.path, `taskscope-${randomUUID().replaceAll("-", "").slice(0, 12)}.sock`);
  }

  /**
   * Makes the directory if there is none, for this user alone. Throws an `InvalidOptionError` where it is another's, or
   * others may enter it: whoever can would read and forge the numbers.
   */
  secure(): void {
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
    const stats = lstatSync(this.path);
    const isOurs = stats.isDirectory() && stats.uid === process.getuid?.() && (stats.mode & 0o077) === 0;
    if (!isOurs) {
      throw new InvalidOptionError(this.#option, this.path, "a directory of this user's with mode 0700");
    }
  }

  /** The sockets that are there, dead ones among them. */
  sockets(): string[] {
    let names: string[];
    try {
      names = readdirSync(this.path);
    } catch {
      return []; // No collector has made it yet.
    }
    return names
      .filter((name) => SOCKET_NAME.test(name))
      .toSorted()
      .slice(0, MAX_COLLECTORS)
      .map((name) => join(this.path, name));
  }

  /**
   * Removes the sockets of collectors that ended without doing so: nobody listens there. Asked twice, because one that is
   * being made refuses for an instant.
   */
  async removeDead(): Promise<void> {
    let found = this.sockets();
    while (found.length > 0) {
      const dead = (
        await Promise.all(
          found.map(async (path) => ((await isDead(path)) && (await isDead(path)) ? [path] : [])),
        )
      ).flat();
      for (const path of dead) removeSocket(path);
      // There may be more of them than are looked at together.
      found = dead.length === MAX_COLLECTORS ? this.sockets() : [];
    }
  }
}

/** Removes a socket; harmless when it is gone. */
export function removeSocket(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Somebody was faster.
  }
}

function isDead(path: string): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect(path);
    socket.on("connect", () => {
      socket.destroy();
      settle(false);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => settle(error.code === "ECONNREFUSED"));
  });
}
