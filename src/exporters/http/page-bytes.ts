/** Text that is not bytes yet stays about so long, in UTF-16 units: V8 keeps longer strings where only full collections come. */
const PENDING_UNITS = 4_096;

const FIRST_BYTES = 4_096;

/** A UTF-16 unit takes so many bytes in UTF-8, at the most. */
const MAX_BYTES_A_UNIT = 3;

/** A page that is being written: text that grows at its end, as bytes in UTF-8. */
export class PageBytes {
  #buffer: Buffer;
  #length = 0;
  #pending = "";

  /** Writes over `spare`, if there is one; takes more memory where that is too short. */
  constructor(spare: Buffer | undefined) {
    this.#buffer = spare ?? Buffer.allocUnsafe(FIRST_BYTES);
  }

  /** Adds whole characters: no half of a surrogate pair, whose other half comes next. */
  add(text: string): void {
    // V8 only ties the two together; all are laid out at once when they are written.
    this.#pending += text;
    if (this.#pending.length >= PENDING_UNITS) this.#write();
  }

  /** All that was added: a part of {@link buffer}. */
  get written(): Buffer {
    this.#write();
    return this.#buffer.subarray(0, this.#length);
  }

  /** Where it is written. */
  get buffer(): Buffer {
    return this.#buffer;
  }

  #write(): void {
    const text = this.#pending;
    this.#pending = "";
    const neededBytes = this.#length + text.length * MAX_BYTES_A_UNIT;
    if (neededBytes > this.#buffer.length) {
      const longer = Buffer.allocUnsafe(Math.max(neededBytes, this.#buffer.length * 2));
      this.#buffer.copy(longer, 0, 0, this.#length);
      this.#buffer = longer;
    }
    this.#length += this.#buffer.write(text, this.#length);
  }
}
