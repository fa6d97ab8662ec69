import { spawnSync } from 'node:child_process';

const PROGRAMS: readonly (readonly string[])[] = [
  ['ip', '-V'],
  ['tc', '-V'],
  ['bridge', '-V'],
  ['ethtool', '--version'],
  ['sysctl', '--version'],
  ['ping', '-V'],
  ['arping', '-V'],
  ['tcpdump', '--version'],
  ['iptables', '-V'],
  ['nft', '--version'],
  ['python3', '--version'],
];

/** Whether the lab can run here, and if not, why: it needs root, network namespaces, VXLAN and a few programs. */
export function labAvailability(): { available: boolean; reason: string } {
  if (process.platform !== 'linux') return { available: false, reason: 'the lab needs Linux' };
  if (process.getuid?.() !== 0) return { available: false, reason: 'the lab needs root' };
  for (const [program, ...args] of PROGRAMS) {
    if (spawnSync(program, args).error !== undefined) return { available: false, reason: `${program} is missing` };
  }
  const namespace = `vx${process.pid}-probe`;
  if (spawnSync('ip', ['netns', 'add', namespace]).status !== 0) {
    return { available: false, reason: 'no network namespace can be made' };
  }
  const vxlan = spawnSync('ip', [
    '-n',
    namespace,
    'link',
    'add',
    'probe',
    'type',
    'vxlan',
    'id',
    '1',
    'dstport',
    '4789',
  ]);
  spawnSync('ip', ['netns', 'del', namespace]);
  if (vxlan.status !== 0) return { available: false, reason: 'the kernel makes no vxlan device' };
  return { available: true, reason: '' };
}
