/** A plot as SVG: time per packet and memory over the length of the capture. */

interface Point {
  packets: number;
  seconds: number;
  megabytes: number;
}

const WIDTH = 640;
const HEIGHT = 320;
const MARGIN = 60;

/** Two lines over the number of packets: nanoseconds per packet on the left axis, megabytes on the right. */
export function growthPlot(points: readonly Point[]): string {
  const longest = Math.max(...points.map(({ packets }) => packets));
  const nanoseconds = points.map(({ packets, seconds }) => (seconds * 1e9) / packets);
  const memory = points.map(({ megabytes }) => megabytes);
  const x = (packets: number): number => MARGIN + ((WIDTH - 2 * MARGIN) * packets) / longest;
  const y = (value: number, most: number): number => HEIGHT - MARGIN - ((HEIGHT - 2 * MARGIN) * value) / most;
  const line = (values: readonly number[], color: string): string => {
    const most = Math.max(...values) * 1.2;
    const path = points.map(({ packets }, i) => `${x(packets).toFixed(1)},${y(values[i], most).toFixed(1)}`).join(' ');
    return `<polyline fill="none" stroke="${color}" stroke-width="2" points="${path}"/>`;
  };
  const label = (at: number, top: number, color: string, text: string): string =>
    `<text x="${at}" y="${top}" fill="${color}" font-family="sans-serif" font-size="13">${text}</text>`;
  const ticks = points.map(({ packets }) =>
    label(x(packets) - 12, HEIGHT - MARGIN + 20, '#555', `${(packets / 1e6).toFixed(1)} M`),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<path d="M${MARGIN} ${MARGIN}V${HEIGHT - MARGIN}H${WIDTH - MARGIN}V${MARGIN}" fill="none" stroke="#999"/>`,
    line(nanoseconds, '#1f5fbf'),
    line(memory, '#b34700'),
    label(MARGIN, MARGIN - 12, '#1f5fbf', `ns per packet, up to ${(Math.max(...nanoseconds) * 1.2).toFixed(0)}`),
    label(WIDTH - MARGIN - 170, MARGIN - 12, '#b34700', `MB resident, up to ${(Math.max(...memory) * 1.2).toFixed(0)}`),
    ...ticks,
    '</svg>',
    '',
  ].join('\n');
}
