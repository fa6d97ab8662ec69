/**
 * The tunnel directions that packets of flows took, as plain numbers: very many flows are gone through for every
 * question about directions.
 */
import { recordAt, Word } from '../flow/flow-table.ts';
import type { JoinedFlow } from '../flow/joined-flow.ts';
import type { Sighting } from '../flow/sighting.ts';

/** Sightings of flows by number, those of one flow together, in the order of the flows. */
export class Passages {
  readonly count: number;
  readonly sightings: readonly Sighting[];
  /** By sighting: the flow's place in the list of flows. */
  readonly flowOf: Int32Array;
  /** By sighting: the number of the direction that its requests took, and of that of its replies; -1 for bare packets. */
  readonly requests: Int32Array;
  readonly replies: Int32Array;

  /** `numbers`: by capture, the number of the direction in each row of its tunnel table. */
  constructor(flows: readonly JoinedFlow[], numbers: readonly (readonly number[])[]) {
    let count = 0;
    for (let flow = 0; flow < flows.length; flow++) count += flows[flow].sightings.length;
    const sightings = new Array<Sighting>(count);
    const flowOf = new Int32Array(count);
    const requests = new Int32Array(count);
    const replies = new Int32Array(count);
    let at = 0;
    for (let flow = 0; flow < flows.length; flow++) {
      const seen = flows[flow].sightings;
      for (let i = 0; i < seen.length; i++) {
        const sighting = seen[i];
        const { vantage } = sighting;
        const { words } = vantage.observations.flows;
        const own = numbers[vantage.index];
        const record = recordAt(sighting.flow);
        sightings[at] = sighting;
        flowOf[at] = flow;
        requests[at] = numberOf(own, words[record + Word.RequestTunnel]);
        replies[at] = numberOf(own, words[record + Word.ReplyTunnel]);
        at++;
      }
    }
    this.count = count;
    this.sightings = sightings;
    this.flowOf = flowOf;
    this.requests = requests;
    this.replies = replies;
  }
}

function numberOf(numbers: readonly number[], row: number): number {
  return row < 0 || row >= numbers.length ? -1 : numbers[row];
}
