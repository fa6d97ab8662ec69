/** What every renderer is given and what it returns. */
import type { Report } from './model.ts';

export type ReportFormat = 'text' | 'json' | 'markdown' | 'html';

export interface RenderOptions {
  /** Colour the text with SGR codes. Only the text renderer looks at it. */
  color: boolean;
  /** Columns of the terminal. Only the text renderer looks at it. */
  width: number;
}

/** Returns the report in pieces of about 64 KiB, to be written one after the other. */
export type Renderer = (report: Report, options: RenderOptions) => Iterable<string>;
