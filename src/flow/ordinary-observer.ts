/**
 * The ordinary packets of an ordinary capture, in one loop: the next request of a flow that is known, the
 * reply to its newest request, and the middle of a TCP connection, in tunnels that are known and with a link
 * layer that has not changed.
 *
 * It does what `EchoObserver` and `observeTunnel` would do, in those cases where that is little, and leaves
 * every other packet to them. With many flows their records do not fit into a cache, and waiting for memory
 * costs more than all arithmetic; so the records of a whole window are asked for before the first is needed.
 */
import { locate, Ordinary } from '../decode/glance.ts';
import { Packet } from '../decode/packet.ts';
import { type ChecksumAudit, isChecksumDue } from './checksum-audit.ts';
import { Digest, ROW_WORDS, TcpDigest, VXLAN_OVER_IPV4 } from './digest.ts';
import { isReplyTo, setAside } from './exchange.ts';
import { Double, LINE_WORDS, RECORD_WORDS, Word } from './flow-table.ts';
import { localIdentity } from './identity.ts';
import { type Observations, Protocol } from './observations.ts';
import type { RecentPackets } from './recent.ts';
import { ROUND_TRIPS_IN_RECORD } from './round-trips.ts';
import { TUNNEL_FIELDS, TunnelField } from './tunnel-table.ts';
import { WINDOW, type Window } from './window.ts';

export class OrdinaryObserver {
  /** What looking ahead returned: kept, so that the compiler keeps the looking. */
  fetched = 0;
  /** The flow whose record was full of round-trip times when `observe` returned, to be settled; or -1. */
  private full = -1;
  private readonly observations: Observations;
  private readonly recent: RecentPackets;
  private readonly checksums: ChecksumAudit;
  private readonly packet = new Packet();
  /** By position in the window: the flow that an echo most likely belongs to. */
  private readonly candidates = new Int32Array(WINDOW);
  private readonly lines = new Int32Array(2 * WINDOW);

  constructor(observations: Observations, recent: RecentPackets, checksums: ChecksumAudit) {
    this.observations = observations;
    this.recent = recent;
    this.checksums = checksums;
  }

  /**
   * Looks ahead: finds the flow that each echo of the window most likely belongs to, and asks for the lines of its
   * record that the echo will touch. The second loop is so short that the processor has many of its requests under
   * way at the same time.
   */
  fetch({ rows, firstRow, count }: Window): void {
    const { candidates, lines } = this;
    const { flows } = this.observations;
    const { words } = flows;
    let asked = 0;
    for (let k = 0, row = firstRow; k < count; k++, row += ROW_WORDS) {
      const kind = rows[row + Digest.Kind];
      if (kind !== Ordinary.EchoRequest && kind !== Ordinary.EchoReply) continue;
      const flow = flows.likely(rows[row + Digest.FlowHash]);
      const isReply = kind - Ordinary.EchoRequest;
      candidates[k] = flow;
      lines[asked] = flow * RECORD_WORDS;
      asked += isReply;
      lines[asked++] = flow * RECORD_WORDS + isReply * LINE_WORDS;
    }
    let fetched = 0;
    for (let i = 0; i < asked; i++) fetched |= words[lines[i]];
    this.fetched = fetched;
  }

