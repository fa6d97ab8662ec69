/** One capture of simulated frames, as the rules are given it. */
import type { Case } from '../../src/findings/case.ts';
import { Owners } from '../../src/findings/owners.ts';
import { claims } from '../../src/flow/claims.ts';
import { FlowJoin } from '../../src/flow/join.ts';
import { tunnelDirections } from '../../src/flow/tunnel-direction.ts';
import type { Vantage } from '../../src/flow/vantage.ts';
import type { HostFacts } from '../../src/host/facts.ts';
import { observe } from '../flow/correlating.ts';
import type { Frame } from '../flow/simulation.ts';

/** Of the overlay interface of a pod's machine, where `place` says nothing else; `hosts` are what hosts say. */
export function simulatedCase(
  frames: readonly Frame[],
  hosts: readonly HostFacts[] = [],
  place: Partial<Vantage> = {},
): Case {
  const observations = observe(frames);
  const vantage: Vantage = {
    ...{ index: 0, label: 'podvm:vxlan0', host: 'podvm', interfaceName: 'vxlan0', kind: 'overlay', observations },
    ...place,
  };
  const owners = new Owners(hosts, [], claims(vantage));
  const join = new FlowJoin([vantage], { replyTimeoutNanoseconds: 1e9, ownership: owners });
  const flows = [...join.flows()].filter(({ requests }) => requests > 0);
  const { surroundings } = join;
  const tunnels = tunnelDirections(vantage);
  return {
    ...{ vantages: [vantage], captures: [], flows, tunnels, hosts, owners, surroundings, replyTimeoutSeconds: 1 },
  };
}
