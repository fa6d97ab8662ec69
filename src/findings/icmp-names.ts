/** Names of ICMP and ICMPv6 errors, as the IANA registries have them. */

const UNREACHABLE = [
  'network unreachable',
  'host unreachable',
  'protocol unreachable',
  'port unreachable',
  'fragmentation needed',
  'source route failed',
  'network unknown',
  'host unknown',
  'source host isolated',
  'network administratively prohibited',
  'host administratively prohibited',
  'network unreachable for this type of service',
  'host unreachable for this type of service',
  'communication administratively prohibited',
];

const UNREACHABLE_V6 = [
  'no route to destination',
  'administratively prohibited',
  'beyond scope of source address',
  'address unreachable',
  'port unreachable',
  'source address failed policy',
  'reject route to destination',
];

/** Name of an error message by IP version, type and code. */
export function errorName(ipVersion: 4 | 6, type: number, code: number): string {
  if (ipVersion === 6) {
    if (type === 1) return UNREACHABLE_V6[code] ?? `destination unreachable, code ${code}`;
    return ['', '', 'packet too big', 'time exceeded', 'parameter problem'][type] ?? `ICMPv6 error type ${type}`;
  }
  switch (type) {
    case 3:
      return UNREACHABLE[code] ?? `destination unreachable, code ${code}`;
    case 4:
      return 'source quench';
    case 5:
      return 'redirect';
    case 11:
      return code === 0 ? 'time to live exceeded in transit' : 'fragment reassembly time exceeded';
    case 12:
      return 'parameter problem';
    default:
      return `ICMP error type ${type}`;
  }
}
