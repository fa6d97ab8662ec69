/** What the program calls, */
export { glance } from './glance.ts';
export { observe } from './observe.ts';
export { settle } from './settle.ts';
/** and what is called for few packets, which is to stay where it is: the smaller the rest, the sooner it is compiled. */
export { observeAnswer, observeQuestion } from './arp.ts';
export { verify } from './checksums.ts';
export { observeQuery, observeResponse } from './dns.ts';
export { addFlow } from './flows.ts';
export { halveSample } from './identity.ts';
export { addChange } from './links.ts';
export { noteTalkerOverIpv6 } from './talkers.ts';
export { noteFirst, tunnelOf } from './tunnels.ts';
