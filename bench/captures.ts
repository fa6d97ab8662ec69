/** The captures that are measured on. Each is made when it is not there yet, and kept. */
import { createReadStream, createWriteStream, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { PcapFile } from './pcap-file.ts';
import { Traffic, type TrafficKind } from './traffic.ts';

const DATA = 'bench/data';
/** Flows of a capture that does not say how many. */
export const FLOWS = { icmp: 20_000, mix: 2000 };

export interface CaptureOptions {
  kind: TrafficKind;
  packets: number;
  flows?: number;
  /** By how much its clock is ahead. */
  microseconds?: number;
}

/** The path of such a capture. */
export function capture({ kind, packets, flows = FLOWS[kind], microseconds = 0 }: CaptureOptions): string {
  mkdirSync(DATA, { recursive: true });
  const path = join(DATA, `${kind}-${packets}-${flows}${microseconds === 0 ? '' : '-far'}.pcap`);
  if (existsSync(path)) return path;
  const file = new PcapFile(path);
  const traffic = new Traffic((time, bytes, length) => file.write(time + microseconds, bytes, length), flows);
  traffic[kind](packets);
  file.close();
  return path;
}

/** The path of a capture, compressed. */
export async function compressed(path: string): Promise<string> {
  const packed = `${path}.gz`;
  if (!existsSync(packed)) await pipeline(createReadStream(path), createGzip(), createWriteStream(packed));
  return packed;
}
