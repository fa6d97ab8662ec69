/** One capture from its bytes to its observations: reads, decodes and observes, slab by slab. */
import type { CaptureInterface, CaptureReader, CaptureWarning } from './capture/frames.ts';
import type { Kernel } from './flow/kernel.ts';
import type { Observations } from './flow/observations.ts';
import { Observer, type ObserverOptions } from './flow/observer.ts';
import type { GlancedBatch } from './glanced-batch.ts';

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
 * Observes a capture to its end: one that passes through the memory of a kernel, or without one each packet in full.
 * `onBatch` is called after each batch; what it returns is not waited for.
 */
export async function observeCapture(
  reader: CaptureReader<GlancedBatch>,
  kernel: Kernel | null,
  options: ObserverOptions,
  onBatch: () => void = () => {},
): Promise<ObservedCapture> {
  const observer = new Observer(options, kernel);
  let frame = 0;
  for await (const batch of reader) {
    if (kernel === null) {
      observer.observeUnseen(batch, reader.interfaces, frame + 1);
    } else {
      if (!batch.isGlanced) kernel.glance(batch, reader.interfaces);
      observer.observeFrames(batch, reader.interfaces, frame + 1);
    }
    frame += batch.count;
    onBatch();
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
