/** `npm start`: everything on one machine, see `stack.ts`. The build has run before (`prestart`). */
import { join } from 'node:path';
import { runStack } from './run-stack.ts';

process.exit(await runStack(join(import.meta.dirname, '..', 'dist', 'main.js')));
