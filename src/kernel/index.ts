/**
 * What the program calls: `glance`, `observe` and `settle`. The rest is what few packets need, exported so that the compiler
 * leaves it where it is: the smaller what all packets need, the sooner it is compiled.
 */
export { observeAnswer, observeQuestion } from './arp.ts';
export { verify } from './checksums.ts';
export { observeQuery, observeResponse } from './dns.ts';
export { addFlow } from './flows.ts';
export { glance } from './glance.ts';
export { halveSample } from './identity.ts';
export { addChange } from './links.ts';
export { observe } from './observe.ts';
export { settle } from './settle.ts';
export { noteTalkerOverIpv6 } from './talkers.ts';
export { noteFirst, tunnelOf } from './tunnels.ts';
