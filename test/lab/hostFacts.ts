import type { Namespaces } from './namespaces.ts';
import { hosts } from './topology.ts';

/** What is asked of each namespace for the files given with `--host`; these print nothing when there is nothing. */
const ALWAYS = ['ip -d addr', 'ip neigh', 'ip route', 'bridge fdb show'];

/** The redirects that join eth0 and vxlan1. */
const REDIRECTS = [
  { namespace: 'pod', command: 'tc filter show dev eth0 ingress' },
  { namespace: 'pod', command: 'tc filter show dev vxlan1 ingress' },
];

/**
 * What the commands of each host print, by host: first of its own namespace, then of each other one
 * under the heading that `ip -all netns exec` prints. `extra` are more commands, of one namespace each.
 */
export async function readHostFacts(
  namespaces: Namespaces,
  extra: readonly { namespace: string; command: string }[],
): Promise<{ host: string; text: string }[]> {
  const facts: { host: string; text: string }[] = [];
  for (const host of hosts) {
    let text = '';
    for (const { namespace, heading } of host.namespaces) {
      if (heading !== null) text += `\nnetns: ${heading}\n`;
      const more = [...REDIRECTS, ...extra].filter((one) => one.namespace === namespace).map((one) => one.command);
      for (const command of [...ALWAYS, ...more]) {
        text += (await namespaces.run(namespace, command.split(' '))).stdout;
      }
    }
    facts.push({ host: host.host, text: namespaces.scrub(text) });
  }
  return facts;
}
