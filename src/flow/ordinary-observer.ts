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
import { Double, recordAt, scopeOf, Word } from './flow-table.ts';
import { localIdentity } from './identity.ts';
import { type Observations, Protocol } from './observations.ts';
import type { RecentPackets } from './recent.ts';
import { TUNNEL_FIELDS, TunnelField } from './tunnel-table.ts';
import { WINDOW, type Window } from './window.ts';

export class OrdinaryObserver {
  /** What looking ahead returned: kept, so that the compiler keeps the looking. */
  fetched = 0;
  private readonly observations: Observations;
  private readonly recent: RecentPackets;
  private readonly checksums: ChecksumAudit;
  private readonly packet = new Packet();
  /** By position in the window: the flow that the packet most likely belongs to. */
  private readonly candidates = new Int32Array(WINDOW);

  constructor(observations: Observations, recent: RecentPackets, checksums: ChecksumAudit) {
    this.observations = observations;
    this.recent = recent;
    this.checksums = checksums;
  }

  /**
   * Looks ahead: finds the flow that each packet of the window most likely belongs to, and asks for the first line
   * of its record. Both loops are so short that the processor has many of their requests under way at the same time.
   */
  fetch({ rows, firstRow, count }: Window): void {
    const { candidates } = this;
    const { flows } = this.observations;
    const { words } = flows;
    for (let k = 0, row = firstRow; k < count; k++, row += ROW_WORDS) {
      candidates[k] = flows.likely(rows[row + Digest.FlowHash]);
    }
    let fetched = 0;
    for (let k = 0; k < count; k++) fetched |= words[recordAt(candidates[k])];
    this.fetched = fetched;
  }

  /**
   * Takes in ordinary packets from position `from` of the window on, up to the first that is none. Returns the
   * position of the next packet, of which nothing was taken in.
   */
  observe(window: Window, from: number): number {
    const { observations, candidates } = this;
    const { flows, tunnels, trajectory, answers, counts, replyTimeout } = observations;
    const { words, doubles } = flows;
    const { numbers } = tunnels;
    const recent = this.recent;
    const { rows, firstRow, count, number } = window;
    const { time } = window.frames;
    let requests = 0;
    let replies = 0;
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
        if (!flows.isAt(recordAt(flow), scopeOf(Protocol.Echo, vni), source, destination, idSequence >>> 16)) {
          flow = flows.find(Protocol.Echo, vni, source, destination, idSequence >>> 16);
          if (flow < 0) break;
        }
        const word = recordAt(flow);
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
          const differences = ((newest - sequence) & 0xffff) | (words[word + Word.ReplyWay] ^ rows[row + Digest.Way]);
          const isAnswer = isReplyTo(fingerprint, words[word + Word.NewestFingerprint], Protocol.Echo);
          tunnel = words[word + Word.ReplyTunnel];
          if (differences !== 0 || !isAnswer || tunnel < 0 || words[word + Word.OpenFrame] === 0) break;
          if (!(roundTrip >= 0 && roundTrip <= replyTimeout)) break;
          words[word + Word.OpenFrame] = 0;
          answers.roundTrip = roundTrip;
          answers.note(word, words[word + Word.NewestSize]);
          replies++;
        }
        const low = rows[row + Digest.Low];
        const local = rows[row + Digest.Local];
        recent.remember(low, local, rows[row + Digest.Way]);
        if ((low & trajectory.selection) === 0) {
          trajectory.time = when;
          trajectory.add(low, localIdentity(local, vni), flow, kind === Ordinary.EchoReply, extended, frame);
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
    }
    counts.vxlan += k - from;
    counts.echoRequests += requests;
    counts.echoReplies += replies;
    return k;
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
