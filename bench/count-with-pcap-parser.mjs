/** Counts the packets of a pcap file with the npm package pcap-parser: a peer to measure against. */
import { createRequire } from 'node:module';

const { parse } = createRequire(import.meta.url)('pcap-parser');
let packets = 0;
parse(process.argv[2])
  .on('packet', () => {
    packets++;
  })
  .on('end', () => process.stdout.write(`${packets}\n`));
