/**
 * Reads what a host's own commands print: the outputs of any of them, as text or as JSON, one after the
 * other in any order, with or without the command lines between them.
 */
import { readArp } from './arp.ts';
import { readBridgeFdb } from './bridge-fdb.ts';
import { FactCollection } from './collection.ts';
import { HeadingReader } from './command.ts';
import type { HostFacts } from './facts.ts';
import { readIfconfig } from './ifconfig.ts';
import { readIpAddr } from './ip-addr.ts';
import { readIpBrief } from './ip-brief.ts';
import { readIpNeigh } from './ip-neigh.ts';
import { readIpRoute } from './ip-route.ts';
import { readIptables } from './iptables.ts';
import { readJson } from './json.ts';
import { jsonEnds, mayBeginJson } from './json-text.ts';
import { readMacTime } from './mac-time.ts';
import { readNft } from './nft.ts';
import { type Continuation, complete, type LineParser } from './piece.ts';
import { readTcFilter } from './tc-filter.ts';
import { plainText } from './terminal.ts';

/** In this order: a neighbour's line begins with an address like a route's. */
const PARSERS: readonly LineParser[] = [
  readIpAddr,
  readIpBrief,
  readIpNeigh,
  readArp,
  readIpRoute,
  readBridgeFdb,
  readTcFilter,
  readIptables,
  readNft,
  readIfconfig,
  readMacTime,
];

/** Characters of a line at most; no command prints longer ones outside of JSON. */
const LONGEST_LINE = 65_536;
/** Values that look like JSON and are none, before no more are tried: each costs the time to read up to its fault. */
const BROKEN_VALUES = 32;
/** Rulers, code fences, and what nft and iptables remark about each other. */
const MEANINGLESS = /^([-=#*_~`.]{1,200}[a-z]{0,10}|# Warning: .*|(exit|logout))$/;

/**
 * What the text says of the host.
 *
 * Never throws: lines that are no known output are in `unrecognised` (the first of them, with their
 * line numbers from 1) and counted in `unrecognisedLines`. Takes time proportional to the text's length.
 */
export function readHostFacts(host: string, text: string): HostFacts {
  const reader = new TextReader(host, plainText(text));
  return reader.read();
}

class TextReader {
  private readonly facts: FactCollection;
  private readonly headings = new HeadingReader();
  private readonly text: string;
  private readonly jsonEnds: ReadonlyMap<number, number>;
  private continuation: Continuation = complete;
  private brokenValues = 0;
  private lineNumber = 1;

  constructor(host: string, text: string) {
    this.facts = new FactCollection(host);
    this.text = text;
    this.jsonEnds = jsonEnds(text);
  }

  read(): HostFacts {
    let at = 0;
    while (at < this.text.length) {
      const newline = this.text.indexOf('\n', at);
      const end = newline < 0 ? this.text.length : newline;
      const line = this.text.slice(at, end);
      const afterJson = this.readJsonAt(at + indentation(line), line);
      if (afterJson !== null) {
        at = afterJson;
        continue;
      }
      for (const part of partsOf(line)) this.readLine(part.trim());
      at = end + 1;
      this.lineNumber++;
    }
    return this.facts.facts();
  }

  /** Reads the JSON value at the offset; returns the offset behind it, null when there is none. */
  private readJsonAt(at: number, line: string): number | null {
    const end = this.jsonEnds.get(at);
    if (end === undefined || this.brokenValues === BROKEN_VALUES || !mayBeginJson(line.trimStart())) return null;
    const source = this.text.slice(at, end);
    let value: unknown;
    try {
      value = JSON.parse(source);
    } catch {
      this.brokenValues++;
      return null;
    }
    this.continuation = complete;
    if (!readJson(value, this.headings.origin, this.facts)) this.facts.addUnrecognised(this.lineNumber, line.trim());
    this.lineNumber += source.split('\n').length - 1;
    return end;
  }

  private readLine(line: string): void {
    if (line === '') return;
    if (line.length > LONGEST_LINE) {
      this.facts.addUnrecognised(this.lineNumber, line);
      return;
    }
    if (this.headings.read(line)) {
      this.continuation = complete;
      return;
    }
    if (this.continuation(line)) return;
    for (const parse of PARSERS) {
      const continuation = parse(line, this.headings.origin, this.facts);
      if (continuation === null) continue;
      this.continuation = continuation;
      return;
    }
    // The piece goes on behind a line that its parser does not know.
    if (!MEANINGLESS.test(line)) this.facts.addUnrecognised(this.lineNumber, line);
  }
}

function indentation(line: string): number {
  return line.length - line.trimStart().length;
}

/** A line of `ip -o` as the lines it stands for. */
function partsOf(line: string): string[] {
  return line.includes('\\') && line.length <= LONGEST_LINE && /^\s*\d{1,10}: /.test(line) ? line.split('\\') : [line];
}
