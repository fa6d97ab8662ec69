/** When captures were not running, as far as what they saw and others saw tells. */
import type { PacketSamples, SampledPackets } from './sampled-packets.ts';
import type { TrajectoryPoint } from './trajectory.ts';
import type { Vantage } from './vantage.ts';

/** Times on the clock of a witness, in nanoseconds since its epoch. */
interface Absence {
  before: number;
  after: number;
}

export class Absences {
  private readonly packets: PacketSamples;
  private readonly known = new Map<string, Absence>();

  constructor(packets: PacketSamples) {
    this.packets = packets;
  }

  /**
   * When a capture was not running as far as anyone can tell, on the witness's clock: earlier than `before`,
   * the first packet that both saw, and later than `after`, the last.
   * What the witness saw asked and answered passed the capture; one that saw none of it and nothing
   * earlier of what both saw, started later. Without such an exchange both are infinite.
   */
  of(vantage: Vantage, witness: Vantage): Absence {
    const key = `${vantage.index} ${witness.index}`;
    let absence = this.known.get(key);
    if (absence === undefined) {
      absence = absenceOf(
        this.packets.of(vantage),
        vantage.observations.trajectory.selection,
        this.packets.of(witness),
      );
      this.known.set(key, absence);
    }
    return absence;
  }
}

function absenceOf(own: SampledPackets, selection: number, witness: SampledPackets): Absence {
  const shared = new Set<number>();
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (let packet = 0; packet < witness.count; packet++) {
    if (own.meet(witness, packet) < 0) continue;
    shared.add(witness.flow[packet]);
    const time = witness.time[packet];
    if (time < first) first = time;
    if (time > last) last = time;
  }
  const absence = { before: Number.NEGATIVE_INFINITY, after: Number.POSITIVE_INFINITY };
  const isShared = ({ low, high }: TrajectoryPoint): boolean => own.find(low, high) >= 0;
  for (const flow of shared) {
    const requests = new Map<number, TrajectoryPoint>();
    for (const point of witness.ofFlow(flow)) {
      if (!point.reply) {
        requests.set(point.sequence, point);
        continue;
      }
      const request = requests.get(point.sequence);
      if (request === undefined || ((request.low | point.low) & selection) !== 0) continue;
      if (isShared(request) || isShared(point)) continue;
      if (point.time < first) absence.before = first;
      if (request.time > last) absence.after = last;
    }
  }
  return absence;
}
