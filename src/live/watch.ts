/** One source being watched: its packets go to the observer of the whole run and to those of the sliding memory. */
import type { FrameBatch } from '../capture/frames.ts';
import { endedEarly, endingText, type LiveCapture } from '../capture/live.ts';
import { decodeFrame, isSupportedLinkType } from '../decode/frame.ts';
import { Packet } from '../decode/packet.ts';
import { Observer, type ObserverOptions } from '../flow/observer.ts';
import type { CaptureSource, ObservedCapture } from '../observe.ts';
import type { CaptureFiles } from './capture-files.ts';
import type { StartedSource } from './events.ts';
import { Generations } from './generations.ts';
import type { Lag } from './lag.ts';

/** Options of a watch. */
export interface WatchOptions {
  readonly observer: ObserverOptions;
  /** Bounds of the sliding memory. */
  readonly windowObserver: ObserverOptions;
  /** Packets after which it ends; null for no such end. */
  readonly count: number | null;
  /** Where its packets are written; null for nowhere. */
  readonly files: CaptureFiles | null;
  /** What is to be said of the capture from the start. */
  readonly interfaceName: string | null;
  readonly weakness: string | null;
  readonly via: string;
  readonly described: StartedSource;
}

export type WatchState = 'running' | 'ended' | 'died';

export class Watch {
  readonly capture: LiveCapture;
  readonly lag: Lag;
  state: WatchState = 'running';
  frames = 0;
  bytes = 0;
  /** How it ended, in words; empty while it runs. */
  ending = '';
  readonly #options: WatchOptions;
  readonly #observer: Observer;
  readonly #generations: Generations;
  readonly #packet = new Packet();
  readonly #unsupported = new Map<number, number>();
  #died: CaptureSource['warnings'] = [];

  constructor(capture: LiveCapture, lag: Lag, options: WatchOptions) {
    this.capture = capture;
    this.lag = lag;
    this.#options = options;
    this.#observer = new Observer(options.observer);
    this.#generations = new Generations(options.windowObserver);
  }

  /** Watches until the capture ends. Never throws: what goes wrong is told by `state` and `ending`. */
  async run(): Promise<void> {
    const { capture } = this;
    try {
      for await (const batch of capture.reader) {
        const enough = this.#take(batch);
        await this.#options.files?.settled();
        if (enough) void capture.stop();
      }
    } catch (error) {
      this.ending = (error as Error).message;
    }
    const ending = await capture.ended;
    const isExpected = capture.isStopping || (ending.exit === 0 && this.ending === '');
    this.state = isExpected ? 'ended' : 'died';
    if (this.ending === '') this.ending = endingText(ending);
    if (!isExpected) this.#died = [endedEarly(ending, capture.messages)];
    await this.#options.files?.end(capture.interfaces(this.#options.interfaceName));
  }

  /** A span of the sliding memory is over. `wallNanoseconds` is our own clock, since 1970. */
  rotate(wallNanoseconds: number): void {
    this.lag.rotate();
    this.#generations.rotate(this.lag.captureTime(wallNanoseconds) - this.capture.reader.epochSeconds * 1e9);
  }

  /** Everything since the run began. */
  total(): ObservedCapture {
    this.#observer.observations.epochSeconds = this.capture.reader.epochSeconds;
    return this.#observed(this.#observer.observations);
  }

  /** What the sliding memory holds. */
  recent(): ObservedCapture {
    const { observations } = this.#generations;
    observations.epochSeconds = this.capture.reader.epochSeconds;
    return this.#observed(observations);
  }

  /** The source as the run began with it. */
  get described(): StartedSource {
    return this.#options.described;
  }

  get dropped(): number | null {
    return this.capture.counters?.dropped ?? null;
  }

  #observed(observations: ObservedCapture['observations']): ObservedCapture {
    const { reader } = this.capture;
    const { interfaceName, weakness, via } = this.#options;
    const weak = weakness === null ? [] : [{ code: 'no-timestamps' as const, message: weakness, offset: null }];
    return {
      observations,
      unsupported: this.#unsupported,
      frames: this.frames,
      source: {
        format: 'live',
        via,
        interfaces: this.capture.interfaces(interfaceName),
        warnings: [...weak, ...reader.warnings, ...this.#died],
        complete: reader.complete,
      },
    };
  }

  /** Takes in a batch; true once there are enough packets. */
  #take(batch: FrameBatch): boolean {
    const { view, offset, captured, original, time, interfaceIndex } = batch;
    const { reader } = this.capture;
    const { count: limit, observer, files } = this.#options;
    const count = limit === null ? batch.count : Math.min(batch.count, limit - this.frames);
    if (count <= 0) return limit !== null;
    const packet = this.#packet;
    let frame = this.frames;
    for (let i = 0; i < count; i++) {
      frame++;
      const { linkType } = reader.interfaces[interfaceIndex[i]];
      if (!isSupportedLinkType(linkType)) this.#unsupported.set(linkType, (this.#unsupported.get(linkType) ?? 0) + 1);
      decodeFrame(view, offset[i], captured[i], original[i], linkType, observer.ports, packet);
      packet.frame = frame;
      packet.time = time[i];
      packet.channel = interfaceIndex[i];
      this.#observer.observe(packet, view);
      this.#generations.observe(packet, view);
      this.bytes += original[i];
    }
    this.frames = frame;
    const epoch = reader.epochSeconds * 1e9;
    this.lag.note(epoch + time[0], epoch + time[count - 1], Date.now() * 1e6);
    files?.write(batch, count, reader.epochSeconds, reader.interfaces);
    return limit !== null && frame >= limit;
  }
}
