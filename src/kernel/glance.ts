/** Glances at the frames of a batch. */
import { KNOWN_CHANNELS, ROW_WORDS, State, Total } from './declarations.ts';
import { digest } from './digest.ts';
import { double, setDouble, state, word } from './memory.ts';

/**
 * Makes rows, the first at `rows`, of the first `count` frames of a batch, and adds up at `totals` what they come to. The
 * arguments are the addresses of the batch's arrays: in the state are those of the batch that another thread observes.
 */
export function glance(
  bytes: usize,
  offsets: usize,
  captured: usize,
  originals: usize,
  times: usize,
  channels: usize,
  count: i32,
  rows: usize,
  totals: usize,
): void {
  const ports: usize = state(State.Ports);
  const isEthernet: usize = state(State.EthernetChannels);
  let capturedBytes: i64 = 0;
  let wireBytes: i64 = 0;
  let snapped = 0;
  let firstTime: f64 = Infinity;
  let lastTime: f64 = -Infinity;
  let row = rows;
  for (let i = 0; i < count; i++) {
    const start = bytes + word(offsets, i);
    const length = word(captured, i);
    const wireLength = word(originals, i);
    const channel = word(channels, i);
    const when = double(times, i);
    const here = <u32>channel < <u32>KNOWN_CHANNELS && load<u8>(isEthernet + channel) !== 0 ? length : 0;
    digest(start, start + here, row, channel, ports);
    row += ROW_WORDS << 2;
    capturedBytes += length;
    wireBytes += wireLength;
    if (length < wireLength) snapped++;
    // A time that is not known is neither less nor more than any other.
    if (when < firstTime) firstTime = when;
    if (when > lastTime) lastTime = when;
  }
  setDouble(totals, Total.Bytes, <f64>capturedBytes);
  setDouble(totals, Total.WireBytes, <f64>wireBytes);
  setDouble(totals, Total.Snapped, snapped);
  const isTimed = firstTime <= lastTime;
  setDouble(totals, Total.FirstTime, isTimed ? firstTime : NaN);
  setDouble(totals, Total.LastTime, isTimed ? lastTime : NaN);
}
