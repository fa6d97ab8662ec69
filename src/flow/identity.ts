/** Who a packet of an exchange is, whatever capture it is met in: hashes of the bytes that no hop changes. */
import { hash5, sum5 } from './hash.ts';

/** Words that stand for what a message is. */
export const REQUEST_SALT = 0x1b873593;
export const REPLY_SALT = 0x6c62272e;
/** What a VNI is multiplied by. */
export const VNI_FACTOR = 0x2545f491;

/**
 * The first hash of a packet. Of an echo `fingerprint` is the checksum of the message, and for IPv4 the packet's
 * identification << 16; `message` is identifier << 16 | sequence number. Of DNS `fingerprint` is 0 and `message` the
 * client's port << 16 | message id. `from` and `to` are its addresses, or their hashes.
 */
export function identityLow(
  fingerprint: number,
  message: number,
  isRequest: boolean,
  from: number,
  to: number,
): number {
  return hash5(from, to, message, fingerprint, isRequest ? REQUEST_SALT : REPLY_SALT);
}

/** The second hash of a packet. */
export function identityHigh(
  fingerprint: number,
  message: number,
  isRequest: boolean,
  from: number,
  to: number,
): number {
  return sum5(fingerprint, message, isRequest ? REQUEST_SALT : REPLY_SALT, from, to);
}

/**
 * The second hash with the VNI in it: the packet's identity within one overlay. Of such a one it is the second hash
 * without the VNI.
 */
export function localIdentity(high: number, vni: number): number {
  return high ^ Math.imul(vni + 2, VNI_FACTOR);
}
