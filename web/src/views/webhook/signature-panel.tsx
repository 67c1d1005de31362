/** The signatures of a webhook: a new secret, code that checks one, and a check by hand with the signed text shown. */
import { Group, Paper, SimpleGrid, Stack, Text, Title, Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconRotate } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { rotateSigningSecret } from '../../api/generated/sdk.gen';
import type { Webhook } from '../../api/generated/types.gen';
import { ChangeButton } from '../../pieces/change-button';
import { Dialog } from '../../pieces/dialog';
import { ProblemNotice } from '../../pieces/problem-notice';
import { SecretShownOnce, Snippets } from './secret-shown-once';
import { VerifySignature } from './verify-signature';

export function SignaturePanel({ webhook }: { webhook: Webhook }): ReactElement {
  const { t } = useTranslation();
  const [asking, { open, close }] = useDisclosure(false);
  const [secret, setSecret] = useState<string | null>(null);
  const rotation = useMutation({
    mutationFn: async () =>
      (await rotateSigningSecret({ path: { id: webhook.id }, throwOnError: true })).data,
    onSuccess: ({ signing_secret }) => {
      close();
      setSecret(signing_secret);
    },
  });
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
      <VerifySignature />
      <Stack gap="lg">
        <Paper p="lg">
          <Title order={2} size="h4">
            {t('rotation.title')}
          </Title>
          <Text c="dimmed" size="sm" mt={4} mb="md">
            {t('rotation.lead')}
          </Text>
          <ChangeButton variant="default" leftSection={<IconRotate size={16} />} onClick={open}>
            {t('rotation.action')}
          </ChangeButton>
        </Paper>
        <Paper p="lg">
          <Snippets />
        </Paper>
      </Stack>
      {asking && (
        <Dialog onClose={close} title={t('rotation.title')}>
          <Stack>
            <Text>{t('rotation.ask')}</Text>
            {rotation.isError && <ProblemNotice error={rotation.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                {t('action.cancel')}
              </Button>
              <Button
                loading={rotation.isPending}
                onClick={() => {
                  rotation.mutate();
                }}
              >
                {t('rotation.action')}
              </Button>
            </Group>
          </Stack>
        </Dialog>
      )}
      {secret !== null && (
        <SecretShownOnce
          secret={secret}
          title={t('rotation.newSecret')}
          onDone={() => {
            setSecret(null);
          }}
        />
      )}
    </SimpleGrid>
  );
}
