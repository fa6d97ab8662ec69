/** The points of a sample as plain values. */
import { POINT_WORDS, Point, type Trajectory, type TrajectoryPoint } from '../../src/flow/trajectory.ts';

export function pointsOf({ count, words, times }: Trajectory): TrajectoryPoint[] {
  return Array.from({ length: count }, (_, index) => {
    const at = index * POINT_WORDS;
    return {
      low: words[at + Point.Low],
      high: words[at + Point.High],
      flow: words[at + Point.Flow],
      reply: words[at + Point.IsReply] === 1,
      sequence: words[at + Point.Sequence],
      frame: words[at + Point.Frame],
      time: times[index],
    };
  });
}
