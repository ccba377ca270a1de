/** What the service knows about a package, and serves as JSON. */
export interface PackageRecord {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly dependencies: number;
  /** Files that were read; at most the reader's cap. */
  readonly files: number;
  /** Files that could not be read. */
  readonly unreadable: number;
  readonly bytes: number;
  readonly compressedBytes: number;
  /** Whether the compressed content gave the content back. */
  readonly verified: boolean;
  /** Of the hashes of all files, in order. */
  readonly sha256: string;
  readonly largest: readonly FileDigest[];
}

export interface FileDigest {
  /** Relative to the package. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What a manifest says, as far as it is of use here. */
export interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly dependencies: number;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}

/** Parses a package.json. Throws a `SyntaxError` on text that is not a JSON object. */
export function parseManifest(text: string): Manifest {
  const manifest: unknown = JSON.parse(text);
  if (!isObject(manifest)) throw new SyntaxError("a manifest is a JSON object");
  const { version, license, dependencies } = manifest;
  return {
    version: textOf(version, "0.0.0"),
    license: textOf(license, "unknown"),
    dependencies: isObject(dependencies) ? Object.keys(dependencies).length : 0,
  };
}
