/** One thing that is wrong with the network: what it is, the frames that prove it, and what to do. */

export type FindingCode =
  | 'inner-destination-mac-mismatch'
  | 'unanswered-echo'
  | 'unanswered-arp'
  | 'unanswered-neighbor-solicitation'
  | 'unanswered-syn'
  | 'unanswered-dns'
  | 'duplicate-address'
  | 'lost-in-underlay'
  | 'not-decapsulated'
  | 'vni-mismatch'
  | 'vxlan-port-mismatch'
  | 'bad-outer-checksum'
  | 'mtu-black-hole'
  | 'encapsulation-missing'
  | 'reserved-bits'
  | 'asymmetric-endpoints'
  | 'multiple-remotes'
  | 'mac-flapping'
  | 'late-reply'
  | 'duplicate-packets'
  | 'icmp-error'
  | 'connection-reset'
  | 'cross-vni-reply'
  | 'capture-incomplete';

export type Severity = 'error' | 'warning' | 'info';
export type Confidence = 'certain' | 'likely' | 'possible';

export interface Evidence {
  /** Label of the capture. */
  capture: string;
  /** Frame number, from 1, as in Wireshark; null when the evidence is the capture as a whole. */
  frame: number | null;
  note: string;
}

/** One thing to do: a sentence, and the exact command where there is one. */
export interface Remedy {
  text: string;
  command: string | null;
  /** Where the command is to be run; null when anywhere. */
  host: string | null;
}

export interface Finding {
  code: FindingCode;
  severity: Severity;
  confidence: Confidence;
  /** A headline without a full stop. */
  title: string;
  explanation: string;
  /** What the finding is about; keys depend on the code and are documented in docs/report.md. */
  subject: Record<string, string | number | boolean | null>;
  evidence: Evidence[];
  remedy: Remedy[];
  /** Codes of the findings that explain this one; empty for a principal cause. */
  causes: FindingCode[];
}
