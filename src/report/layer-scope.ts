/**
 * What a layer needs to know of those around it when a packet's layers are walked one by one: where its
 * IP packet ends, which header comes next, and whether its checksum can be verified.
 */
import { fold, ipv4HeaderValid, pseudoHeaderSum, transportValid } from '../wire/checksum.ts';
import { FRAGMENT_OFFSET, ipv4, MORE_FRAGMENTS, PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/ipv4.ts';
import {
  FRAGMENT,
  FRAGMENT_OFFSET_BYTES,
  ipv6,
  ipv6Extension,
  ipv6Fragment,
  MORE_FRAGMENTS_BIT,
} from '../wire/ipv6.ts';

export const enum ChecksumState {
  /** Bytes are missing, or the layer is not in an IP packet. */
  Unverified,
  Right,
  Wrong,
  /** UDP without a checksum. */
  Absent,
  /** Only the pseudo-header is summed: the sender's card was to do the rest. */
  Offloaded,
}

export class LayerScope {
  /** Innermost IP header so far; -1 before any. */
  ipAt = -1;
  ipVersion = 0;
  /** Where its packet ends by its own length. */
  ipEnd = 0;
  /** Header that follows the last one, by its protocol number. */
  nextHeader = -1;

  /** Captured end of the frame, and its end on the wire. */
  private end = 0;
  private wireEnd = 0;
  private verify = true;
  private fragment = false;

  /** Starts a frame that is captured up to `end` and went on to `wireEnd`; `verify` is false where checksums mean nothing. */
  begin(end: number, wireEnd: number, verify: boolean): void {
    this.ipAt = -1;
    this.ipVersion = 0;
    this.ipEnd = wireEnd;
    this.nextHeader = -1;
    this.end = end;
    this.wireEnd = wireEnd;
    this.verify = verify;
    this.fragment = false;
  }

  enterIpv4(view: DataView, at: number): void {
    const totalLength = ipv4.totalLength(view, at);
    this.ipAt = at;
    this.ipVersion = 4;
    this.ipEnd = totalLength === 0 ? this.wireEnd : at + totalLength;
    this.nextHeader = ipv4.protocol(view, at);
    this.fragment = (ipv4.flagsFragmentOffset(view, at) & (MORE_FRAGMENTS | FRAGMENT_OFFSET)) !== 0;
  }

  enterIpv6(view: DataView, at: number): void {
    const payloadLength = ipv6.payloadLength(view, at);
    this.ipAt = at;
    this.ipVersion = 6;
    this.ipEnd = payloadLength === 0 ? this.wireEnd : at + ipv6.size + payloadLength;
    this.nextHeader = ipv6.nextHeader(view, at);
    this.fragment = false;
  }

  enterIpv6Extension(view: DataView, at: number): void {
    if (this.nextHeader === FRAGMENT) {
      this.fragment = (ipv6Fragment.offsetFlags(view, at) & (FRAGMENT_OFFSET_BYTES | MORE_FRAGMENTS_BIT)) !== 0;
    }
    this.nextHeader = ipv6Extension.nextHeader(view, at);
  }

  /** The header checksum of the innermost IP header, which must be IPv4. */
  ipv4Checksum(view: DataView): ChecksumState {
    if (!this.verify) return ChecksumState.Unverified;
    const headerLength = (ipv4.versionIhl(view, this.ipAt) & 15) << 2;
    return ipv4HeaderValid(view, this.ipAt, headerLength) ? ChecksumState.Right : ChecksumState.Wrong;
  }

  /** The checksum of the transport at `at` up to `end`, whose checksum field holds `checksum`. */
  transportChecksum(view: DataView, protocol: number, at: number, end: number, checksum: number): ChecksumState {
    if (!this.verify || this.fragment || this.ipAt < 0 || end > this.end) return ChecksumState.Unverified;
    const { ipAt, ipVersion } = this;
    const mayBeOffloaded = protocol === PROTOCOL_UDP || protocol === PROTOCOL_TCP;
    if (checksum === 0 && protocol === PROTOCOL_UDP) return ChecksumState.Absent;
    if (transportValid(view, ipAt, ipVersion, protocol, at, end)) return ChecksumState.Right;
    if (mayBeOffloaded && checksum === fold(pseudoHeaderSum(view, ipAt, ipVersion, protocol, end - at))) {
      return ChecksumState.Offloaded;
    }
    return ChecksumState.Wrong;
  }
}