  /**
   * Takes in ordinary packets from position `from` of the window on, up to the first that is none, or until there
   * is something to settle. Returns the position of the next packet, of which nothing was taken in.
   */
  observe(window: Window, from: number): number {
    const { observations, candidates } = this;
    const { flows, tunnels, trajectory, counts, replyTimeout } = observations;
    const { words, doubles, floats } = flows;
    const { numbers } = tunnels;
    const recent = this.recent;
    const { rows, firstRow, count, number } = window;
    const { time } = window.frames;
    let requests = 0;
    let replies = 0;
    let full = -1;
    let k = from;
    while (k < count) {
      const row = firstRow + k * ROW_WORDS;
      const kind = rows[row + Digest.Kind];
      const frame = number + k;
      if (kind === Ordinary.No) break;
      const when = time[window.from + k];
      let tunnel = -1;
      if (kind === Ordinary.Tcp) {
        tunnel = tunnels.find(
          rows[row + TcpDigest.TunnelHash],
          VXLAN_OVER_IPV4 | rows[row + TcpDigest.Port],
          rows[row + Digest.Vni],
          rows[row + TcpDigest.OuterSource],
          rows[row + TcpDigest.OuterDestination],
        );
        if (tunnel < 0) break;
      } else {
        const vni = rows[row + Digest.Vni];
        const source = rows[row + Digest.Source];
        const destination = rows[row + Digest.Destination];
        const idSequence = rows[row + Digest.IdSequence];
        let flow = candidates[k];
        if (!flows.isAt(flow * RECORD_WORDS, Protocol.Echo, vni, source, destination, idSequence >>> 16)) {
          flow = flows.find(Protocol.Echo, vni, source, destination, idSequence >>> 16);
          if (flow < 0) break;
        }
        const word = flow * RECORD_WORDS;
        const double = word >> 1;
        const fingerprint = rows[row + Digest.Fingerprint];
        const sequence = idSequence & 0xffff;
        const newest = words[word + Word.Newest];
        let extended = newest;
        if (kind === Ordinary.EchoRequest) {
          const differences =
            ((newest + 1 - sequence) & 0xffff) |
            (words[word + Word.RequestWay] ^ rows[row + Digest.Way]) |
            (words[word + Word.NewestSize] ^ rows[row + Digest.Size]) |
            words[word + Word.UnmatchedReplies];
          tunnel = words[word + Word.RequestTunnel];
          if (differences !== 0 || tunnel < 0) break;
          if (words[word + Word.OpenFrame] !== 0) {
            flows.select(flow);
            setAside(observations, flow);
          }
          extended = newest + 1;
          words[word + Word.Requests]++;
          words[word + Word.Newest] = extended;
          words[word + Word.NewestFingerprint] = fingerprint;
          words[word + Word.OpenFrame] = frame;
          doubles[double + Double.LastTime] = when;
          requests++;
        } else {
          const roundTrip = when - doubles[double + Double.LastTime];
          const measured = words[word + Word.RttCount];
          const differences = ((newest - sequence) & 0xffff) | (words[word + Word.ReplyWay] ^ rows[row + Digest.Way]);
          const isAnswer = isReplyTo(fingerprint, words[word + Word.NewestFingerprint], Protocol.Echo);
          tunnel = words[word + Word.ReplyTunnel];
          if (differences !== 0 || !isAnswer || tunnel < 0) break;
          if (words[word + Word.OpenFrame] === 0 || measured === 0) break;
          if (!(roundTrip >= 0 && roundTrip <= replyTimeout)) break;
          const size = words[word + Word.NewestSize];
          words[word + Word.OpenFrame] = 0;
          words[word + Word.Answered]++;
          if (size > words[word + Word.LargestAnswered]) words[word + Word.LargestAnswered] = size;
          if (roundTrip < doubles[double + Double.RttMinimum]) doubles[double + Double.RttMinimum] = roundTrip;
          if (roundTrip > doubles[double + Double.RttMaximum]) doubles[double + Double.RttMaximum] = roundTrip;
          floats[word + Word.RttNewest + (measured & (ROUND_TRIPS_IN_RECORD - 1))] = roundTrip / 1000;
          words[word + Word.RttCount] = measured + 1;
          if (((measured + 1) & (ROUND_TRIPS_IN_RECORD - 1)) === 0) full = flow;
          replies++;
        }
        const low = rows[row + Digest.Low];
        const high = rows[row + Digest.High];
        recent.remember(low, localIdentity(high, vni), rows[row + Digest.Way]);
        if ((low & trajectory.selection) === 0) {
          trajectory.time = when;
          trajectory.add(low, high, flow, kind === Ordinary.EchoReply, extended, frame);
        }
      }
      const length = rows[row + Digest.OuterLength];
      const at = tunnel * TUNNEL_FIELDS;
      numbers[at + TunnelField.Packets]++;
      numbers[at + TunnelField.Bytes] += length;
      numbers[at + TunnelField.LastTime] = when;
      if (length > numbers[at + TunnelField.LargestPacket]) numbers[at + TunnelField.LargestPacket] = length;
      if (isChecksumDue(frame)) this.verify(window, k, tunnel);
      k++;
      // Seldom, and so no business of this loop: it would be compiled before that happens, and once more after.
      if (full >= 0) break;
    }
    this.full = full;
    counts.vxlan += k - from;
    counts.echoRequests += requests;
    counts.echoReplies += replies;
    return k;
  }

  /** Does what is left to do after `observe`; false when nothing was. */
  settle(): boolean {
    const { full } = this;
    if (full < 0) return false;
    const { flows, roundTrips } = this.observations;
    flows.select(full);
    roundTrips.move(flows);
    return true;
  }

  /** Verifies the checksums of a packet that was taken in. */
  private verify({ frames, from, rows, firstRow, number }: Window, k: number, tunnel: number): void {
    const { observations, checksums, packet } = this;
    const { view, offset } = frames;
    const row = firstRow + k * ROW_WORDS;
    const isEcho = rows[row + Digest.Kind] !== Ordinary.Tcp;
    locate(packet, offset[from + k], rows[row + Digest.OuterLength], isEcho ? rows[row + Digest.Size] : 0);
    checksums.verifyTunnel(observations, packet, view, tunnel, number + k);
    if (isEcho) checksums.verifyInnermost(packet, view);
  }
}
