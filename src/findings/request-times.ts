/** Requests of a flow by where they were addressed to at one capture, where that changed in the course of it. */
import { type Exception, ExceptionIndex, isNumbered } from '../flow/exceptions.ts';
import { FlowFlag, recordAt, Word } from '../flow/flow-table.ts';
import { type LinkPeriod, linkPeriods } from '../flow/link.ts';
import type { Sighting } from '../flow/sighting.ts';
import { lastMoment, type Vantage } from '../flow/vantage.ts';

/** What a flow sent to one MAC. */
export interface RequestTime {
  /** Destination MAC, null where the link type has none; then times differ in their Linux packet type. */
  destination: string | null;
  packetType: number;
  /** The first frame, and the first behind it that was addressed otherwise; infinite when none was. */
  from: number;
  until: number;
  requests: number;
  /** Those that were not answered at that capture and have waited long enough, in their order. */
  unanswered: Exception[];
  /** None of the requests was answered. */
  isSilent: boolean;
}

const NO_TIMES: readonly RequestTime[] = [];

export class RequestTimes {
  private readonly indexes = new Map<Vantage, ExceptionIndex>();
  private readonly timeout: number;

  constructor(replyTimeoutSeconds: number) {
    this.timeout = replyTimeoutSeconds * 1e9;
  }

  /**
   * The times of a flow at one capture, oldest first. Empty when all was addressed alike, and when the capture
   * shows the same packet at several devices: which of them the last one is, it does not tell.
   */
  of(sighting: Sighting): readonly RequestTime[] {
    if (sighting.word(Word.LinkChanges) === 0) return NO_TIMES;
    if (areAddressedAlike(sighting)) return NO_TIMES;
    const periods = linkPeriods(sighting);
    if (periods.some(({ requests }) => requests <= 0)) return NO_TIMES;
    const grouped = new Map<string, LinkPeriod[]>();
    for (const period of periods) {
      const key = period.destination ?? `${period.packetType}`;
      grouped.set(key, [...(grouped.get(key) ?? []), period]);
    }
    if (grouped.size < 2) return NO_TIMES;
    const waiting = this.waiting(sighting);
    const forgotten = sighting.word(Word.Forgotten);
    const end = lastMoment(sighting.vantage);
    return [...grouped.values()].map((own) => {
      const [{ destination, packetType, from, until }] = own;
      const requests = own.reduce((sum, period) => sum + period.requests, 0);
      const silent = waiting.filter(({ frame }) => own.some((period) => frame >= period.from && frame < period.until));
      const unanswered = silent.filter(({ time }) => !(end - time < this.timeout));
      return {
        ...{ destination, packetType, from, until, requests, unanswered },
        isSilent: silent.length + forgotten >= requests,
      };
    });
  }

  /** The destination MAC and the frame of an exchange at another capture, while it waited for its reply there; null when unknown. */
  elsewhere(sighting: Sighting, key: number): { destination: string; frame: number } | null {
    const exception = this.waiting(sighting).find((one) => one.key === key);
    if (exception === undefined) return null;
    const { frame } = exception;
    const period = linkPeriods(sighting).find(({ from, until }) => frame >= from && frame < until);
    return period?.destination == null ? null : { destination: period.destination, frame };
  }

  /**
   * The requests that were not answered between two times, `from` and `until`, and those beside them in an unbroken
   * row, behind `after` and ahead of `before`; all in milliseconds since 1970. Empty when one of them was answered,
   * and where the flow's requests have no running number that would tell.
   */
  silence(sighting: Sighting, span: { after: number; from: number; until: number; before: number }): Exception[] {
    if (!isNumbered(sighting.protocol)) return [];
    const { after, from, until, before } = span;
    const { observations } = sighting.vantage;
    const end = lastMoment(sighting.vantage);
    const when = ({ time }: Exception): number => observations.epochSeconds * 1000 + time / 1e6;
    const near = this.waiting(sighting).filter(
      (one) => when(one) > after && when(one) < before && !(end - one.time < this.timeout),
    );
    const isSure = (one: Exception): boolean => when(one) >= from && when(one) <= until;
    let start = near.findIndex(isSure);
    let stop = near.findLastIndex(isSure);
    if (start < 0) return [];
    const isNext = (index: number): boolean => near[index]?.key + 1 === near[index + 1]?.key;
    for (let index = start; index < stop; index++) if (!isNext(index)) return [];
    while (isNext(start - 1)) start--;
    while (isNext(stop)) stop++;
    return near.slice(start, stop + 1);
  }

  /** The requests that still wait, in the order of their frames. */
  private waiting(sighting: Sighting): Exception[] {
    const { vantage } = sighting;
    let index = this.indexes.get(vantage);
    if (index === undefined) {
      index = new ExceptionIndex(vantage);
      this.indexes.set(vantage, index);
    }
    return index.waiting(sighting).sort((a, b) => a.frame - b.frame);
  }
}

/** True when requests came another way than the newest did, but always for the same MAC. */
function areAddressedAlike({ vantage, flow }: Sighting): boolean {
  const { flows, linkChanges } = vantage.observations;
  const { words } = flows;
  const record = recordAt(flow);
  const hadMacs = (words[record + Word.Flags] & FlowFlag.RequestMac) !== 0;
  const high = words[record + Word.RequestMacHigh] & 0xffff;
  const low = words[record + Word.RequestDestinationLow];
  const type = ((words[record + Word.TimesToLive] >>> 16) & 0xff) - 1;
  for (const { hasMacs, macHigh, destinationLow, packetType } of linkChanges.list(words[record + Word.LinkChanges])) {
    if (hasMacs !== hadMacs) return false;
    if (hasMacs ? (macHigh & 0xffff) !== high || destinationLow !== low : packetType !== type) return false;
  }
  return true;
}
