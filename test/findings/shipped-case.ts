/** Cases made from shipped captures, whole or changed, for the rules to look at. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Diagnosis, examine } from '../../src/analyze.ts';
import type { Case } from '../../src/findings/case.ts';
import type { Finding, FindingCode } from '../../src/findings/finding.ts';
import { Owners } from '../../src/findings/owners.ts';
import { findAll } from '../../src/findings/rules.ts';
import type { JoinedFlow } from '../../src/flow/joined-flow.ts';
import type { HostFacts } from '../../src/host/facts.ts';
import { readHostFacts } from '../../src/host/read.ts';
import { CAPTURES, readScenario } from '../scenarios.ts';

interface Choice {
  /** Only captures whose label passes. */
  captures?: (label: string) => boolean;
  /** Labels name host and interface, as HOST:INTERFACE=FILE does. */
  isNamed?: boolean;
  /** What hosts said, changed; none when it gives none. */
  hosts?: (hosts: HostFacts[]) => HostFacts[];
}

/** A shipped scenario, examined; every call reads it anew, so that a test may change what it gets. */
export async function shippedCase(name: string, choice: Choice = {}): Promise<Diagnosis> {
  const folder = join(CAPTURES, name);
  const scenario = readScenario(folder);
  const { captures: isWanted = () => true, isNamed = false, hosts: change = (hosts: HostFacts[]) => hosts } = choice;
  const captures = scenario.captures
    .map((file) => {
      const label = file.replace(/\.pcap$/, '');
      const [host, interfaceName] = [label.replace(/-.*/, ''), label.replace(/^[^-]*-/, '')];
      const place = isNamed ? { host, interfaceName } : { host: null, interfaceName: null };
      return { path: join(folder, file), label, ...place };
    })
    .filter(({ label }) => isWanted(label));
  const hosts = Object.entries(scenario.hosts).map(([host, file]) =>
    readHostFacts(host, readFileSync(join(folder, file), 'utf8')),
  );
  return examine({ captures, hosts: change(hosts) });
}

/** The same case with parts replaced; owners follow the hosts. */
export function changed(subject: Case, parts: Partial<Case>): Case {
  const hosts = parts.hosts ?? subject.hosts;
  return { ...subject, owners: new Owners(hosts, [], subject.owners.allClaims), ...parts };
}

/** The same flow with parts that are other than the records say. */
export function flowWith(flow: JoinedFlow, parts: Partial<JoinedFlow>): JoinedFlow {
  return Object.create(flow, Object.getOwnPropertyDescriptors(parts)) as JoinedFlow;
}

/** Findings of one code. */
export function found(subject: Case, code: FindingCode): Finding[] {
  return findAll(subject).filter((finding) => finding.code === code);
}

export const noHosts = (): HostFacts[] => [];
