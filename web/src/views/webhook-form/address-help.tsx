/** The rule for addresses, in words, where somebody has written one that is refused. */
import { Alert, List, Text } from '@mantine/core';
import { IconShieldLock } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

export function AddressHelp(): ReactElement {
  const { t } = useTranslation();
  return (
    <Alert icon={<IconShieldLock />} color="yellow" title={t('address.title')}>
      <Text size="sm">{t('address.rule')}</Text>
      <List size="sm" mt="xs" spacing={2}>
        <List.Item>{t('address.public')}</List.Item>
        <List.Item>{t('address.allowed')}</List.Item>
      </List>
    </Alert>
  );
}

/** Whether the host is an address, or the name of this very machine. */
export function hasAddressAsHost(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^\[|^[\d.]+$|(^|\.)localhost\.?$/.test(url.hostname);
}
