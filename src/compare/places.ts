/** Which capture of the good run was taken where one of the bad run was: by name, else by its part in a conversation. */
import type { Vantage } from '../flow/vantage.ts';
import { type Aligned, type Alignment, align } from './align.ts';
import type { Conversation } from './conversations.ts';

/** Aligns the captures; `conversations` are those that stand for each other. */
export function alignPlaces(
  good: readonly Vantage[],
  bad: readonly Vantage[],
  conversations: readonly Aligned<Conversation>[],
): Alignment<Vantage> {
  const roles = { good: new Map<Vantage, string>(), bad: new Map<Vantage, string>() };
  for (const [index, pair] of conversations.entries()) {
    for (const side of ['good', 'bad'] as const) {
      for (const vantage of pair[side].path) {
        const role = roleOf(vantage, pair[side].path);
        if (role !== null && !roles[side].has(vantage)) roles[side].set(vantage, `${index} ${role}`);
      }
    }
  }
  return align(good, bad, [
    { by: 'name', key: ({ label }) => label },
    { by: 'name', key: ({ host, interfaceName }) => (interfaceName === null ? null : `${host} ${interfaceName}`) },
    { by: 'role', key: (vantage, side) => roles[side].get(vantage) ?? null },
    { by: 'role', key: ({ kind }) => kind },
    { by: 'role', key: () => '' },
  ]);
}

/** `asker` or `owner` side of the tunnel with the kind of capture; null when the path does not tell. */
function roleOf(vantage: Vantage, path: readonly Vantage[]): string | null {
  const { kind, host } = vantage;
  const at = path.indexOf(vantage);
  const underlays = path.flatMap((each, index) => (each.kind === 'underlay' ? [index] : []));
  const [first = 0] = underlays;
  const last = underlays[underlays.length - 1] ?? path.length - 1;
  const end = path[path.length - 1];
  if (kind === 'underlay' && underlays.length === 1) {
    if (host === null || path[0].host === end.host) return null;
    if (host === path[0].host) return `asker ${kind}`;
    return host === end.host ? `owner ${kind}` : null;
  }
  if (path.length === 1) return null;
  if (at < first || (at === first && at < last)) return `asker ${kind} ${at}`;
  return at >= last ? `owner ${kind} ${at - last}` : null;
}
