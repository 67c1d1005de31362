/** Servers that stand still. Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

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
