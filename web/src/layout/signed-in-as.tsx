import { ActionIcon, Group, Text, Tooltip } from '@mantine/core';
import { IconEye, IconLogout, IconShieldCheck } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { StateBadge } from '../pieces/state-badge';
import { useActor } from '../session/actor';
import { endSession } from '../session/session';
import { LanguageSwitch } from './language-switch';
import classes from './layout.module.css';
import { ThemeSwitch } from './theme-switch';

export function SignedInAs(): ReactElement {
  const { t } = useTranslation();
  const { actor, role, version } = useActor();
  return (
    <div className={classes.actor}>
      <Group justify="space-between" wrap="nowrap" px={8} mb={6}>
        <div>
          <Text size="sm" fw={500} className="break" lineClamp={1} title={actor}>
            {actor}
          </Text>
          <Text size="xs" c="dimmed">
            {t('layout.version', { version })}
          </Text>
        </div>
        {role === 'viewer' ? (
          <Tooltip label={t('role.viewerHelp')}>
            <StateBadge tone="quiet" icon={IconEye} tabIndex={0}>
              {t('role.viewer')}
            </StateBadge>
          </Tooltip>
        ) : (
          <StateBadge tone="info" icon={IconShieldCheck}>
            {t('role.admin')}
          </StateBadge>
        )}
      </Group>
      <Group justify="space-between" wrap="nowrap">
        <LanguageSwitch />
        <Group gap={2} wrap="nowrap">
          <ThemeSwitch />
          <Tooltip label={t('layout.signOut')}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={t('layout.signOut')}
              onClick={() => {
                endSession('signed_out');
              }}
            >
              <IconLogout size={18} />
            </ActionIcon>
          </Tooltip>
        </Group>
      </Group>
    </div>
  );
}
