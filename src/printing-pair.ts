/**
 * Prints a capture in two threads. This one reads, and hands some of the batches to the other as long as that
 * has few to print; the rest it prints itself. Their texts come out in the order of the capture.
 *
 * Both threads see the memory that batches and texts lie in, a ring of places. Messages say which thread is to
 * do what, and what came of it: a few for every batch.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import { BatchPrinter, type PrintOptions } from './batch-printer.ts';
import { type CaptureInterface, type CaptureReader, FrameBatch, type Region } from './capture/frames.ts';
import { MemoryRing } from './capture/memory.ts';
import { printCapture } from './print.ts';
import { LineBuffer } from './report/line-buffer.ts';
import { startThread } from './thread.ts';

/** Batches that are read or printed and not yet written out. */
const PLACES = 6;
/** Batches that the other thread has before it: one that it prints, and one for when that is done. */
const QUEUE = 2;
/** Room for a text at first. */
const TEXT_BYTES = 1 << 20;

/** What the other thread is started with. */
export interface PrintTask {
  options: PrintOptions;
  format: CaptureReader['format'];
  batches: readonly FrameBatch[];
  port: MessagePort;
  /** Messages that the other thread has sent so far. */
  sent: Int32Array;
}

/** A batch for the other thread to print. */
export interface PrintOrder {
  place: number;
  count: number;
  /** The slab that holds the frames. */
  bytes: Uint8Array;
  /** Number of the first frame. */
  frame: number;
  epochSeconds: number;
  /** Those that appeared since the order before. */
  newInterfaces: readonly CaptureInterface[];
  /** Where the text is to go. */
  memory: ArrayBufferLike;
}

/** What the other thread has to say; it may have made new memory for a text. */
export type PrintMessage =
  | { kind: 'ready' }
  | { kind: 'printed'; place: number; memory: ArrayBufferLike; length: number };

export const sharedMemory = (bytes: number): ArrayBufferLike => new SharedArrayBuffer(bytes);

/** The memory of a capture that two threads print. */
export class PrintedRing extends MemoryRing<FrameBatch> {
  readonly batches: readonly FrameBatch[];

  constructor() {
    const region = (bytes: number): Region => ({ buffer: sharedMemory(bytes), byteOffset: 0 });
    const batches = Array.from({ length: PLACES }, () => new FrameBatch(region));
    super(batches, (length) => new Uint8Array(sharedMemory(length)));
    this.batches = batches;
  }
}

/** As `printCapture`, for a capture that was opened with the ring. In one thread when no other can be started. */
export async function* printPaired(
  reader: CaptureReader,
  ring: PrintedRing,
  options: PrintOptions,
): AsyncGenerator<Uint8Array> {
  const texts = Array.from({ length: PLACES }, () => new LineBuffer(TEXT_BYTES, sharedMemory));
  const other = OtherPrinter.start(reader, ring, options, texts);
  if (other === null) return yield* printCapture(reader, options);
  const printer = new BatchPrinter(options);
  let failure: unknown = null;
  let frame = 1;
  let made = 0;
  let written = 0;
  try {
    try {
      for await (const batch of reader) {
        const place = made++ % PLACES;
        if (other.isFree()) other.order(place, batch, frame);
        else printer.print(texts[place], reader, batch, 0, frame, Number.POSITIVE_INFINITY);
        frame += batch.count;
        // The reader may take the next place when it goes on.
        for (; written < made && (made - written === PLACES || !other.isPrinting(written % PLACES)); written++) {
          yield await other.text(written % PLACES);
        }
      }
    } catch (error) {
      failure = error;
    }
    for (; written < made; written++) yield await other.text(written % PLACES);
    if (failure !== null) throw failure;
  } finally {
    await other.close();
  }
}

class OtherPrinter {
  readonly #thread: Worker;
  readonly #port: MessagePort;
  readonly #sent: Int32Array;
  readonly #reader: CaptureReader;
  readonly #texts: readonly LineBuffer[];
  /** Places that the thread has to print. */
  readonly #orders = new Set<number>();
  #isReady = false;
  #received = 0;
  #interfaces = 0;
  /** What the thread died of. */
  #fault: Error | null = null;

  static start(
    reader: CaptureReader,
    { batches }: PrintedRing,
    options: PrintOptions,
    texts: readonly LineBuffer[],
  ): OtherPrinter | null {
    const { port1, port2 } = new MessageChannel();
    const sent = new Int32Array(new SharedArrayBuffer(4));
    const task: PrintTask = { options, format: reader.format, batches, port: port2, sent };
    const thread = startThread('print-worker', task, [port2]);
    return thread === null ? null : new OtherPrinter(reader, texts, thread, port1, sent);
  }

  private constructor(
    reader: CaptureReader,
    texts: readonly LineBuffer[],
    thread: Worker,
    port: MessagePort,
    sent: Int32Array,
  ) {
    this.#reader = reader;
    this.#texts = texts;
    this.#thread = thread;
    this.#port = port;
    this.#sent = sent;
    const die = (fault: Error): void => {
      this.#fault ??= fault;
      Atomics.notify(sent, 0);
    };
    thread.once('error', die);
    thread.once('exit', () => die(new Error('the thread that prints packets ended unexpectedly')));
  }

  /** True when the thread takes another order. */
  isFree(): boolean {
    this.#receive();
    return this.#isReady && this.#orders.size < QUEUE;
  }

  isPrinting(place: number): boolean {
    this.#receive();
    return this.#orders.has(place);
  }

  /** Has a batch printed, which starts with frame `frame` of the capture. */
  order(place: number, { bytes, count }: FrameBatch, frame: number): void {
    const { epochSeconds, interfaces } = this.#reader;
    const newInterfaces = interfaces.slice(this.#interfaces);
    const { memory } = this.#texts[place];
    const order: PrintOrder = { place, count, bytes, frame, epochSeconds, newInterfaces, memory };
    this.#interfaces = interfaces.length;
    this.#orders.add(place);
    this.#port.postMessage(order);
  }

  /** The text of a place, when it is there; the place starts anew. */
  async text(place: number): Promise<Uint8Array> {
    while (this.isPrinting(place)) {
      if (this.#fault !== null) throw this.#fault;
      await Atomics.waitAsync(this.#sent, 0, this.#received).value;
    }
    const text = this.#texts[place];
    const written = text.written();
    text.clear();
    return written;
  }

  async close(): Promise<void> {
    this.#port.close();
    await this.#thread.terminate();
  }

  #receive(): void {
    while (this.#received < Atomics.load(this.#sent, 0)) {
      const message: PrintMessage | undefined = receiveMessageOnPort(this.#port)?.message;
      if (message === undefined) throw new Error('a message of the thread that prints packets is missing');
      this.#received++;
      if (message.kind === 'ready') {
        this.#isReady = true;
      } else {
        this.#orders.delete(message.place);
        this.#texts[message.place].take(message.memory, message.length);
      }
    }
  }
}
