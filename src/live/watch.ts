/** One source being watched: its packets go to the observer of the whole run and to those of the sliding memory. */

import type { CaptureInterface, CaptureWarning, FrameBatch } from '../capture/frames.ts';
import { endedEarly, endingText, type LiveCapture } from '../capture/live.ts';
import { decodeFrame, isSupportedLinkType } from '../decode/frame.ts';
import { Packet } from '../decode/packet.ts';
import type { CaptureInput } from '../diagnosis.ts';
import { Observer, type ObserverOptions } from '../flow/observer.ts';
import type { ObservedCapture } from '../observe.ts';
import type { CaptureFiles } from './capture-files.ts';
import type { StartedSource } from './events.ts';
import { Generations } from './generations.ts';
import { dueFrames, firstSince, HeldFrames } from './held-frames.ts';
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
  readonly input: CaptureInput;
  /** What is to be said of the capture from the start. */
  readonly weakness: string | null;
  readonly via: string;
  readonly described: StartedSource;
  /** True when frames wait until other sources have come as far. */
  readonly holdsBack: boolean;
}

/** Milliseconds without a packet after which none is waited for any more: dumpcap delivers four times a second. */
const SILENCE = 300;
/** The same where the last packet came late, by so many nanoseconds: whoever brings them lacks a processor. */
const SILENCE_WHEN_LATE = 2000;
const LATE = 0.5e9;
/** Nanoseconds after the beginning in which the delay of another machine's packets says nothing. */
const SETTLING = 1e9;

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
  readonly #held = new HeldFrames();
  #died: CaptureWarning[] = [];
  /** Our own clock's time up to which all sources have come; then the end of the run on the capture's clock. */
  #until = 0;
  #begin = 0;
  #hasBegun = false;
  #end = Number.POSITIVE_INFINITY;
  /** When packets came last, in milliseconds since 1970, and the time of the last, on the capture's clock. */
  #lastArrival = 0;
  #lastTime = 0;
  /** When the first packets came, in milliseconds since 1970; NaN before. */
  #firstArrival = Number.NaN;
  /** When it stopped capturing, on its own clock; NaN while it runs, and where that is not known. */
  #endTime = Number.NaN;

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
    const { files } = this.#options;
    try {
      for await (const batch of capture.reader) {
        this.#arrived(batch);
        await files?.settled();
        if (this.#isEnough()) void capture.stop();
      }
    } catch (error) {
      this.ending = (error as Error).message;
    }
    const ending = await capture.ended;
    // A backend goes on until it is stopped; a command of the user's own may come to its end.
    const mayEnd = ending.exit === 0 && this.ending === '' && !capture.hasBackend;
    const isExpected = capture.isStopping || mayEnd;
    this.state = isExpected ? 'ended' : 'died';
    if (this.ending === '') this.ending = endingText(ending);
    if (!isExpected) this.#died = [endedEarly(ending, capture.messages)];
    this.#held.release(this.#end, this.#take);
    this.#endTime = this.#endedAt();
    // What was dropped the statistics tell.
    const remarks = this.#warnings.filter(({ code }) => code !== 'drops').map(({ message }) => message);
    await files?.end(this.#interfaces(this.#endTime), capture.reader.epochSeconds, remarks);
  }

  /** Takes in what all sources have come as far as; `until` is our own clock, in nanoseconds since 1970. */
  advance(until: number): void {
    this.#until = until;
    this.#held.release(this.#timeAt(until), this.#take);
    if (this.#isEnough()) void this.capture.stop();
  }

  /**
   * Sets the beginning of the run on our own clock: what was captured earlier is none of it. On another
   * machine's clock the beginning is not known yet, and everything counts.
   */
  beginAt(wallNanoseconds: number): void {
    this.#begin = wallNanoseconds;
  }

  /** Sets the end of the run on our own clock: what was captured later is none of it. */
  endAt(wallNanoseconds: number): void {
    this.#end = this.#timeAt(wallNanoseconds);
  }

  /** True while packets come that were captured before the end of the run: a backlog, when the end is over. */
  get isBehind(): boolean {
    if (this.state !== 'running' || !(this.#lastTime < this.#end)) return false;
    const isLate = this.#timeAt(this.#lastArrival * 1e6) - this.#lastTime > LATE;
    return Date.now() - this.#lastArrival < (isLate ? SILENCE_WHEN_LATE : SILENCE);
  }

  /** A span of the sliding memory is over at a time of our own clock, in nanoseconds since 1970. */
  rotate(wallNanoseconds: number): void {
    this.lag.rotate();
    this.#generations.rotate(this.#timeAt(wallNanoseconds));
  }

  /** Everything since the run began. */
  total(): ObservedCapture {
    this.#observer.observations.epochSeconds = this.capture.reader.epochSeconds;
    return this.#observed(this.#observer.observations, this.#endTime);
  }

  /** What the sliding memory holds, up to now: as if the capture had gone on until what was last taken in. */
  recent(): ObservedCapture {
    const { observations } = this.#generations;
    observations.epochSeconds = this.capture.reader.epochSeconds;
    return this.#observed(observations, this.#timeAt(this.#until));
  }

  get input(): CaptureInput {
    return this.#options.input;
  }

  /** The source as the run began with it. */
  get described(): StartedSource {
    return this.#options.described;
  }

  get dropped(): number | null {
    return this.capture.counters?.dropped ?? null;
  }

  #observed(observations: ObservedCapture['observations'], endTime: number): ObservedCapture {
    const { reader } = this.capture;
    return {
      observations,
      unsupported: this.#unsupported,
      frames: this.frames,
      source: {
        format: 'live',
        via: this.#options.via,
        interfaces: this.#interfaces(endTime),
        warnings: this.#warnings,
        complete: reader.complete,
      },
    };
  }

  /**
   * When it stopped capturing: at the end of the run, or earlier. What a source that went away had captured and
   * not delivered yet is not known. One that brings packets faster than they were sent repeats an older capture,
   * whose end has nothing to do with this run's.
   */
  #endedAt(): number {
    if (this.#end !== Number.POSITIVE_INFINITY) return this.#end;
    const { firstTime, lastTime } = this.#observer.observations;
    if (this.#isEnough()) return lastTime;
    const now = Date.now();
    if (lastTime - firstTime > (now - this.#firstArrival) * 1e6 + SETTLING) return Number.NaN;
    const delivered = this.#timeAt(now * 1e6 - this.lag.delay);
    return delivered > lastTime ? delivered : lastTime;
  }

  get #warnings(): CaptureWarning[] {
    const { weakness, input } = this.#options;
    const weak = weakness === null ? [] : [{ code: 'no-timestamps' as const, message: weakness, offset: null }];
    return [...this.capture.warnings(input.interfaceName), ...weak, ...this.#died];
  }

  /** As the capture declares them, with the time when it ended; NaN where that is not known. */
  #interfaces(endTime: number): CaptureInterface[] {
    const declared = this.capture.interfaces(this.#options.input.interfaceName);
    return declared.map(({ endTime: _, ...rest }) => (Number.isNaN(endTime) ? rest : { ...rest, endTime }));
  }

  /** Takes in what is due of a batch and holds back the rest. */
  #arrived(batch: FrameBatch): void {
    const { time, count } = batch;
    const epoch = this.capture.reader.epochSeconds * 1e9;
    this.#lastArrival = Date.now();
    this.#lastTime = time[count - 1];
    const now = this.#lastArrival * 1e6;
    if (Number.isNaN(this.#firstArrival)) this.#firstArrival = this.#lastArrival;
    // The first packets waited for the other sources to begin.
    const isPrompt = this.lag.sharesClock ? epoch + time[0] >= this.#begin : now >= this.#begin + SETTLING;
    this.lag.note(epoch + time[0], epoch + time[count - 1], now, isPrompt);
    if (!this.#options.holdsBack) {
      this.#take(batch, 0, dueFrames(batch, 0, count, this.#end));
      return;
    }
    // What came before the other sources had begun has no counterpart there.
    const isCut = !this.#hasBegun && this.lag.sharesClock;
    const first = isCut ? firstSince(batch, count, this.#timeAt(this.#begin)) : 0;
    if (first === count) return;
    this.#hasBegun = true;
    const until = this.#timeAt(this.#until);
    this.#held.release(until, this.#take);
    const due = this.#held.isEmpty ? dueFrames(batch, first, count, until) : first;
    if (due > first) this.#take(batch, first, due);
    this.#held.hold(batch, due, count);
  }

  #isEnough(): boolean {
    const { count } = this.#options;
    return count !== null && this.frames >= count;
  }

  /** A time of our own clock on the capture's, in nanoseconds since its epoch; NaN while it has none. */
  #timeAt(wallNanoseconds: number): number {
    const { epochSeconds } = this.capture.reader;
    return epochSeconds === 0 ? Number.NaN : this.lag.captureTime(wallNanoseconds) - epochSeconds * 1e9;
  }

  /** Takes in frames `from` up to, not including, `to`. */
  readonly #take = (batch: FrameBatch, from: number, to: number): void => {
    const { view, offset, captured, original, time, interfaceIndex } = batch;
    const { reader } = this.capture;
    const { count: limit, observer, files } = this.#options;
    const end = limit === null ? to : Math.min(to, from + limit - this.frames);
    const packet = this.#packet;
    let frame = this.frames;
    for (let i = from; i < end; i++) {
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
    files?.write(batch, from, end, reader.epochSeconds, reader.interfaces);
  };
}
