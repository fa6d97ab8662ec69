#!/usr/bin/env node
/** What the command starts: it runs the command line as an earlier run compiled it. */
import { fileURLToPath } from 'node:url';
import { CompiledCode } from './compiled-code.ts';

const code = new CompiledCode(fileURLToPath(new URL('.', import.meta.url)));
process.once('exit', () => code.save());
code.require('./command-line.js');
