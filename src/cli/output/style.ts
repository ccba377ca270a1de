import { styleText } from "node:util";

/** What a piece of text says, beside its words. */
export type Tone = "good" | "warn" | "bad" | "dim" | "bold";

/** Gives text its looks; where no colours are wanted, as it is. */
export type Paint = (tone: Tone | undefined, text: string) => string;

const formats = { good: "green", warn: "yellow", bad: "red", dim: "dim", bold: "bold" } as const;

/** Colours where a person looks on and has not said no: https://no-color.org */
export function wantsColour(
  output: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  return output.isTTY === true && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}

export function painter(isColoured: boolean): Paint {
  return (tone, text) =>
    tone === undefined || !isColoured
      ? text
      : styleText(formats[tone], text, { validateStream: false } as object as {
          stream: NodeJS.WritableStream;
        });
}
