/**
 * Who an echo packet is, whatever capture it is met in: hashes of the bytes that no hop changes.
 *
 * Written down once, as text, for the function that reads ordinary packets and for the one that reads all.
 */
import { finishText, sumText } from './hash.ts';

const REQUEST_SALT = 0x1b873593;
const REPLY_SALT = 0x6c62272e;
const VNI_FACTOR = 0x2545f491;

/** Words that an identity is made of. */
interface Words {
  /** Checksum of the message, and for IPv4 the packet's identification << 16. */
  fingerprint: string;
  /** Identifier << 16 | sequence number. */
  idSequence: string;
  /** -1 for a reply, 0 for a request. */
  isReply: string;
  /** Addresses, or their hashes. */
  from: string;
  to: string;
}

/** Texts of two hashes; they use a variable `h`. */
export function identityText({ fingerprint, idSequence, isReply, from, to }: Words): { low: string; high: string } {
  const salt = `${REQUEST_SALT} ^ (${REQUEST_SALT ^ REPLY_SALT} & ${isReply})`;
  return {
    low: finishText(sumText(from, to, idSequence, fingerprint, salt)),
    high: sumText(fingerprint, idSequence, salt, from, to),
  };
}

const NAMES: Words = {
  fingerprint: 'fingerprint',
  idSequence: 'idSequence',
  isReply: 'isReply',
  from: 'from',
  to: 'to',
};
const text = identityText(NAMES);

type Hash = (fingerprint: number, idSequence: number, isReply: number, from: number, to: number) => number;

/** The first and the second hash of a packet. */
export const identityLow = compile(text.low);
export const identityHigh = compile(text.high);

/** Text of what a VNI adds to the second hash. */
export function vniText(vni: string): string {
  return `Math.imul(${vni} + 2, ${VNI_FACTOR})`;
}

/**
 * The second hash with the VNI in it: the packet's identity within one overlay. Of such a one it is the second hash
 * without the VNI.
 */
export function localIdentity(high: number, vni: number): number {
  return high ^ Math.imul(vni + 2, VNI_FACTOR);
}

function compile(expression: string): Hash {
  return new Function(...Object.keys(NAMES), `let h = 0; return ${expression}`) as Hash;
}
