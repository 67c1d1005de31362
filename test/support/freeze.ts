/** Servers that stand still. Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

const STOPPED_WITHIN_MS = 10_000;

/**
 * Freezes a server and its children, as when its host stands still: connections stay, also new ones are taken by the
 * system, and nothing is answered.
 */
export function freeze(pid: number): { thaw: () => void } {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1] === String(pid);
      } catch {
        return false;
      }
    })
    .map(Number);
  const all = [pid, ...children];
  for (const one of all) process.kill(one, 'SIGSTOP');
  // A thread that runs on another core stops a little later, and may answer meanwhile.
  const deadline = performance.now() + STOPPED_WITHIN_MS;
  while (!all.every(standsStill)) {
    if (performance.now() > deadline) throw new Error(`processes ${all.join(', ')} do not stand still`);
  }
  return {
    thaw: () => {
      for (const one of all) {
        try {
          process.kill(one, 'SIGCONT');
        } catch {
          // It has ended.
        }
      }
    },
  };
}

/** Whether each of its threads is stopped. */
function standsStill(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).every((thread) => {
    try {
      return readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8').split(') ').at(-1)?.[0] === 'T';
    } catch {
      // It has ended.
      return true;
    }
  });
}
