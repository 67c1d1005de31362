/** `npm start`: runs everything on one machine, see `stack.ts`. `prestart` (`build.ts`) has built the service before. */
import { join } from 'node:path';
import { runStack } from './run-stack.ts';

process.exit(await runStack(join(import.meta.dirname, '..', 'dist', 'main.js')));
