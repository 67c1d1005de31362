/**
 * The way in: at the identity provider, where the service has one, or with a token. A token is tried before it becomes a
 * session, so that a wrong one is said where it was typed.
 */
import '../styles-of-forms';
import { Alert, Box, Button, Center, Group, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react';
import { use, useEffect, useState, type SyntheticEvent, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { readSession } from '../api/generated/sdk.gen';
import { toProblemError, type ProblemError } from '../api/problem';
import { Brand } from '../layout/brand';
import { LanguageSwitch } from '../layout/language-switch';
import { ThemeSwitch } from '../layout/theme-switch';
import { useProblemText } from '../pieces/problem-notice';
import { IssuerButton } from './issuer-button';
import { beginSession, type SessionEnd } from './session';
import { signInFault, signInWays } from './sign-in-ways';

export function SignIn({ end }: { end: SessionEnd | null }): ReactElement {
  const { t } = useTranslation();
  const issuer = use(signInWays())?.oidc ?? null;
  useEffect(() => {
    document.title = `${t('signIn.title')} · User Webhooks`;
  }, [t]);
  return (
    <Center component="main" mih="100vh" p="md">
      <Stack w="100%" maw={420} gap="lg">
        <Brand size="lg" />
        <Paper p="xl">
          <Stack gap="md">
            <Box>
              <Title order={1} size="h3">
                {t('signIn.title')}
              </Title>
              <Text c="dimmed" mt={4}>
                {t(issuer ? 'signIn.leadIssuer' : 'signIn.lead')}
              </Text>
            </Box>
            <Why end={end} />
            {issuer && <IssuerButton issuer={issuer} />}
            <TokenForm besideIssuer={issuer !== null} />
          </Stack>
        </Paper>
        <Group justify="center" gap="xs">
          <LanguageSwitch />
          <ThemeSwitch />
        </Group>
      </Stack>
    </Center>
  );
}

/** Why there is no session any more, or none yet. */
function Why({ end }: { end: SessionEnd | null }): ReactElement | null {
  const { t } = useTranslation();
  const fault = signInFault();
  if (end !== null && end !== 'signed_out') {
    return (
      <Alert icon={<IconInfoCircle />} role="status">
        {t(`signIn.end.${end}`)}
      </Alert>
    );
  }
  if (end !== null || fault === null) return null;
  return (
    <Alert color="red" icon={<IconAlertTriangle />} role="alert" title={t('signIn.fault.title')}>
      {t(`signIn.fault.${fault}`)}
    </Alert>
  );
}

function TokenForm({ besideIssuer }: { besideIssuer: boolean }): ReactElement {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const [token, setToken] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    const given = token.trim();
    if (given === '') {
      setFault(t('signIn.empty'));
      return;
    }
    setBusy(true);
    const problem = await tryToken(given);
    setBusy(false);
    if (problem === null) beginSession({ token: given }, true);
    else setFault(problem.code === 'unauthorized' ? t('signIn.wrong') : problemText(problem).text);
  };

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="md">
        <PasswordInput
          label={t('signIn.token')}
          description={t('signIn.tokenHelp')}
          autoComplete="off"
          autoFocus={!besideIssuer}
          required
          withAsterisk={false}
          value={token}
          onChange={(event) => {
            setToken(event.currentTarget.value);
            setFault(null);
          }}
          error={fault}
          aria-invalid={fault !== null}
          visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
        />
        <Button
          type="submit"
          size="md"
          variant={besideIssuer ? 'default' : 'filled'}
          loading={busy}
          fullWidth
        >
          {t(besideIssuer ? 'signIn.submitToken' : 'signIn.submit')}
        </Button>
      </Stack>
    </form>
  );
}

/** @returns why it is none. */
async function tryToken(token: string): Promise<ProblemError | null> {
  try {
    await readSession({ auth: token, throwOnError: true });
    return null;
  } catch (error) {
    return toProblemError(error, undefined);
  }
}
