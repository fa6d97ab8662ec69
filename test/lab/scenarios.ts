import type { Scenario } from './scenario.ts';
import { peerPods } from './scenarios/peerPods.ts';

/** All scenarios of the lab; each breaks one thing. */
export const scenarios: readonly Scenario[] = [...peerPods];
