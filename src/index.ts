/**
 * vxtrace as a library: analyse captures, or use its parts.
 *
 *     import { analyze, readHostFacts } from 'vxtrace';
 *     const report = await analyze({ captures: [{ path: 'a.pcap', label: 'a', host: null, interfaceName: null }] });
 */
export { type AnalyzeOptions, analyze, type CaptureInput } from './analyze.ts';
export type { CaptureInterface, CaptureReader, CaptureWarning, FrameBatch } from './capture/frames.ts';
export { openCapture, readCapture } from './capture/open.ts';
export { type CompareOptions, compare, type RunInput } from './compare.ts';
export { decodeFrame } from './decode/frame.ts';
export { Kind, Layer, Outcome, Packet, Tunnel } from './decode/packet.ts';
export { portTable } from './decode/ports.ts';
export { type ErrorCode, VxtraceError } from './errors.ts';
export type { StatedMac } from './findings/owners.ts';
export type { HostFacts } from './host/facts.ts';
export { readHostFacts } from './host/read.ts';
export type * from './report/comparison.ts';
export type * from './report/model.ts';
export type { ReportFormat } from './report/options.ts';
export { render } from './report/render.ts';
