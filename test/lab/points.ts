import type { CapturePoint } from './tcpdump.ts';

export const WORKER_BR_INT: CapturePoint = {
  label: 'worker-br-int',
  namespace: 'worker',
  interface: 'br-int',
  precision: 'micro',
};
export const WORKER_ENS3: CapturePoint = {
  label: 'worker-ens3',
  namespace: 'worker',
  interface: 'ens3',
  precision: 'micro',
};
export const PODVM_ENS2: CapturePoint = {
  label: 'podvm-ens2',
  namespace: 'podvm',
  interface: 'ens2',
  precision: 'nano',
};
export const PODVM_VXLAN0: CapturePoint = {
  label: 'podvm-vxlan0',
  namespace: 'podns',
  interface: 'vxlan0',
  precision: 'nano',
};

/** Where the case was captured: the worker's bridge, both ends of the wire, the pod VM's tunnel device. */
export const POINTS: readonly CapturePoint[] = [WORKER_BR_INT, WORKER_ENS3, PODVM_ENS2, PODVM_VXLAN0];
