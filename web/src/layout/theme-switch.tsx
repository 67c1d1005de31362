import { ActionIcon, Tooltip, useMantineColorScheme, type MantineColorScheme } from '@mantine/core';
import { IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

const NEXT = { auto: 'light', light: 'dark', dark: 'auto' } satisfies Record<
  MantineColorScheme,
  MantineColorScheme
>;
const ICONS = { auto: IconDeviceDesktop, light: IconSun, dark: IconMoon };

export function ThemeSwitch(): ReactElement {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Icon = ICONS[colorScheme];
  const label = t('theme.label', { theme: t(`theme.${colorScheme}`) });
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={label}
        onClick={() => {
          setColorScheme(NEXT[colorScheme]);
        }}
      >
        <Icon size={18} />
      </ActionIcon>
    </Tooltip>
  );
}
