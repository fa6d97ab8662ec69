/** One capture from its bytes to its observations: reads, decodes and observes, slab by slab. */
import type { CaptureInterface, CaptureReader, CaptureWarning } from './capture/frames.ts';
import type { Observations } from './flow/observations.ts';
import { Observer, type ObserverOptions } from './flow/observer.ts';
import { totals, WINDOW, Window } from './flow/window.ts';
import { GlancedBatch } from './read-ahead.ts';

/** What became of a capture. */
export interface ObservedCapture {
  observations: Observations;
  /** Frames whose link type is not decoded, by link type. */
  unsupported: Map<number, number>;
  frames: number;
  /** What the reader says of the capture, once it was read to its end. */
  source: CaptureSource;
}

export interface CaptureSource {
  format: CaptureReader['format'];
  interfaces: readonly CaptureInterface[];
  warnings: readonly CaptureWarning[];
  complete: boolean;
  /** What captured it and by whose clock, for a live capture. */
  via?: string;
}

/**
 * Observes a capture to its end. `onSlab` is called after each batch, with the frames so far; what it
 * returns is not waited for.
 */
export async function observeCapture(
  reader: CaptureReader,
  options: ObserverOptions,
  onSlab: (frames: number) => void = () => {},
): Promise<ObservedCapture> {
  const observer = new Observer(options);
  const window = new Window();
  let frame = 0;
  for await (const batch of reader) {
    const rows = batch instanceof GlancedBatch ? batch.rows : null;
    observer.count(batch instanceof GlancedBatch ? batch.totals : totals(batch, 0, batch.count));
    for (let start = 0; start < batch.count; start += WINDOW) {
      const count = Math.min(WINDOW, batch.count - start);
      if (rows === null) window.look(batch, reader.interfaces, start, count, frame + 1, options.ports);
      else window.move(batch, reader.interfaces, start, count, frame + 1, rows);
      observer.observeWindow(window);
      frame += count;
    }
    onSlab(frame);
  }
  observer.observations.epochSeconds = reader.epochSeconds;
  const { format, interfaces, warnings, complete } = reader;
  return {
    observations: observer.observations,
    unsupported: observer.unsupported,
    frames: frame,
    source: { format, interfaces, warnings, complete },
  };
}
