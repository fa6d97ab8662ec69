/**
 * `arp -an` and `arp -n`.
 *
 *     ? (10.132.2.46) at 0a:58:0a:84:02:2e [ether] PERM on ovn-k8s-mp0
 *     ? (10.132.2.200) at <incomplete> on vxlan0
 *
 *     Address                  HWtype  HWaddress           Flags Mask            Iface
 *     10.132.2.2               ether   0a:58:0a:84:02:02   CM                    vxlan0
 *     10.132.2.200                     (incomplete)                              vxlan0
 */
import { readAddress, readMac } from './address.ts';
import type { FactCollection } from './collection.ts';
import { complete, type LineParser, type Origin, wordAfter, wordsOf } from './piece.ts';

const BSD_STYLE = /^\S{1,255} \(([0-9.]{7,15})\) at (\S+)(\s.*)?$/;

export const readArp: LineParser = (line, origin, facts) => {
  if (/^Address\s+HWtype\s+HWaddress\b/.test(line)) return (row) => readRow(row, origin, facts);
  const match = BSD_STYLE.exec(line);
  if (match !== null) {
    const words = wordsOf(match[3] ?? '');
    const known = readMac(match[2]!) !== null || match[2]!.startsWith('<') || match[2] === '(incomplete)';
    if (!known) return null;
    return addEntry(facts, origin, match[1]!, match[2]!, wordAfter(words, 'on'), {
      permanent: words.includes('PERM') || words.includes('permanent'),
      published: words.includes('PUB') || words.includes('published'),
    })
      ? complete
      : null;
  }
  return /\sether\s/.test(line) && readRow(line, origin, facts) ? complete : null;
};

/** A row of the table; flags are C complete, M permanent, P published. */
function readRow(line: string, origin: Origin, facts: FactCollection): boolean {
  const words = wordsOf(line);
  const [name, second] = words;
  if (name === undefined || second === undefined) return false;
  const hardware = second === '(incomplete)' ? second : words[2];
  const flags = second === '(incomplete)' ? '' : (words[3] ?? '');
  const device = words.at(-1)!;
  if (hardware === undefined || words.length < (hardware === '(incomplete)' ? 3 : 5)) return false;
  // A name stands where an address could be resolved (arp without -n): nothing to learn from that row.
  if (readAddress(name) === null) return readMac(hardware) !== null && /^[CMP!]+$/.test(flags);
  return addEntry(facts, origin, name, hardware, device, {
    permanent: flags.includes('M'),
    published: flags.includes('P'),
  });
}

function addEntry(
  facts: FactCollection,
  origin: Origin,
  name: string,
  hardware: string,
  device: string | null,
  flags: { permanent: boolean; published: boolean },
): boolean {
  const address = readAddress(name);
  if (address === null) return false;
  const mac = readMac(hardware);
  const incomplete = hardware.includes('incomplete');
  if (mac === null && !incomplete && !flags.published) return false;
  const state = incomplete ? 'INCOMPLETE' : flags.permanent && !flags.published ? 'PERMANENT' : null;
  facts.addNeighbor({
    namespace: origin.namespace,
    address,
    mac,
    device: device ?? origin.device,
    state,
    proxy: flags.published,
  });
  return true;
}
