/** What is to be said about a capture as such: what its reader warned of, what was not decoded, what was dropped. */
import type { CaptureCondition } from '../findings/case.ts';
import type { Observations } from '../flow/observations.ts';
import type { Vantage } from '../flow/vantage.ts';
import { linkTypeName } from '../wire/link-type.ts';

/** The part of an observed capture that is needed here. */
export interface ReadCapture {
  unsupported: ReadonlyMap<number, number>;
  source: {
    complete: boolean;
    warnings: readonly { message: string }[];
    interfaces: readonly { dropped: number | null }[];
  };
}

export function captureNotes(vantage: Vantage, capture: ReadCapture): CaptureCondition {
  const { source, unsupported } = capture;
  const warnings = source.warnings.map(({ message }) => message);
  for (const [linkType, frames] of unsupported) {
    warnings.push(`${frames} packets of link type ${linkTypeName(linkType)} are not decoded`);
  }
  const { counts, flows, waiting, runs, errors } = vantage.observations;
  if (counts.leftOut > 0 && counts.vxlan + counts.geneve === 0)
    warnings.push(`none of its ${counts.leftOut} tunnel packets has a VNI that was asked for`);
  if (flows.overflowed > 0)
    warnings.push(`it has more than ${flows.limit} flows; ${flows.overflowed} packets of others are counted only`);
  if (waiting.forgotten > 0)
    warnings.push(
      `${waiting.forgotten} exchanges that waited longest were summarised: their frames and times are not known any more`,
    );
  if (runs.joined > 0)
    warnings.push(
      `its requests jump too often: ${runs.joined} runs of sequence numbers were joined, so that losses are placed roughly`,
    );
  if (errors.overflowed > 0) warnings.push(`${errors.overflowed} further ICMP errors are not described`);
  warnings.push(...fullTables(vantage.observations));
  const dropped = source.interfaces.reduce<number | null>(
    (sum, entry) => (entry.dropped === null ? sum : (sum ?? 0) + entry.dropped),
    null,
  );
  return { vantage, complete: source.complete, warnings, dropped };
}

/** One note for each of the other tables that something found no room in. */
function fullTables({ claims, tunnels, fragments, addresses }: Observations): string[] {
  const notes: string[] = [];
  if (claims.table.overflowed > 0)
    notes.push(`it has more than ${claims.table.limit} claims of addresses; further ones are not known`);
  if (tunnels.table.overflowed > 0)
    notes.push(`it has more than ${tunnels.table.limit} directions of tunnels; further ones are not known`);
  if (fragments.table.overflowed > 0)
    notes.push(`it has fragments between more than ${fragments.table.limit} pairs of addresses; others are not known`);
  if (addresses.table.overflowed > 0)
    notes.push(`it has more than ${addresses.table.limit} IPv6 addresses; packets of further ones are counted only`);
  return notes;
}
