/** One capture from its bytes to its observations: reads, decodes and observes, slab by slab. */
import type { CaptureInterface, CaptureReader, CaptureWarning } from './capture/frames.ts';
import { decodeFrame, isSupportedLinkType } from './decode/frame.ts';
import { Packet } from './decode/packet.ts';
import type { Observations } from './flow/observations.ts';
import { Observer, type ObserverOptions } from './flow/observer.ts';

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
  const packet = new Packet();
  const unsupported = new Map<number, number>();
  const { ports } = options;
  let frame = 0;
  for await (const batch of reader) {
    const { view, offset, captured, original, time, interfaceIndex, count } = batch;
    let channel = -1;
    let linkType = -1;
    for (let i = 0; i < count; i++) {
      frame++;
      if (interfaceIndex[i] !== channel) {
        channel = interfaceIndex[i];
        linkType = reader.interfaces[channel].linkType;
      }
      if (!isSupportedLinkType(linkType)) unsupported.set(linkType, (unsupported.get(linkType) ?? 0) + 1);
      decodeFrame(view, offset[i], captured[i], original[i], linkType, ports, packet);
      packet.frame = frame;
      packet.time = time[i];
      packet.channel = channel;
      observer.observe(packet, view);
    }
    onSlab(frame);
  }
  observer.observations.epochSeconds = reader.epochSeconds;
  const { format, interfaces, warnings, complete } = reader;
  return {
    observations: observer.observations,
    unsupported,
    frames: frame,
    source: { format, interfaces, warnings, complete },
  };
}
