import type { Scenario } from './scenario.ts';
import { addresses } from './scenarios/addresses.ts';
import { nearMisses } from './scenarios/nearMisses.ts';
import { peerPods } from './scenarios/peerPods.ts';
import { protocols } from './scenarios/protocols.ts';
import { sizes } from './scenarios/sizes.ts';
import { tunnels } from './scenarios/tunnels.ts';

/** All scenarios of the lab; each breaks one thing, or nothing. */
export const scenarios: readonly Scenario[] = [
  ...peerPods,
  ...tunnels,
  ...sizes,
  ...addresses,
  ...protocols,
  ...nearMisses,
];
