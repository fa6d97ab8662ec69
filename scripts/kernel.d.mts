import type { Plugin as EsbuildPlugin } from 'esbuild';
import type { Plugin as VitePlugin } from 'vitest/node';

export function bundledKernel(): EsbuildPlugin;
export function importedKernel(): VitePlugin;
