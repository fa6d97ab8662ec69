import type { Transform } from 'node:stream';

/** A stream of Node's zlib, to which one piece after the other is given. */
export class ZlibStream {
  /** Why the stream cannot go on. */
  error: string | null = null;
  /** Bytes that were given and lie behind the stream's end. */
  unusedBytes = 0;
  readonly #stream: Transform & { readonly bytesWritten: number };
  #given = 0;
  readonly #output: Uint8Array[] = [];
  /** Resolves the wait for the piece given last. */
  #settle: () => void = () => {};

  constructor(stream: Transform & { readonly bytesWritten: number }) {
    this.#stream = stream;
    stream.on('data', (chunk: Uint8Array) => this.#output.push(chunk));
    stream.on('error', (error) => {
      this.error = error.message;
      this.#settle();
    });
  }

  /** Unpacks a piece. To be called neither after an error nor when bytes remained unused. */
  async push(input: Uint8Array): Promise<Uint8Array[]> {
    this.#given += input.length;
    await new Promise<void>((resolve) => {
      this.#settle = resolve;
      this.#stream.write(input, () => resolve());
    });
    // At its end a stream of Node's takes no more, and says so only by how many bytes it counts.
    if (this.error === null) this.unusedBytes = this.#given - this.#stream.bytesWritten;
    return this.#output.splice(0);
  }

  close(): void {
    this.#stream.destroy();
    this.#settle();
  }
}
