/** What the program calls. */
export { glance } from './glance.ts';
export { observe } from './observe.ts';
export { settle } from './settle.ts';
