/** What can be done with one webhook, at the head of its view. */
import { useDisclosure } from '@mantine/hooks';
import { IconBan, IconPencil, IconPlayerPause, IconPlayerPlay, IconTrash } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Webhook } from '../../api/generated/types.gen';
import { ChangeButton } from '../../pieces/change-button';
import { DeleteWebhook } from './delete-webhook';
import { EnableWebhook } from './enable-webhook';
import { useSwitch } from './use-switch';

export function WebhookActions({ webhook }: { webhook: Webhook }): ReactElement {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const setEnabled = useSwitch(webhook, 'enabled');
  const [deleting, { open, close }] = useDisclosure(false);
  const [enabling, enable] = useDisclosure(false);
  const setPaused = useSwitch(webhook, 'paused');
  const { id, enabled, paused } = webhook;
  return (
    <>
      {enabled && (
        <ChangeButton
          variant="default"
          leftSection={paused ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />}
          loading={setPaused.isPending}
          onClick={() => {
            setPaused.mutate(!paused);
          }}
        >
          {t(paused ? 'action.resume' : 'action.pause')}
        </ChangeButton>
      )}
      <ChangeButton
        variant="default"
        leftSection={enabled ? <IconBan size={16} /> : <IconPlayerPlay size={16} />}
        loading={setEnabled.isPending}
        onClick={() => {
          if (enabled) setEnabled.mutate(false);
          else enable.open();
        }}
      >
        {t(enabled ? 'action.disable' : 'action.enable')}
      </ChangeButton>
      <ChangeButton variant="default" leftSection={<IconTrash size={16} />} onClick={open}>
        {t('action.delete')}
      </ChangeButton>
      <ChangeButton
        leftSection={<IconPencil size={16} />}
        onClick={() => void navigate({ to: '/webhooks/$id/edit', params: { id } })}
      >
        {t('action.edit')}
      </ChangeButton>
      {enabling && <EnableWebhook webhook={webhook} onClose={enable.close} />}
      {deleting && <DeleteWebhook webhook={webhook} onClose={close} />}
    </>
  );
}
