/** What is told every `--interval`: the sources, and the tunnels and flows of the sliding memory. */
import type { SourceSummary, UntimedEvent } from './events.ts';
import type { Judgement } from './judgement.ts';

const MOST_FLOWS = 100;

export function flowSummary(sources: SourceSummary[], { recent, active }: Judgement): UntimedEvent {
  const flows = recent?.flows ?? [];
  return {
    event: 'flow-summary',
    sources,
    tunnels: recent?.tunnels ?? [],
    flows: flows.slice(0, MOST_FLOWS),
    flowsNotListed: Math.max(0, flows.length - MOST_FLOWS) + (recent?.flowsSummarised?.flows ?? 0),
    activeFindings: active.length,
  };
}
