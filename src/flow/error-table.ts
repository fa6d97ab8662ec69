/** ICMP and ICMPv6 errors, one entry for each kind about each quoted packet, however often it was repeated. */
import { KeyTable } from './key-table.ts';

/** An error message and what it quotes. */
export interface QuotedError {
  /** VNI the error itself came in; -1 outside any tunnel. */
  vni: number;
  ipVersion: 4 | 6;
  type: number;
  code: number;
  /** Who sent the error, and to whom. */
  from: string;
  to: string;
  /** Next-hop MTU in bytes for "fragmentation needed" and "packet too big"; 0 otherwise. */
  mtu: number;
  /** The quoted packet; addresses are those of its innermost IP header. */
  quotedProtocol: number;
  quotedSource: string;
  quotedDestination: string;
  /** Ports of the quoted outer UDP datagram or of the quoted TCP or UDP header; -1 where there are none. */
  quotedSourcePort: number;
  quotedDestinationPort: number;
  /** Echo identifier, -1 where no echo is quoted. */
  quotedIdentifier: number;
  /** VNI of a quoted tunnel packet, -1 where none is quoted. */
  quotedVni: number;
  /** Total length of the quoted outermost IP packet in bytes, by its own header. */
  quotedLength: number;
  count: number;
  firstFrame: number;
  firstTime: number;
}

/** Distinct errors described; more are only counted. */
const LIMIT = 1 << 12;

export class ErrorTable {
  readonly errors: QuotedError[] = [];
  overflowed = 0;
  private readonly table = new KeyTable(LIMIT);

  /** Counts an error; calls `describe` when it is one of a new kind. The last three words tell the quoted packets apart. */
  add(vni: number, typeCode: number, from: number, to: number, quoted: number, describe: () => QuotedError): void {
    const index = this.table.add(vni, typeCode, from, to, quoted);
    if (index < 0) {
      this.overflowed++;
      return;
    }
    if (index === this.errors.length) this.errors.push(describe());
    this.errors[index].count++;
  }
}
