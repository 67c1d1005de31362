/** Everything around the views: the look, the session, the data, the router. */
import { MantineProvider } from '@mantine/core';
import { lazy, Suspense, type ReactElement } from 'react';
import { Notes } from './pieces/notify';
import { SignedIn } from './session/signed-in';
import { useSessionState } from './session/session';
import { styleNonce } from './style-nonce';
import { cssVariables, theme } from './theme';

const SignIn = lazy(async () => ({ default: (await import('./session/sign-in')).SignIn }));

export function Page(): ReactElement {
  const { credential, end } = useSessionState();
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={styleNonce}
    >
      <Notes />
      {/* By its key, each session begins anew: nothing that one person has read is shown to the next. */}
      <Suspense>
        {credential === null ? (
          <SignIn end={end} />
        ) : (
          <SignedIn key={credential === 'cookie' ? credential : credential.token} />
        )}
      </Suspense>
    </MantineProvider>
  );
}
