/** The entry: takes a token out of the address first, then shows the page. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { setUpClient } from './api/client';
import { Page } from './page';
import { watchForIdleness } from './session/session';
import { takeTokenFromAddress } from './session/token-from-address';
import { setStyleNonce } from './style-nonce';
import { setUpTexts } from './texts/texts';
import './styles';

takeTokenFromAddress();
setStyleNonce();
setUpClient();
watchForIdleness();
await setUpTexts();

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element #root');
createRoot(root).render(
  <StrictMode>
    <Page />
  </StrictMode>,
);
