import { POD_OVERLAY, POD_OVERLAY_V6, WORKER_OVERLAY } from '../topology.ts';
import type { Traffic } from '../traffic.ts';
import { POD_VM_UNDERLAY } from '../underlay.ts';

const BRISK = '-i 0.3 -W 1';

/** Pings from the worker to the pod through the tunnel. */
export function pingPod(count: number, options = BRISK): Traffic {
  return { namespace: 'worker', command: `ping -c ${count} ${options} ${POD_OVERLAY}` };
}

export function pingPodV6(count: number, options = BRISK): Traffic {
  return { namespace: 'worker', command: `ping -6 -c ${count} ${options} ${POD_OVERLAY_V6}` };
}

/** Pings from the pod to the worker through the tunnel. */
export function pingWorker(count: number, options = BRISK): Traffic {
  return { namespace: 'podns', command: `ping -c ${count} ${options} ${WORKER_OVERLAY}` };
}

/** Pings beside the tunnel, from one VM to the other: what else there is on the wire. */
export function pingPodVm(count: number, options = BRISK): Traffic {
  return { namespace: 'worker', command: `ping -c ${count} ${options} ${POD_VM_UNDERLAY}` };
}
