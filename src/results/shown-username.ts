/** How a result shows a user name, by the setting `RESULTS_USERNAME`. Pure. */
import { hash } from 'node:crypto';
import type { ResultsSettings } from './results.settings.ts';

export function shownUsername(as: ResultsSettings['RESULTS_USERNAME']): (username: string) => string | null {
  switch (as) {
    case 'plain':
      return (username) => username;
    case 'hashed':
      return (username) => hash('sha256', username);
    case 'omitted':
      return () => null;
  }
}
