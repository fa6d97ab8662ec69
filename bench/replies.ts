/** Replies that are to come, the earliest first: a binary heap. */
export interface Reply {
  time: number;
  sent: number;
  flow: number;
  sequence: number;
}

export class Replies {
  private readonly heap: Reply[] = [];

  /** Time of the earliest; infinite when there is none. */
  get next(): number {
    return this.heap.length === 0 ? Number.POSITIVE_INFINITY : this.heap[0].time;
  }

  push(reply: Reply): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(reply);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent].time <= reply.time) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = reply;
  }

  /** Takes the earliest. There must be one. */
  pop(): Reply {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1].time < heap[child].time) child++;
      if (heap[child].time >= last.time) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
