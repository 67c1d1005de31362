/**
 * Asks whose session it is, and shows the views. It is asked for again when its time is over: what is no session any more
 * ends it (`api/client.ts`), whatever the clock of this machine says.
 */
import { Center, Loader } from '@mantine/core';
import { QueryClientProvider, useQuery, useQueryClient } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { readSessionOptions } from '../api/generated/@tanstack/react-query.gen';
import type { Session } from '../api/generated/types.gen';
import { makeQueryClient } from '../api/query-client';
import { serviceNow } from '../api/service-clock';
import { ProblemNotice } from '../pieces/problem-notice';
import { makeRouter } from '../router';
import { ActorContext } from './actor';

const SOONEST_MS = 5_000;
const LATEST_MS = 24 * 3_600_000;

export function SignedIn(): ReactElement {
  const [queryClient] = useState(() => {
    const made = makeQueryClient();
    // What the first view waits for is asked first. Who shows it says what went wrong.
    void Promise.allSettled([made.query(sessionQuery())]);
    return made;
  });
  return (
    <QueryClientProvider client={queryClient}>
      <Views />
    </QueryClientProvider>
  );
}

function Views(): ReactElement {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [router] = useState(() => {
    const made = makeRouter(queryClient);
    // The view is fetched while the service is asked whose session this is.
    void made.load();
    return made;
  });
  const session = useQuery({
    ...sessionQuery(),
    refetchInterval: ({ state }) => untilEndMs(state.data),
    refetchIntervalInBackground: true,
  });
  if (session.data) {
    return (
      <ActorContext value={session.data}>
        <RouterProvider router={router} />
      </ActorContext>
    );
  }
  return (
    <Center component="main" mih="100vh" p="md">
      {session.error ? (
        <ProblemNotice error={session.error} onRetry={() => void session.refetch()} />
      ) : (
        <Loader aria-label={t('state.loading')} />
      )}
    </Center>
  );
}

function sessionQuery() {
  return { ...readSessionOptions(), staleTime: Infinity };
}

/** @returns false for a session without an end. */
function untilEndMs(session: Session | undefined): number | false {
  const end = session?.expires_at ?? null;
  if (end === null) return false;
  const left = new Date(end).getTime() - serviceNow() + 500;
  return Math.min(Math.max(left, SOONEST_MS), LATEST_MS);
}
