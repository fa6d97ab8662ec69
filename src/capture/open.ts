/** Opens captures: finds out by content what an input is and returns the reader for it. */
import { createReadStream, fstatSync, openSync, type Stats, statSync } from 'node:fs';
import { VxtraceError } from '../errors.ts';
import type { CaptureReader, FrameBatch } from './frames.ts';
import { type CaptureMemory, reusedMemory } from './memory.ts';
import { PCAP_HEADER_BYTES, PcapParser, pcapVariant } from './pcap.ts';
import { PcapngParser, SECTION_HEADER_BYTES, sectionStart } from './pcapng.ts';
import { SECTION_HEADER } from './pcapng-block.ts';
import { SlabReader } from './reader.ts';
import type { RecordParser } from './record-parser.ts';
import { compressionOf, looksLike, SIGNATURE_BYTES } from './signature.ts';
import { Slab } from './slab.ts';
import { type ByteSource, ChunkSource, FileSource } from './source.ts';

const STANDARD_INPUT = '-';
const MAGIC_BYTES = 4;

/**
 * Opens the capture at `path`, `-` being standard input. Its format and compression are told by content; its
 * packets pass through `memory`.
 *
 * @throws VxtraceError `input-not-found`, `input-unreadable` or `input-unrecognised`; the message starts with the path.
 */
export async function openCapture(path: string): Promise<CaptureReader>;
export async function openCapture<Batch extends FrameBatch>(
  path: string,
  memory: CaptureMemory<Batch>,
): Promise<CaptureReader<Batch>>;
export async function openCapture(path: string, memory: CaptureMemory = reusedMemory()): Promise<CaptureReader> {
  return recognise(path === STANDARD_INPUT ? standardInput() : openFile(path), inputName(path), memory);
}

/** Options of `readCapture`. */
interface ReadOptions {
  /** How messages call the input. */
  readonly name?: string;
  /** Set for a capture in progress: `CaptureReader.format` says so. */
  readonly format?: 'live';
}

/**
 * Reads a capture that arrives in chunks, such as another program's output. Resolves when the file header is
 * there, before the first packet. Each chunk's packets are delivered when the chunk is, so that a live capture is prompt.
 *
 * @throws VxtraceError `input-unreadable` when the chunks end with an error, `input-unrecognised`.
 */
export async function readCapture(
  chunks: AsyncIterable<Uint8Array>,
  options: ReadOptions = {},
): Promise<CaptureReader> {
  const name = options.name ?? 'stream';
  return recognise(new ChunkSource(chunks, name), name, reusedMemory(), options.format);
}

function inputName(path: string): string {
  return path === STANDARD_INPUT ? 'standard input' : path;
}

function standardInput(): ByteSource {
  const name = inputName(STANDARD_INPUT);
  const status = fstatSync(0);
  if (status.isDirectory()) throw new VxtraceError('input-unreadable', `${name}: is a directory`);
  // A redirected file is read like any other; what was consumed of it before stays consumed.
  return status.isFile() ? new FileSource(0, name, status.size) : new ChunkSource(process.stdin, name);
}

function openFile(path: string): ByteSource {
  const status = statusOf(path);
  if (status.isDirectory()) throw new VxtraceError('input-unreadable', `${path}: is a directory`);
  if (!status.isFile()) return new ChunkSource(createReadStream(path), path);
  try {
    return new FileSource(openSync(path, 'r'), path, status.size);
  } catch (cause) {
    throw cannotOpen(path, cause);
  }
}

function statusOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (cause) {
    throw cannotOpen(path, cause);
  }
}

function cannotOpen(path: string, cause: unknown): VxtraceError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new VxtraceError('input-not-found', `${path}: no such file`, { cause });
  }
  const reason = code === 'EACCES' || code === 'EPERM' ? 'permission denied' : (cause as Error).message;
  return new VxtraceError('input-unreadable', `${path}: ${reason}`, { cause });
}

/** Reads the first bytes and makes the reader for them; closes the source when there is none. */
async function recognise(
  source: ByteSource,
  name: string,
  memory: CaptureMemory,
  format?: 'live',
): Promise<CaptureReader> {
  let current = source;
  try {
    let slab = new Slab(memory);
    await readHead(current, slab, SIGNATURE_BYTES);
    const compression = compressionOf(slab.bytes.subarray(slab.start, slab.end));
    if (compression !== null) {
      const { decompressed } = await import('./compression.ts');
      current = await decompressed(current, slab.bytes.slice(slab.start, slab.end), compression, name);
      slab = new Slab(memory);
      await readHead(current, slab, SIGNATURE_BYTES);
    }
    const parser = await parserFor(current, slab, name);
    return new SlabReader(current, memory, slab, parser, format ?? parser.format);
  } catch (error) {
    await current.close();
    throw error;
  }
}

/** The parser for what the slab starts with; a file header that is no record is consumed. */
async function parserFor(source: ByteSource, slab: Slab, name: string): Promise<RecordParser> {
  const there = slab.end - slab.start;
  const variant = there >= MAGIC_BYTES ? pcapVariant(slab.view, slab.start) : null;
  if (variant !== null) {
    await expectHeader('pcap file header', PCAP_HEADER_BYTES, source, slab, name);
    slab.start += PCAP_HEADER_BYTES;
    return new PcapParser(slab.view, slab.start - PCAP_HEADER_BYTES, variant);
  }
  if (there >= MAGIC_BYTES && slab.view.getUint32(slab.start) === SECTION_HEADER) {
    await expectHeader('pcapng section header', SECTION_HEADER_BYTES, source, slab, name);
    const section = sectionStart(slab.view, slab.start);
    if (section !== null && section.major === 1) return new PcapngParser();
    const fault = section === null ? 'byte order at byte 8' : `version ${section.major}.${section.minor} at byte 12`;
    throw unrecognised(name, source, slab, `a pcapng section header with an unknown ${fault}`);
  }
  const head = slab.bytes.subarray(slab.start, Math.min(slab.end, slab.start + SIGNATURE_BYTES));
  const what =
    there === 0 ? 'is empty: it ends at byte 0' : `no pcap or pcapng capture but, from byte 0 on, ${looksLike(head)}`;
  throw unrecognised(name, source, slab, what);
}

async function expectHeader(header: string, bytes: number, source: ByteSource, slab: Slab, name: string) {
  await readHead(source, slab, bytes);
  const there = slab.end - slab.start;
  if (there < bytes) throw unrecognised(name, source, slab, `ends at byte ${there}, inside the ${header}`);
}

/** The error for an input that is no capture, or whose unpacking failed before that could be told. */
function unrecognised(name: string, source: ByteSource, slab: Slab, what: string): VxtraceError {
  if (source.failure === null) return new VxtraceError('input-unrecognised', `${name}: ${what}`);
  const unpacked = slab.offsetOf(slab.end);
  return new VxtraceError('input-unreadable', `${name}: ${source.failure.message}, at byte ${unpacked} unpacked`);
}

/** Reads until the slab holds `bytes` bytes or the source ends. */
async function readHead(source: ByteSource, slab: Slab, bytes: number): Promise<void> {
  while (slab.end - slab.start < bytes) {
    const room = slab.makeRoom(bytes);
    const count = await source.read(slab.bytes, slab.end, room);
    if (count === 0) return;
    slab.grow(count);
  }
}
