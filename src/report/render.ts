/** Every renderer by the name of its format. A program that needs one of them can import that file alone. */
import { renderHtml } from './html.ts';
import { renderJson } from './json.ts';
import { renderMarkdown } from './markdown.ts';
import type { Report } from './model.ts';
import type { Renderer, RenderOptions, ReportFormat } from './options.ts';
import { renderText } from './text.ts';

const RENDERERS: Readonly<Record<ReportFormat, Renderer>> = {
  text: renderText,
  json: renderJson,
  markdown: renderMarkdown,
  html: renderHtml,
};

/** Returns the report in a format, in pieces of about 64 KiB that follow one another. */
export function render(format: ReportFormat, report: Report, options: RenderOptions): Iterable<string> {
  return RENDERERS[format](report, options);
}
