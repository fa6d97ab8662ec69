/**
 * What a live run adds to the text of a host whose interfaces changed their MAC while it went on, a line for every
 * MAC: the first and the last time that it was read.
 *
 *     mac-time vxlan0 7e:e5:f7:e6:f5:1a 2026-11-23T06:00:01.250Z 2026-11-23T06:00:09.250Z
 */
import { readMac } from './address.ts';
import type { MacTime } from './facts.ts';
import { complete, type LineParser, wordsOf } from './piece.ts';

export const readMacTime: LineParser = (line, { namespace }, facts) => {
  const [keyword, name, address, start, end, ...more] = wordsOf(line);
  if (keyword !== 'mac-time' || end === undefined || more.length > 0) return null;
  const mac = readMac(address);
  const [from, until] = [Date.parse(start), Date.parse(end)];
  if (mac === null || Number.isNaN(from) || Number.isNaN(until)) return null;
  facts.addMacTime({ namespace, interface: name, mac, from, until });
  return complete;
};

/** The line for a time; the namespace is that of the text it stands in. */
export function macTimeLine({ interface: name, mac, from, until }: MacTime): string {
  return `mac-time ${name} ${mac} ${new Date(from).toISOString()} ${new Date(until).toISOString()}\n`;
}
