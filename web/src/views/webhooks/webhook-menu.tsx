/** What can be done with one webhook of the list. */
import { ActionIcon, Menu, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconBan, IconDots, IconPencil, IconPlayerPlay, IconSend, IconTrash } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Webhook } from '../../api/generated/types.gen';
import { useMayChange } from '../../session/actor';
import { useSwitch } from '../webhook/use-switch';

const DeleteWebhook = lazy(async () => ({
  default: (await import('../webhook/delete-webhook')).DeleteWebhook,
}));

const EnableWebhook = lazy(async () => ({
  default: (await import('../webhook/enable-webhook')).EnableWebhook,
}));

export function WebhookMenu({ webhook }: { webhook: Webhook }): ReactElement {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const mayChange = useMayChange();
  const setEnabled = useSwitch(webhook, 'enabled');
  const [deleting, { open, close }] = useDisclosure(false);
  const [enabling, enable] = useDisclosure(false);
  const { id, url, enabled } = webhook;
  return (
    <>
      <Menu returnFocus>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('webhooks.actionsOf', { url })}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {!mayChange && (
            <Text size="xs" c="dimmed" p="xs">
              {t('role.viewerHelp')}
            </Text>
          )}
          <Menu.Item
            leftSection={<IconPencil size={16} />}
            disabled={!mayChange}
            onClick={() => void navigate({ to: '/webhooks/$id/edit', params: { id } })}
          >
            {t('action.edit')}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconSend size={16} />}
            disabled={!mayChange}
            onClick={() => void navigate({ to: '/webhooks/$id', params: { id }, search: { tab: 'test' } })}
          >
            {t('webhook.tab.test')}
          </Menu.Item>
          <Menu.Item
            leftSection={enabled ? <IconBan size={16} /> : <IconPlayerPlay size={16} />}
            disabled={!mayChange}
            onClick={() => {
              if (enabled) setEnabled.mutate(false);
              else enable.open();
            }}
          >
            {t(enabled ? 'action.disable' : 'action.enable')}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item color="red" leftSection={<IconTrash size={16} />} disabled={!mayChange} onClick={open}>
            {t('action.delete')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {enabling && (
        <Suspense>
          <EnableWebhook webhook={webhook} onClose={enable.close} />
        </Suspense>
      )}
      {deleting && (
        <Suspense>
          <DeleteWebhook webhook={webhook} onClose={close} />
        </Suspense>
      )}
    </>
  );
}
