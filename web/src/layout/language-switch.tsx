import { Button } from '@mantine/core';
import { IconLanguage } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { chooseLanguage } from '../texts/texts';

/** Shows the other language by its own name, in itself, so that whoever needs it can read it. */
export function LanguageSwitch(): ReactElement {
  const { i18n } = useTranslation();
  const [code, name] = i18n.language === 'de' ? (['en', 'English'] as const) : (['de', 'Deutsch'] as const);
  return (
    <Button
      variant="subtle"
      color="gray"
      size="compact-md"
      fw={500}
      lang={code}
      leftSection={<IconLanguage size={18} />}
      onClick={() => void chooseLanguage(code)}
    >
      {name}
    </Button>
  );
}
