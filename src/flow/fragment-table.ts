/**
 * IP fragments between pairs of addresses: how many datagrams were sent in pieces, and of how many all
 * pieces were seen. Nothing is reassembled; the bytes of a datagram are added up.
 */
import { finish, mix } from './hash.ts';
import { KeyTable } from './key-table.ts';

export enum FragmentField {
  /** First fragments, and later ones. */
  First,
  Later,
  /** Datagrams whose pieces were all seen. */
  Whole,
  FirstFrame,
  /** Largest whole datagram, in bytes with its IP header. */
  LargestWhole,
  /** VNI of the first fragment's tunnel, -1 where it is none. */
  Vni,
}

const FIELDS = 6;
const LIMIT = 1 << 12;
/** Datagrams followed at a time; an older one that shares a slot is given up as incomplete. */
const OPEN = 1 << 11;
/** Fragments of a datagram whose offsets are remembered, so that one seen twice counts once. */
const OFFSETS = 8;
const OPEN_WORDS = 4 + OFFSETS;

export class FragmentTable {
  /** Key: IP version, source, destination. */
  readonly table = new KeyTable(LIMIT);
  numbers = new Float64Array(16 * FIELDS);
  /** Per datagram: pair + 1, identification, bytes seen, bytes in all (0 until the last fragment tells), offsets + 1. */
  private readonly open = new Int32Array(OPEN * OPEN_WORDS);

  get count(): number {
    return this.table.count;
  }

  /**
   * Notes one fragment: `offset` and `length` of its payload in bytes, `more` when others follow it.
   * `vni` is that of the tunnel the first fragment opens.
   */
  add(
    ipVersion: number,
    source: number,
    destination: number,
    identification: number,
    offset: number,
    length: number,
    more: boolean,
    vni: number,
    frame: number,
  ): void {
    const pair = this.table.add(ipVersion, source, destination, 0, 0);
    if (pair < 0) return;
    if ((pair + 1) * FIELDS > this.numbers.length) {
      const grown = new Float64Array(this.numbers.length * 2);
      grown.set(this.numbers);
      this.numbers = grown;
    }
    const { numbers, open } = this;
    const at = pair * FIELDS;
    if (numbers[at + FragmentField.FirstFrame] === 0) {
      numbers[at + FragmentField.FirstFrame] = frame;
      numbers[at + FragmentField.Vni] = -1;
    }
    numbers[at + (offset === 0 ? FragmentField.First : FragmentField.Later)]++;
    if (vni >= 0) numbers[at + FragmentField.Vni] = vni;
    const slot = (finish(mix(mix(7, pair), identification)) & (OPEN - 1)) * OPEN_WORDS;
    if (open[slot] !== pair + 1 || open[slot + 1] !== identification) {
      open.fill(0, slot, slot + OPEN_WORDS);
      open[slot] = pair + 1;
      open[slot + 1] = identification;
    }
    for (let i = slot + 4; i < slot + OPEN_WORDS; i++) {
      if (open[i] === offset + 1) return;
      if (open[i] !== 0) continue;
      open[i] = offset + 1;
      break;
    }
    open[slot + 2] += length;
    if (!more) open[slot + 3] = offset + length;
    if (open[slot + 3] !== 0 && open[slot + 2] >= open[slot + 3]) {
      numbers[at + FragmentField.Whole]++;
      const size = open[slot + 3] + (ipVersion === 4 ? 20 : 40);
      if (size > numbers[at + FragmentField.LargestWhole]) numbers[at + FragmentField.LargestWhole] = size;
      open.fill(0, slot, slot + OPEN_WORDS);
    }
  }

  field(pair: number, field: FragmentField): number {
    return this.numbers[pair * FIELDS + field];
  }
}
