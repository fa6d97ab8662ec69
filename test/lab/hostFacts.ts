import type { Namespaces } from './namespaces.ts';

/** A namespace on a host of the lab beside its own, and what makes its heading. */
export interface HostNamespace {
  host: 'worker' | 'podvm';
  namespace: string;
}

/** Where the commands of each host are run: in its own namespace first. */
const HOSTS: readonly { host: 'worker' | 'podvm'; namespaces: readonly string[] }[] = [
  { host: 'worker', namespaces: ['worker', 'pod'] },
  { host: 'podvm', namespaces: ['podvm', 'podns'] },
];

/** What is asked of each namespace for the files given with `--host`; these print nothing when there is nothing. */
const ALWAYS = ['ip -d addr', 'ip neigh', 'ip route', 'bridge fdb show'];

/**
 * What the commands of each host print, by host: first of its own namespace, then of each other one
 * under the heading that `ip -all netns exec` prints. `more` are namespaces beside those of the case,
 * `extra` are commands beside the usual, of one namespace each.
 */
export async function readHostFacts(
  namespaces: Namespaces,
  more: readonly HostNamespace[],
  extra: readonly { namespace: string; command: string }[],
): Promise<{ host: string; text: string }[]> {
  const facts: { host: string; text: string }[] = [];
  for (const { host, namespaces: standard } of HOSTS) {
    let text = '';
    const all = [...standard, ...more.filter((one) => one.host === host).map((one) => one.namespace)];
    for (const namespace of all) {
      if (namespace !== host) text += `\nnetns: ${namespace}\n`;
      const asked = extra.filter((one) => one.namespace === namespace).map((one) => one.command);
      for (const command of [...ALWAYS, ...asked]) text += (await namespaces.run(namespace, command)).stdout;
    }
    facts.push({ host, text: namespaces.scrub(text) });
  }
  return facts;
}
