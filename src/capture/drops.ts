/** What is said of packets that the capturing system dropped. */
import type { CaptureInterface, CaptureWarning } from './frames.ts';

/** Interfaces of which it is said one by one; the others are added up. */
const LISTED_INTERFACES = 10;

type Counters = Pick<CaptureInterface, 'received' | 'dropped'>;

/** One warning for each interface that lost packets, as far as the capturing system tells, and one for all beyond ten. */
export function dropWarnings(interfaces: readonly CaptureInterface[]): CaptureWarning[] {
  const lossy = interfaces.filter(({ dropped }) => dropped !== null && dropped > 0);
  const listed = lossy.slice(0, LISTED_INTERFACES);
  const others = lossy.slice(LISTED_INTERFACES);
  const warnings = listed.map((entry) => warning(entry, entry.name === null ? '' : ` on ${entry.name}`));
  if (others.length > 0) {
    warnings.push(warning(sum(others), ` on ${others.length} further interface${others.length === 1 ? '' : 's'}`));
  }
  return warnings;
}

function warning({ received, dropped }: Counters, where: string): CaptureWarning {
  const total = received === null ? '' : ` of ${received}`;
  return { code: 'drops', message: `the capturing system dropped ${dropped}${total} packets${where}`, offset: null };
}

/** Counters of all; what was received is null where one does not say. */
function sum(all: readonly Counters[]): Counters {
  return all.reduce(
    (total, { received, dropped }) => ({
      received: total.received === null || received === null ? null : total.received + received,
      dropped: (total.dropped ?? 0) + (dropped ?? 0),
    }),
    { received: 0, dropped: 0 },
  );
}
