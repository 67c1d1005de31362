/** On to the identity provider, and back to the very address that is open now. */
import { Button, Divider } from '@mantine/core';
import { IconLogin2 } from '@tabler/icons-react';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { SignIn } from '../api/generated/types.gen';

export function IssuerButton({ issuer }: { issuer: NonNullable<SignIn['oidc']> }): ReactElement {
  const { t } = useTranslation();
  const [leaving, setLeaving] = useState(false);
  const { pathname, search } = window.location;
  return (
    <>
      <Button
        component="a"
        href={`${issuer.start_url}?${new URLSearchParams({ return_to: pathname + search }).toString()}`}
        size="md"
        fullWidth
        // The host of an issuer may be longer than a phone is wide.
        h="auto"
        mih={42}
        py={8}
        styles={{ label: { whiteSpace: 'normal', overflowWrap: 'anywhere', lineHeight: 1.3 } }}
        autoFocus
        leftSection={<IconLogin2 size={18} />}
        loading={leaving}
        onClick={() => {
          setLeaving(true);
        }}
      >
        {t('signIn.withIssuer', { host: issuer.host })}
      </Button>
      <Divider label={t('signIn.or')} />
    </>
  );
}
