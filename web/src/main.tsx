/** The entry: takes a token out of the address first, looks for a session, then shows the page. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { setUpClient } from './api/client';
import { Page } from './page';
import { credential, watchForIdleness } from './session/session';
import { resumeSession, takeFaultFromAddress } from './session/sign-in-ways';
import { takeTokenFromAddress } from './session/token-from-address';
import { setStyleNonce } from './style-nonce';
import { setUpTexts } from './texts/texts';
import './styles';

takeTokenFromAddress();
takeFaultFromAddress();
setStyleNonce();
setUpClient();
watchForIdleness();
// What is most likely shown is fetched while the service is asked who this is.
if (credential() === null) void import('./session/sign-in');
await Promise.all([setUpTexts(), resumeSession()]);

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element #root');
createRoot(root).render(
  <StrictMode>
    <Page />
  </StrictMode>,
);
