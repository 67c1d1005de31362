/** How answers are kept: what a caller did wrong is not asked again; what failed on the way is, twice. */
import { QueryClient } from '@tanstack/react-query';
import { ProblemError } from './problem';

const TRIES = 2;

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        networkMode: 'always',
        retry: (count, error) => count < TRIES && isTransient(error),
      },
      mutations: { networkMode: 'always', retry: false },
    },
  });
}

function isTransient(error: unknown): boolean {
  return !(error instanceof ProblemError) || error.status === null || error.status >= 502;
}
