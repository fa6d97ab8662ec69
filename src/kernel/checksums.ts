/** Verifies checksums of ordinary packets (RFC 1071), and counts as `ChecksumAudit` does. */
import {
  Digest,
  ipv4,
  Ordinary,
  PROTOCOL_UDP,
  RIGHT_SUM,
  State,
  TunnelField,
  udp,
  VERIFIED_FIRST,
  VERIFIED_SHARE,
} from './declarations.ts';
import { double, setDouble, setFrame, setState, state, word } from './memory.ts';
import { numbersOf, outerIpOf } from './tunnels.ts';

/** Whether the checksums of this frame are verified. */
export function isChecksumDue(number: i32): bool {
  return (number & (VERIFIED_SHARE - 1)) === 0 || <u32>number <= <u32>VERIFIED_FIRST;
}

/** Verifies the checksums of the packet with that row, whose frame is at `frame` and number `number` of the capture. */
export function verify(row: usize, frame: usize, tunnel: i32, number: i32): void {
  if (tunnel >= 0) verifyTunnel(row, frame, tunnel, number);
  const kind = word(row, Digest.Kind);
  if (kind !== Ordinary.EchoRequest && kind !== Ordinary.EchoReply) return;
  const ip = frame + word(row, Digest.Ip);
  const transport = ip + ipv4.size;
  const isHeaderRight = sum(ip, transport, 0) === RIGHT_SUM;
  countVerified(isHeaderRight && sum(transport, ip + word(row, Digest.Size), 0) === RIGHT_SUM);
}

/** The outer UDP checksum. Zero means that there is none. */
function verifyTunnel(row: usize, frame: usize, tunnel: i32, number: i32): void {
  const numbers = numbersOf(tunnel);
  const ip = outerIpOf(row, frame);
  const outerLength = word(row, Digest.OuterLength);
  const datagram = ip + ipv4.size;
  const checksum = udp.checksum(datagram);
  if (checksum === 0) {
    count(numbers, TunnelField.NoChecksum);
    return;
  }
  const addresses = datagram - 8;
  // As the bytes stand in memory, the last first.
  const length: u64 = bswap(<u16>(outerLength - ipv4.size));
  const pseudoHeader = sum(addresses, datagram, length + (PROTOCOL_UDP << 8));
  const isRight = sum(datagram, ip + outerLength, pseudoHeader) === RIGHT_SUM;
  const isOffloaded = !isRight && bswap(<u16>checksum) === <u16>pseudoHeader;
  if (isRight) count(numbers, TunnelField.ChecksumRight);
  else if (isOffloaded) count(numbers, TunnelField.ChecksumOffloaded);
  else {
    if (double(numbers, TunnelField.ChecksumWrong) === 0) setFrame(numbers, TunnelField.FirstWrongFrame, number);
    count(numbers, TunnelField.ChecksumWrong);
  }
  countVerified(isRight || isOffloaded);
}

function count(numbers: usize, field: i32): void {
  setDouble(numbers, field, double(numbers, field) + 1);
}

function countVerified(isRight: bool): void {
  setState(State.ChecksumsVerified, state(State.ChecksumsVerified) + 1);
  if (!isRight) setState(State.ChecksumsWrong, state(State.ChecksumsWrong) + 1);
}

/**
 * Adds the 16-bit words from `start` up to `end` to `initial`, with their carries; an odd last byte is padded with zero.
 * The words are read with their bytes swapped, and so is the sum (RFC 1071 section 2 (B)).
 */
function sum(start: usize, end: usize, initial: u64): u64 {
  let total = initial;
  let at = start;
  for (; at + 8 <= end; at += 8) total += <u64>load<u32>(at) + <u64>load<u32>(at, 4);
  for (; at + 2 <= end; at += 2) total += load<u16>(at);
  if (at < end) total += load<u8>(at);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}
