/** What is said of packets that the capturing system dropped. */
import type { CaptureInterface, CaptureWarning } from './frames.ts';

/** One warning for each interface that lost packets, as far as the capturing system tells. */
export function dropWarnings(interfaces: readonly CaptureInterface[]): CaptureWarning[] {
  return interfaces.flatMap(({ dropped, received, name }) => {
    if (dropped === null || dropped === 0) return [];
    const total = received === null ? '' : ` of ${received}`;
    const where = name === null ? '' : ` on ${name}`;
    return [
      { code: 'drops', message: `the capturing system dropped ${dropped}${total} packets${where}`, offset: null },
    ];
  });
}
