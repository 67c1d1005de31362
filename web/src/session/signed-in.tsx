/** Asks whom the token speaks for, and shows the views. A token that is none ends the session (`api/client.ts`). */
import { Center, Loader } from '@mantine/core';
import { QueryClientProvider, useQuery } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { readSessionOptions } from '../api/generated/@tanstack/react-query.gen';
import { makeQueryClient } from '../api/query-client';
import { ProblemNotice } from '../pieces/problem-notice';
import { makeRouter } from '../router';
import { ActorContext } from './actor';

export function SignedIn(): ReactElement {
  const [queryClient] = useState(makeQueryClient);
  return (
    <QueryClientProvider client={queryClient}>
      <Views />
    </QueryClientProvider>
  );
}

function Views(): ReactElement {
  const { t } = useTranslation();
  const [router] = useState(makeRouter);
  const session = useQuery({ ...readSessionOptions(), staleTime: Infinity });
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
