/** Which UDP destination ports carry which encapsulation: a table of one byte a port. */
import { GENEVE_PORT } from '../wire/geneve.ts';
import { VXLAN_GPE_PORT, VXLAN_PORT, VXLAN_PORT_LINUX } from '../wire/vxlan.ts';

/** 0 stands for a port that carries none of these as far as anybody said. */
export enum PortUse {
  Vxlan = 1,
  VxlanGpe,
  Geneve,
  Dns,
}

export type PortTable = Uint8Array;

const DNS_PORT = 53;

/** The standard ports, and `vxlanPorts` that the user named. Source: RFC 7348, RFC 8926, Linux' `vxlan.udp_port`. */
export function portTable(vxlanPorts: Iterable<number> = []): PortTable {
  const table = new Uint8Array(65536);
  table[VXLAN_PORT] = PortUse.Vxlan;
  table[VXLAN_PORT_LINUX] = PortUse.Vxlan;
  table[VXLAN_GPE_PORT] = PortUse.VxlanGpe;
  table[GENEVE_PORT] = PortUse.Geneve;
  table[DNS_PORT] = PortUse.Dns;
  for (const port of vxlanPorts) table[port] = PortUse.Vxlan;
  return table;
}
