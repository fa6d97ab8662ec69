/** What every thread starts as: it waits to be told which program to run, and on what. */
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';
import type { ThreadOrder } from './thread.ts';

const require = createRequire(import.meta.url);
parentPort?.once('message', ({ program, task }: ThreadOrder) => require(`./${program}.js`).run(task));
