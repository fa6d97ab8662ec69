/**
 * What the observers need of an ordinary packet: the key of its flow, and hashes; a row of words for each
 * packet, small enough for a whole batch of rows to be handed to another thread. Of a DNS message, which is none,
 * it tells the flow only.
 *
 * It says the same as `EchoPacket` says of a packet that was decoded in full, and is put together from the same
 * texts: one function without a branch but one, for it is done for every packet, and requests and replies come
 * in no order that a processor could foresee.
 */
import { glanceFunction, Ordinary } from '../decode/glance.ts';
import { Tunnel } from '../decode/packet.ts';
import { finishText, sumText } from './hash.ts';
import { identityText, vniText } from './identity.ts';
import { Protocol } from './observations.ts';
import { wayText } from './way.ts';

/** Words of a row, by position. Of a frame that is not ordinary only `Kind` and `FlowHash` are told. */
export enum Digest {
  /** An `Ordinary`. */
  Kind,
  Vni,
  /** Length of the outer IP packet in bytes. */
  OuterLength,
  /** Hash of its flow's key; 0 when that is not known. */
  FlowHash,

  // of an echo: the rest of its flow's key, the same for requests and replies
  Source,
  Destination,
  /** Identifier << 16 | sequence number. */
  IdSequence,
  /** Length of the inner IP packet in bytes. */
  Size,
  /** Tells a repeated packet from a new one with the same number; see `Glance`. */
  Fingerprint,
  /** The packet's identity: its first hash, and the second with the VNI in it. */
  Low,
  Local,
  /** The way it came; see `wayOf`. */
  Way,
}

/** Words of a row of TCP, in the places of an echo's: the rest of the tunnel direction's key, and its hash. */
export enum TcpDigest {
  Port = 4,
  OuterSource,
  OuterDestination,
  TunnelHash,
}

/** Words of a row. */
export const ROW_WORDS = 12;

/** First word of a tunnel direction's key, without its port: VXLAN over IPv4. */
export const VXLAN_OVER_IPV4 = (Tunnel.Vxlan << 24) | (4 << 16);

type Words = readonly (readonly [position: Digest | TcpDigest, value: string])[];

const assignments = (words: Words): string =>
  words.map(([position, value]) => `rows[row + ${position}] = ${value};`).join('\n      ');

const identity = identityText({
  fingerprint: 'fingerprint',
  idSequence: 'idSequence',
  isReply: 'isReply',
  from: 'innerSource',
  to: 'innerDestination',
});

const EVERY: Words = [
  [Digest.Kind, 'kind'],
  [Digest.Vni, 'vni'],
  [Digest.OuterLength, 'outerLength'],
];

const TCP: Words = [
  [TcpDigest.Port, 'port'],
  [TcpDigest.OuterSource, 'outerSource'],
  [TcpDigest.OuterDestination, 'outerDestination'],
  [
    TcpDigest.TunnelHash,
    finishText(sumText(`${VXLAN_OVER_IPV4} | port`, 'vni', 'outerSource', 'outerDestination', '0')),
  ],
];

const flow = (...key: string[]): readonly [Digest, string] => [Digest.FlowHash, finishText(sumText(...key))];

const ECHO: Words = [
  [Digest.Source, 'source'],
  [Digest.Destination, 'destination'],
  [Digest.IdSequence, 'idSequence'],
  flow(`${Protocol.Echo}`, 'vni', 'source', 'destination', 'idSequence >>> 16'),
  [Digest.Size, 'innerLength'],
  [Digest.Fingerprint, 'fingerprint'],
  [Digest.Low, identity.low],
  [Digest.Local, `${identity.high} ^ ${vniText('vni')}`],
  [
    Digest.Way,
    wayText(
      ['macs0', 'macs1', 'macs2', 'hops', `${(Tunnel.Vxlan << 5) ^ 1}`],
      ['outerSource', 'outerDestination', 'port', 'vni', 'channel'],
    ),
  ],
];

/**
 * Glances at a frame that came by interface `channel`. Of an ordinary packet it makes the row that begins at
 * `rows[row]` and returns true; otherwise it returns false, and `FlowHash` is all that it may have written.
 */
export const digest = glanceFunction<[rows: Int32Array, row: number, channel: number]>({
  parameters: ['rows', 'row', 'channel'],
  tcp: `let h = 0;
      ${assignments([...EVERY, ...TCP])}`,
  echo: `const isReply = ${Ordinary.EchoRequest} - kind;
      const swapped = (innerSource ^ innerDestination) & isReply;
      const source = innerSource ^ swapped;
      const destination = innerDestination ^ swapped;
      let h = 0;
      ${assignments([...EVERY, ...ECHO])}`,
  dns: `let h = 0;
      const client = isResponse ? innerDestination : innerSource;
      const server = isResponse ? innerSource : innerDestination;
      ${assignments([flow(`${Protocol.Dns}`, 'vni', 'client', 'server', 'serverPort')])}`,
});
